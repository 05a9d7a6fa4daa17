"""Reads comparisons from a Korean sentence."""

from collections.abc import Iterator
from typing import NamedTuple

from app.services.gen_ai.fact_check.claims import words_ko as words
from app.services.gen_ai.fact_check.claims.claim import Comparison, Quantity, Way
from app.services.gen_ai.fact_check.claims.reader import ClaimReader, Named, metric_named
from app.services.gen_ai.fact_check.lexicon.mentions import Mention
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.subjects import Owner

_JUST_AFTER = 12
_ONLY_REACH = 24


class _Found(NamedTuple):
    """Whom something is compared with, where the particle behind them stands, and the word that compares."""

    other: Mention
    particle: int
    start: int
    end: int
    way: Way


def comparisons(reader: ClaimReader) -> Iterator[Comparison]:
    for mention in reader.mentions:
        found = _behind(reader, mention)
        claim = _claim(reader, found) if found else None
        if claim:
            yield claim


def _behind(reader: ClaimReader, mention: Mention) -> _Found | None:
    """The comparison whose particle stands right behind the name, or behind the figure that follows it."""
    if words.SAID_OF_IT.match(reader.sentence.text, mention.end):
        return None
    following = next((one.start for one in reader.mentions if one.start >= mention.end), reader.sentence.end)
    figure = words.OWN_FIGURE.match(reader.sentence.text, mention.end, following)
    end = figure.end() if figure else mention.end
    for position in (mention.end, *range(end, mention.end, -1)):
        found = _at_particle(reader, mention, position)
        if found:
            return found
    return None


def _at_particle(reader: ClaimReader, other: Mention, position: int) -> _Found | None:
    text, end = reader.sentence.text, reader.sentence.end
    than = words.THAN.match(text, position, end)
    if than:
        return _after_than(reader, other, position, than.end())
    if words.OF_A_SHARE.search(text[other.end : position]):
        return None
    if text[position : position + 1] in {"은", "는"} and position == other.end:
        return None  # 지수는 ...: said of it, not compared with it
    for way, pattern in words.OBJECT_VERBS:
        verb = pattern.match(text, position, end)
        if verb and not words.NEXT_COMPARAND.search(verb.group()):
            return _Found(other, position, verb.start("verb"), verb.end("verb"), way)
    return None


def _after_than(reader: ClaimReader, other: Mention, position: int, start: int) -> _Found | None:
    text, end = reader.sentence.text, reader.sentence.end
    following = words.NEXT_COMPARAND.search(text, start, end)
    reach = min(start + words.REACH, following.start() if following else end)
    match = words.ADJECTIVE.search(text, start, reach) or words.VERB_AFTER_THAN.search(text, start, reach)
    return _Found(other, position, match.start(), match.end(), Way(match.lastgroup or "")) if match else None


def _claim(reader: ClaimReader, found: _Found) -> Comparison | None:
    text = reader.sentence.text
    after = reader.text(found.end, found.end + _JUST_AFTER)
    if words.NOT_CLAIMED.match(after) or words.OTHER_SUBJECT.match(after):
        return None
    subjects, only = _subjects(reader, found)
    named = _metric(reader, found)
    verb = text[found.start : found.end]
    return Comparison(
        found.other.start,
        found.end,
        text[found.other.start : found.end],
        found.way,
        subjects,
        reader.ownership.owners(found.other),
        named.metric if named else None,
        reader.scope_at(found.start),
        negated=bool(words.NEGATION.match(text, found.end)) and not verb.startswith(("못", "미치지")),
        quantity=Quantity.ONLY if only else _quantity(reader, found),
        loss=bool(named and named.loss),
        signed=reader.writes_losses_with_a_minus(found.start, found.end),
        named=reader.named_before(found.start),
    )


def _subjects(reader: ClaimReader, found: _Found) -> tuple[frozenset[Owner], bool]:
    """Of whom it is said; whether of them alone (지수를 이긴 것은 A뿐)."""
    later = next((mention for mention in reader.mentions if mention.start >= found.end and mention.owners), None)
    if later is not None and words.SUBJECT_LATER.fullmatch(reader.sentence.text[found.end : later.start]):
        only = bool(words.ONLY.search(reader.text(later.end, later.end + _JUST_AFTER)))
        return reader.ownership.owners(later), only
    subject = reader.mention_before(found.other.start, but=[found.other])
    return (reader.ownership.owners(subject) if subject else reader.ownership.default), False


def _quantity(reader: ClaimReader, found: _Found) -> Quantity:
    before = reader.text(reader.sentence.start, found.start)
    if words.NONE_OF.search(before):
        return Quantity.NONE
    if words.ALL_OF.search(before):
        return Quantity.ALL
    only = words.ONLY.search(reader.text(found.end, found.end + _ONLY_REACH))
    return Quantity.ONLY if only and not reader.ownership.is_single else Quantity.ONE


def _metric(reader: ClaimReader, found: _Found) -> Named | None:
    """The metric: between particle and adjective, right after it, of the other's own figure, or the last one named."""
    for terms in (
        reader.terms_between(found.particle, found.start),
        _right_after(reader, found.end),
        reader.terms_between(found.other.end, found.particle),
        reader.terms_between(reader.sentence.start, found.other.start),
    ):
        if terms:
            return metric_named(terms[-1])
    return None


def _right_after(reader: ClaimReader, end: int) -> list[Term]:
    terms = reader.terms_between(end, end + _JUST_AFTER)
    return [term for term in terms if words.ADNOMINAL.fullmatch(reader.text(end, term.start))]
