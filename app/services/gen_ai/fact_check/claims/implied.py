"""Comparisons that do not name whom they compare with: "7.4 points ahead", "has the higher Sharpe ratio", 더 깊었다.

Only where one other can be meant: the benchmark of a single strategy, or the second of two strategies.
"""

import re
from collections.abc import Iterator, Sequence

from app.services.gen_ai.fact_check.claims.claim import Comparison, Quantity, Way
from app.services.gen_ai.fact_check.claims.reader import ClaimReader, Named, metric_named
from app.services.gen_ai.fact_check.result import NumberFinding
from app.services.gen_ai.fact_check.subjects import Owner, benchmark_of, is_benchmark, subject_of

_AFTER_DIFFERENCE = re.compile(
    r"\s?(?:(?P<more>higher|more|larger|above|greater|deeper)|(?P<less>lower|less|smaller|fewer|below|shallower)"
    r"|(?P<better>better|ahead)|(?P<worse>worse|behind|short)"
    r"|(?:가량|정도|쯤|이상|넘게|나|씩)?\s?(?:더\s)?(?:(?P<kmore>높|많|크|컸|깊|더\s벌|웃[도돌돕])"
    r"|(?P<kless>낮|적|작|얕|밑[도돌돕]|덜)|(?P<kbetter>앞[서섰선섭])|(?P<kworse>뒤[지졌진처쳐])))(?!\s(?:than|of))",
    re.IGNORECASE,
)
_OF_TWO = re.compile(
    r"\bthe (?:(?P<more>higher|larger|greater|bigger|deeper)|(?P<less>lower|smaller|shallower)"
    r"|(?P<better>better|stronger)|(?P<worse>worse|weaker))(?=\s\w)"
    r"|\b(?:earned|made|returned|gained) (?:(?P<emore>more)|(?P<eless>less))(?=[,.;]|\sbut|\sand|$)"
    r"|(?:이|가|쪽이)\s(?:훨씬\s|조금\s|더\s|약간\s)?(?:(?P<kmore>높|많|컸|큰|크|깊)|(?P<kless>낮|적|작|얕)"
    r"|(?P<kbetter>낫|나은|나았|우수|앞[서섰선])|(?P<kworse>못하|부진|뒤[지졌진]))",
    re.IGNORECASE,
)
_KOREAN_NEGATION = re.compile(r"[가-힣]{0,3}지(?:는|도)?\s?(?:않|못)")
_ENGLISH_NEGATION = re.compile(r"\b(?:not|never|n['\u2019]t|nor)(?:\s[\w-]+){0,3}\s?$", re.IGNORECASE)
_GENITIVE = re.compile(r"의\s[\d약절]")
_NEAR = 40


def after_differences(reader: ClaimReader, numbers: Sequence[NumberFinding]) -> Iterator[Comparison]:
    """In "7.4 points ahead" the number is right, and so must be the direction."""
    for finding in numbers:
        fact = finding.fact
        if fact is None or not fact.name.startswith("difference("):
            continue
        match = _AFTER_DIFFERENCE.match(reader.sentence.words, finding.end, reader.sentence.end)
        if match:
            before = reader.terms_between(reader.sentence.start, finding.start)
            named = metric_named(before[-1]) if before else None
            yield from _claim(reader, match, finding.start, Named(fact.metric, loss=bool(named and named.loss)))


def of_two(reader: ClaimReader, claimed: Sequence[Comparison]) -> Iterator[Comparison]:
    """In "A has the higher Sharpe ratio" the other of two is meant."""
    for match in _OF_TWO.finditer(reader.sentence.words, reader.sentence.start, reader.sentence.end):
        korean = (match.lastgroup or "").startswith("k")
        overlaps = any(claim.start < match.end() and match.start() < claim.end for claim in claimed)
        if not overlaps and _stands_there(reader, match.start(), korean=korean):
            named = _metric(reader, match, korean=korean)
            if named:
                yield from _claim(reader, match, match.start(), named)


def _metric(reader: ClaimReader, match: re.Match[str], *, korean: bool) -> Named | None:
    if (match.lastgroup or "").startswith("e"):
        return Named("total_return", loss=False)
    after = reader.terms_between(match.end(), match.end() + _NEAR)
    before = reader.terms_between(reader.sentence.start, match.start())
    chosen = before[-1:] or after[:1] if korean else after[:1] or before[-1:]
    return metric_named(chosen[0]) if chosen else None


def _stands_there(reader: ClaimReader, position: int, *, korean: bool) -> bool:
    """In Korean the one who is higher stands right before: A가 높다. 낙폭이 깊다 compares with nobody."""
    if not korean:
        return not reader.ownership.is_single
    before = [mention for mention in reader.mentions if mention.end in {position, position - 1}]
    single = reader.ownership.is_single
    return any(not single or all(map(is_benchmark, reader.ownership.owners(mention))) for mention in before)


def _claim(reader: ClaimReader, match: re.Match[str], start: int, named: Named) -> Iterator[Comparison]:
    subject = _subject(reader, start)
    other = None if subject is None else _other(reader, subject)
    if subject is None or other is None:
        return
    text = reader.sentence.text
    before = reader.text(reader.sentence.start, start)
    yield Comparison(
        start,
        match.end(),
        text[start : match.end()],
        Way((match.lastgroup or "").lstrip("ek")),
        frozenset({subject}),
        frozenset({other}),
        named.metric,
        reader.scope_at(start),
        negated=bool(_KOREAN_NEGATION.match(text, match.end()) or _ENGLISH_NEGATION.search(before)),
        quantity=Quantity.ONE,
        loss=named.loss,
        signed=reader.writes_losses_with_a_minus(start, match.end()),
    )


def _subject(reader: ClaimReader, position: int) -> Owner | None:
    mention = reader.mention_before(position + 1)
    if mention and reader.ownership.is_single and _GENITIVE.match(reader.sentence.text, mention.end):
        mention = None  # 지수의 40%: of it something is compared, and nothing more is said
    if mention and reader.ownership.owners(mention) in _compared_with(reader, position):
        mention = None  # "the index fell; it lost less than the index": who lost less was left out
    owners = reader.ownership.owners(mention) if mention else reader.ownership.default
    strategies = [owner for owner in owners if not is_benchmark(owner)]
    if strategies and (len(owners) > 1 or not reader.ownership.is_single):
        return strategies[0] if len(strategies) == 1 else None
    return next(iter(owners)) if len(owners) == 1 else None


def _compared_with(reader: ClaimReader, position: int) -> list[frozenset[Owner]]:
    before = [one for one in reader.mentions if one.end <= position]
    return [reader.ownership.owners(one) for one in before if reader.sentence.text.startswith("보다", one.end)]


def _other(reader: ClaimReader, subject: Owner) -> Owner | None:
    everybody = reader.ownership.everybody
    if len(everybody) == 1:
        return subject_of(subject) if is_benchmark(subject) else benchmark_of(subject)
    others = everybody - {subject}
    return next(iter(others)) if len(others) == 1 and not is_benchmark(subject) else None
