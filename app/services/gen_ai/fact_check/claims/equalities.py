"""Reads claims of equality: "the same drawdown as the index", "matched the benchmark's return", 지수와 같다."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.claims import words_en, words_ko
from app.services.gen_ai.fact_check.claims.claim import Comparison, Quantity, Way
from app.services.gen_ai.fact_check.claims.reader import ClaimReader, metric_named
from app.services.gen_ai.fact_check.lexicon.mentions import Called, Mention
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.numbers.number import Kind

_SAME = re.compile(
    r"\b(?:same\b[^.;,:]{0,40}?\sas|match(?:es|ed|ing)?|equal(?:s|led)?(?: to)?|identical to|on (?:a )?par with"
    r"|level with)(?=\s)",
    re.IGNORECASE,
)
_ROUGHLY = re.compile(
    r"\b(?:almost|practically|nearly|about|roughly|virtually|much|more or less|broadly|close to|essentially)"
    r"\b[\w\s]{0,8}$"
    r"|거의|사실상|대체로|얼추|비슷|유사",
    re.IGNORECASE,
)
_KOREAN = re.compile(
    r"(?:와|과|이?랑|하고)(?:는|도)?\s(?P<roughly>거의\s|사실상\s|대체로\s)?(?:완전히\s|정확히\s)?(?:똑같|같(?!이)|동일|(?P<alike>엇?비슷|유사))(?P<noun>은|한)?"
)
_HELD = re.compile(r"[을를]\s(?:그대로\s|그냥\s|단순히\s)?(?:보유|들고)\S{0,4}\s때")
"""Behind who is held: what is compared with is having held it."""
_OF_SHARES = re.compile(r"\b(?:half|third|quarter|times|part|fraction)\b|절반|분의|배", re.IGNORECASE)
_LOOK_BACK, _REACH, _JUST_AFTER = 24, 60, 12


def equalities(reader: ClaimReader, *, korean: bool) -> Iterator[Comparison]:
    """Only where a metric is named: "the same period as the index" claims nothing of a figure."""
    if not reader.asks:
        yield from _korean(reader) if korean else _english(reader)


def _english(reader: ClaimReader) -> Iterator[Comparison]:
    sentence = reader.sentence
    for match in _SAME.finditer(sentence.words, sentence.start, sentence.end):
        other = next((one for one in reader.mentions if one.start >= match.end()), None)
        if other is None or other.called is Called.PRONOUN:
            continue
        gap = reader.text(match.end(), other.start)
        before = reader.text(match.start() - _LOOK_BACK, match.start())
        if len(gap) > _REACH or not words_en.TO_OWNER.fullmatch(gap) or words_en.NOT_CLAIMED.search(before):
            continue
        terms = reader.terms_between(match.start(), other.start) or reader.terms_between(
            other.end, other.end + _LOOK_BACK
        )
        terms = terms or reader.terms_between(sentence.start, match.start())[-1:]
        negated = bool(words_en.NEGATION.search(before))
        yield from _claim(reader, other, (match.start(), other.end), terms, negated=negated, roughly=before)


def _korean(reader: ClaimReader) -> Iterator[Comparison]:
    text = reader.sentence.text
    for other in reader.mentions:
        figure = words_ko.OWN_FIGURE.match(text, other.end, reader.sentence.end)
        starts = (other.end, *range(figure.end() if figure else other.end, other.end, -1))
        held = _HELD.match(text, other.end, reader.sentence.end)
        places = (held.end(), *starts) if held else starts
        match = next((found for start in places if (found := _KOREAN.match(text, start))), None)
        if match is None:
            continue
        if match["noun"]:
            behind = reader.terms_between(match.end(), match.end() + _JUST_AFTER)
            terms = [term for term in behind if words_ko.ADNOMINAL.fullmatch(reader.text(match.end() - 1, term.start))]
            terms = terms or [term for term in behind if not reader.text(match.end(), term.start).strip()]
        else:
            terms = reader.terms_between(reader.sentence.start, match.start())[-1:]
        if any(terms and terms[-1].end <= one.start < other.start for one in reader.sentence.numbers):
            continue  # "with 104.4 % close to the index": the number is what is compared, and is checked as one
        negated = bool(words_ko.NEGATION.match(text, match.end()))
        yield from _claim(
            reader,
            other,
            (other.start, match.end()),
            terms,
            negated=negated,
            roughly=match["roughly"] or match["alike"] or "",
        )


def _claim(
    reader: ClaimReader, other: Mention, span: tuple[int, int], terms: list[Term], *, negated: bool, roughly: str
) -> Iterator[Comparison]:
    named = metric_named(terms[-1]) if terms else None
    subject = reader.mention_before(span[0], but=[other])
    if any(one.kind is Kind.DAYS and one.end <= span[0] for one in reader.sentence.numbers):
        return  # "at 21 days it is much like the index": of a variation, whose figures are not the backtest's
    if named is None or _OF_SHARES.search(reader.text(span[0] - _LOOK_BACK, span[1])):
        return
    yield Comparison(
        *span,
        reader.sentence.text[span[0] : span[1]],
        Way.ALIKE if _ROUGHLY.search(roughly) else Way.SAME,
        reader.ownership.owners(subject) if subject else reader.ownership.default,
        reader.ownership.owners(other),
        named.metric,
        reader.scope_at(span[0]),
        negated=negated,
        quantity=Quantity.ONE,
    )
