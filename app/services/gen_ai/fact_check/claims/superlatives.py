"""Claims of the most or the best among several strategies: "the highest Sharpe ratio", 가장 높다."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.claims.figures_of import FiguresOf
from app.services.gen_ai.fact_check.claims.reader import ClaimReader, metric_named
from app.services.gen_ai.fact_check.facts.metrics import METRICS
from app.services.gen_ai.fact_check.lexicon.mentions import Called
from app.services.gen_ai.fact_check.result import ClaimFinding
from app.services.gen_ai.fact_check.subjects import Owner, is_benchmark

_SUPERLATIVE = re.compile(
    r"\bthe (?:(?P<most>highest|largest|greatest|biggest|most(?! volatile| profitable))"
    r"|(?P<least>lowest|smallest|fewest|least(?! volatile))|(?P<best>best|strongest|most profitable)"
    r"|(?P<worst>worst(?! (?:point|moment|time|case|stretch|phase)s?\b)|weakest|poorest)"
    r"|(?P<deep>deepest|steepest)|(?P<shallow>shallowest|mildest)"
    r"|(?P<wild>most volatile|riskiest)|(?P<calm>least volatile|calmest))\b"
    r"|(?:가장|제일)\s(?:많이\s(?P<kearn>벌|번)|(?:[가-힣]+\s)?(?:(?P<kmost>높|크|큰|컸|많|깊)|(?P<kleast>낮|작|적|얕)"
    r"|(?P<kbest>좋|우수|낫|나은|나았|뛰어|앞서|앞섰)|(?P<kworst>나쁘|나빴|못하|못한|부진|저조|뒤)))"
    r"|(?P<khigh>[로이]\s최고)|(?P<klow>[로이]\s최저)",
    re.IGNORECASE,
)
_OWN_METRIC = {
    "deep": "max_drawdown",
    "shallow": "max_drawdown",
    "wild": "volatility",
    "calm": "volatility",
    "kearn": "total_return",
}
_HIGH = frozenset({"most", "deep", "wild", "kmost", "kearn", "khigh"})
_LOW = frozenset({"least", "shallow", "calm", "kleast", "klow"})
_BEST = frozenset({"best", "kbest"})
_GIVEN_TO = re.compile(
    r"[^.;]{0,50}?(?:belongs? to|goes to|is (?:that of )?|was (?:that of )?|comes from|:)\s?(?:the\s)?$"
    r"|(?:[가-힣]*\s)?(?:것|쪽|전략)[은는이]\s(?:.{0,20}\s)?$"
)
"""Between the superlative and the one of whom it is said: "the deepest drawdown belongs to A"."""
_RISK_ADJUSTED = re.compile(r"risk[- ]adjusted|위험\s?(?:조정|대비)", re.IGNORECASE)
_BEHIND = 34


def superlatives(reader: ClaimReader, figures: FiguresOf) -> Iterator[ClaimFinding]:
    sentence = reader.sentence
    for match in _SUPERLATIVE.finditer(sentence.words, sentence.start, sentence.end):
        owner = _subject(reader, match)
        verdict = None if owner is None else _verdict(reader, figures, match, owner)
        if verdict:
            agrees, reason = verdict
            yield ClaimFinding(match.group(), match.start(), match.end(), "rank", agrees, reason)


def _verdict(reader: ClaimReader, figures: FiguresOf, match: re.Match[str], owner: Owner) -> tuple[bool, str] | None:
    kind = match.lastgroup or ""
    metric = _OWN_METRIC.get(kind) or _metric(reader, match)
    if metric is None:
        rank = figures.subjects[owner].rank
        if kind not in _BEST or rank is None:
            return None
        return rank == 1, f"in the ranking {figures.subjects[owner].name} is number {rank}"
    values = figures.everybody(metric)
    if owner not in values:
        return False, figures.said(owner, metric)
    best_is_most = (kind in _BEST) == (METRICS[metric].better == "more")
    most = kind in _HIGH or (best_is_most and kind not in _LOW)
    wanted = max(values.values()) if most else min(values.values())
    return values[owner] == wanted, "; ".join(figures.said(one, metric) for one in values)


def _subject(reader: ClaimReader, match: re.Match[str]) -> Owner | None:
    after = next((one for one in reader.mentions if one.start >= match.end() and one.called is Called.NAME), None)
    if after and _GIVEN_TO.fullmatch(reader.sentence.words[match.end() : after.start]):
        return reader.one_strategy(after)
    subject = reader.mention_before(match.start()) or after
    if subject is not None:
        return reader.one_strategy(subject)
    default = [owner for owner in reader.ownership.default if not is_benchmark(owner)]
    return default[0] if len(default) == 1 else None


def _metric(reader: ClaimReader, match: re.Match[str]) -> str | None:
    if _RISK_ADJUSTED.search(reader.text(match.start() - _BEHIND, match.end() + _BEHIND)):
        return "sharpe_ratio"
    korean = (match.lastgroup or "").startswith("k")
    after = reader.terms_between(match.start(), match.end() + _BEHIND)
    before = reader.terms_between(reader.sentence.start, match.start())
    chosen = before[-1:] or after[:1] if korean else after[:1] or before[-1:]
    named = metric_named(chosen[0]) if chosen else None
    return named.metric if named else None
