"""Claims of gain or loss, and of positive or negative: "lost money", "a negative Sharpe ratio", 손실을 냈다."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.claims import words_ko
from app.services.gen_ai.fact_check.claims.figures_of import FiguresOf
from app.services.gen_ai.fact_check.claims.reader import ClaimReader, metric_named
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.numbers.number import Kind
from app.services.gen_ai.fact_check.result import ClaimFinding
from app.services.gen_ai.fact_check.subjects import Owner, is_benchmark

_RESULT = re.compile(
    r"\b(?P<loss>(?:lost|los(?:es|ing)) money(?! (?:more|most|on|in|when|half|about|whenever|every))"
    r"|made a loss|unprofitable|(?:is|was|remained) loss-making"
    r"|ended in the red)\b"
    r"|\b(?P<gain>made money|(?:was|is|were|are|proved|remained) profitable|made a profit|ended in the black)\b"
    r"|(?P<kloss>손실을?\s?(?:냈|낸|내며|내고|기록|봤|보았|입었|입은|남겼)|적자)"
    r"|(?P<kgain>(?:수익|이익|흑자)를?을?\s?(?:냈|낸|내며|내고|거뒀|거둔|거두|올렸|올린|기록했|남겼))",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"\b(?P<minus>negative)\b|\b(?P<plus>positive)\b|\b(?P<zminus>below zero)\b|\b(?P<zplus>above zero)\b"
    r"|(?P<kminus>마이너스(?!\s?\d)|음수|음\(-\)|0을\s?밑|0\s?아래)|(?P<kplus>플러스(?!\s?\d)|양수|양\(\+\))",
    re.IGNORECASE,
)
_SIGNS_OF = frozenset({"total_return", "annualised_return", "sharpe_ratio", "sortino_ratio", "calmar_ratio", "alpha"})
_OF_TRADES = re.compile(r"\b(?:trades?|positions?|of (?:them|these|which))\b|거래|매매|번|회|건|차례|중", re.IGNORECASE)
_COUNTS = frozenset({Kind.COUNT, Kind.PLAIN, Kind.SHARE})
_BREAK = re.compile(r"[,;:.(]|\band\b")
_NEGATED = re.compile(r"\b(?:not|never|no longer|neither|n['\u2019]t)\s(?:\w+\s)?$", re.IGNORECASE)
_NEGATED_AFTER = re.compile(r"[가-힣]{0,3}지(?:는|도)?\s?(?:않|못)|[가-힣]{0,2}\s?(?:이\s)?아니")
_NEITHER = re.compile(r"\b(?:neither|none)\b[^.;]{0,60}$", re.IGNORECASE)
_HYPOTHETICAL = re.compile(r"\b(?:would|could|might|may|if|whether|can)\b(?:\s[\w-]+){0,3}\s?$", re.IGNORECASE)
_EITHER = re.compile(r"\s(?:n?or)\b|[가-힣]{0,2}거나", re.IGNORECASE)
_ALL = re.compile(r"\b(?:all (?:three|two|four|five|strategies|of them)|both|every)\b|둘\s?다|모두|전부", re.IGNORECASE)
_NEAR = 30
_BEHIND = 26
_BEFORE = 52


def polarities(reader: ClaimReader, figures: FiguresOf) -> Iterator[ClaimFinding]:
    if reader.asks:
        return
    sentence = reader.sentence
    for match in _RESULT.finditer(sentence.words, sentence.start, sentence.end):
        if not _is_said_of_trades(reader, match):
            yield from _findings(reader, figures, match, "total_return")
    for match in _SIGNED.finditer(sentence.words, sentence.start, sentence.end):
        metric = _metric_beside(reader, match)
        if metric is not None:
            yield from _findings(reader, figures, match, metric)


def _is_said_of_trades(reader: ClaimReader, match: re.Match[str]) -> bool:
    near = match.start() - _NEAR
    counted = any(
        one.kind in _COUNTS and one.noun != "strategies" and near <= one.end <= match.end()
        for one in reader.sentence.numbers
    )
    if words_ko.OTHER_SUBJECT.match(reader.sentence.text, match.end()):
        return True
    return counted or bool(_OF_TRADES.search(reader.text(near, match.start())))


def _metric_beside(reader: ClaimReader, match: re.Match[str]) -> str | None:
    """What is negative: right behind the word ("a negative alpha"), or before it ("alpha is negative")."""
    behind = _signed(reader.terms_between(match.end(), match.end() + _BEHIND))
    if match.lastgroup in {"minus", "plus"} and behind:
        term, metric = behind[0]
        if not _BREAK.search(reader.text(match.end(), term.start)):
            return metric
    before = _signed(reader.terms_between(match.start() - _BEFORE, match.start()))
    return before[-1][1] if before else None


def _signed(terms: list[Term]) -> list[tuple[Term, str]]:
    named = [(term, metric_named(term)) for term in terms]
    return [(term, found.metric) for term, found in named if found and found.metric in _SIGNS_OF]


def _findings(reader: ClaimReader, figures: FiguresOf, match: re.Match[str], metric: str) -> Iterator[ClaimFinding]:
    before = reader.text(reader.sentence.start, match.start())
    if _HYPOTHETICAL.search(before) or _EITHER.match(reader.sentence.text, match.end()):
        return
    none = _NEITHER.search(before)
    negated = bool(none or _NEGATED.search(before) or _NEGATED_AFTER.match(reader.sentence.text, match.end()))
    positive = (match.lastgroup or "").endswith(("gain", "plus")) != negated
    scope = reader.scope_at(match.start())
    for owner in _owners(reader, match, before):
        value = figures.get(owner, metric, scope)
        value = figures.get(owner, metric) if value is None else value
        agrees = value is not None and (value > 0 if positive else value < 0)
        said = figures.said(owner, metric, scope)
        yield ClaimFinding(match.group(), match.start(), match.end(), "gain_or_loss", agrees, said)


def _owners(reader: ClaimReader, match: re.Match[str], before: str) -> list[Owner]:
    """Of whom it is said; nobody where the sentence leaves that open."""
    if (_ALL.search(before) or _NEITHER.search(before)) and not reader.ownership.is_single:
        return sorted(reader.named_before(match.start()) or reader.ownership.everybody)
    subject = reader.mention_before(match.start())
    owners = reader.ownership.owners(subject) if subject else reader.ownership.default
    chosen = [owner for owner in owners if not is_benchmark(owner)] or sorted(owners)
    return chosen if len(chosen) == 1 else []
