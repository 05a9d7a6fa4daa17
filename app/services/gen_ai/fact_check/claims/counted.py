"""Claims of how many: "two of the three strategies made money", "A leads on two of the three metrics", 셋 중 둘."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.claims.figures_of import FiguresOf
from app.services.gen_ai.fact_check.claims.reader import ClaimReader
from app.services.gen_ai.fact_check.numbers.number import Hedge, Number
from app.services.gen_ai.fact_check.result import ClaimFinding
from app.services.gen_ai.fact_check.subjects import Owner, benchmark_of

_METRICS = re.compile(
    r"\s?(?:[a-z-]+\s){0,2}?(?:metrics|measures|criteria|categories|rankings)\b|\s?(?:지표|항목|부문|기준)",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"\b(?:first|best|leads?|led|ahead|wins?|won|tops?|better|top)\b|1위|앞[서섰선]|우위|이[기겼]|최고", re.IGNORECASE
)
_GAIN = re.compile(
    r"\bmade (?:money|a profit)|\b(?:was|were|are|is) profitable|\bended (?:up )?in the black"
    r"|(?:수익|이익)을?\s?(?:냈|낸|거뒀|거둔|올렸|기록)",
    re.IGNORECASE,
)
_LOSS = re.compile(
    r"\blost money|\bmade (?:a )?loss|\b(?:was|were|are|is) unprofitable|\bended (?:up )?in the red"
    r"|손실을?\s?(?:냈|낸|봤|기록)",
    re.IGNORECASE,
)
_BENCHMARK = r"(?:the\s)?(?:\x00+|index|benchmark|market|buy[- ]and[- ]hold)"
_BEATS = re.compile(
    rf"\b(?:beat|beats|outperform(?:s|ed)?|outpaced?|surpass(?:ed)?)\s{_BENCHMARK}"
    r"|(?:\x00+|지수|벤치마크|시장)[를을]\s(?:이[기겼긴]|앞[서섰선]|웃[도돌])",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|never|neither|n['\u2019]t|failed)\b|지\s?(?:않|못)", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;.]|\b(?:but|while|whereas)\b")


def counts(reader: ClaimReader, figures: FiguresOf) -> Iterator[ClaimFinding]:
    """A finding for each count whose predicate is known; what it counts otherwise stays unjudged."""
    for number in reader.sentence.numbers:
        true = None if number.whole is None else _true_count(number, reader, figures)
        if true is not None:
            said = f"it is {true} of {number.whole:.0f}"
            yield ClaimFinding(number.text, number.start, number.end, "rank", _is(number, true), said)


def _is(number: Number, true: int) -> bool:
    if number.hedge in {Hedge.OVER, Hedge.ABOVE}:
        return true >= number.value
    return true == number.value


def _true_count(number: Number, reader: ClaimReader, figures: FiguresOf) -> int | None:
    behind = reader.sentence.words[_end_of_both(number, reader) : reader.sentence.end]
    predicate = _CLAUSE.split(behind, maxsplit=1)[0]
    before = reader.text(reader.sentence.start, number.start)
    if _NOT.search(predicate):
        return None
    if any(_METRICS.match(reader.sentence.text, one.end) for one in _both(number, reader)):
        return _firsts(number, reader, figures) if _LEADS.search(before) or _LEADS.search(predicate) else None
    everybody = range(len(figures.subjects))
    if number.whole != len(everybody) or len(everybody) == 1:
        return None
    for pattern, holds in ((_BEATS, _beats), (_GAIN, _gains), (_LOSS, _loses)):
        if pattern.search(predicate):
            truths = [holds(figures, owner) for owner in everybody]
            return None if None in truths else sum(map(bool, truths))
    return None


def _firsts(number: Number, reader: ClaimReader, figures: FiguresOf) -> int | None:
    """By how many of the metrics of the ranking a strategy is the best, where they are as many as the text says."""
    subject = reader.mention_before(number.start)
    owner = reader.one_strategy(subject) if subject else None
    if owner is None:
        return None
    ranks = figures.subjects[owner].ranks
    return sum(rank == 1 for rank in ranks.values()) if len(ranks) == number.whole else None


def _both(number: Number, reader: ClaimReader) -> list[Number]:
    return [number, *(one for one in reader.sentence.numbers if one.part == number.value and one.value == number.whole)]


def _end_of_both(number: Number, reader: ClaimReader) -> int:
    return max(one.end for one in _both(number, reader))


def _gains(figures: FiguresOf, owner: Owner) -> bool | None:
    value = figures.get(owner, "total_return")
    return None if value is None else value > 0


def _loses(figures: FiguresOf, owner: Owner) -> bool | None:
    value = figures.get(owner, "total_return")
    return None if value is None else value < 0


def _beats(figures: FiguresOf, owner: Owner) -> bool | None:
    own, other = figures.get(owner, "total_return"), figures.get(benchmark_of(owner), "total_return")
    return None if own is None or other is None else own > other
