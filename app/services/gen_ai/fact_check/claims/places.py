"""Claims of a place in a ranking: "ranks first", "A first, B second", 최하위."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.claims.figures_of import FiguresOf
from app.services.gen_ai.fact_check.claims.reader import ClaimReader, metric_named
from app.services.gen_ai.fact_check.facts.metrics import METRICS, words_for
from app.services.gen_ai.fact_check.result import ClaimFinding
from app.services.gen_ai.fact_check.subjects import Owner

_PLACE = re.compile(
    r"\b(?:ranks?|ranked|comes?|came|finish(?:es|ed)|takes?|took)(?: in)?(?: the)? "
    r"(?P<place>first|second|third|fourth|fifth|last)\b"
    r"|\x00\s(?P<listed>first|second|third|fourth|fifth|last)(?=[,.;]|\sand\b|$)"
    r"|(?P<last>최하위|꼴찌)|(?P<leads>\bleads? (?:the|clearly|by|with)\b)",
    re.IGNORECASE,
)
_PLACES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_BY = re.compile(r"\b(?:by|in|on|in terms of)\s(?:the\s)?$", re.IGNORECASE)


def places(reader: ClaimReader, figures: FiguresOf) -> Iterator[ClaimFinding]:
    sentence = reader.sentence
    for match in _PLACE.finditer(sentence.words, sentence.start, sentence.end):
        start = match.start() + 1 if match["listed"] else match.start()
        subject = reader.mention_before(start)
        owner = reader.one_strategy(subject) if subject else None
        found = None if owner is None else _place(reader, figures, owner)
        if owner is not None and found:
            place, reason = found
            agrees = place == _wanted(match, len(figures.subjects))
            yield ClaimFinding(match.group().strip("\x00 "), start, match.end(), "rank", agrees, reason)


def _wanted(match: re.Match[str], subjects: int) -> int:
    if match["leads"]:
        return 1
    word = (match["place"] or match["listed"] or "last").lower()
    return subjects if word == "last" else _PLACES[word]


def _place(reader: ClaimReader, figures: FiguresOf, owner: Owner) -> tuple[int, str] | None:
    """The place by the metric that the sentence names with "by", else in the ranking."""
    sentence = reader.sentence
    terms = reader.terms_between(sentence.start, sentence.end)
    by = next((term for term in terms if _BY.search(sentence.words[sentence.start : term.start])), None)
    named = metric_named(by) if by else None
    if named is None:
        rank = figures.subjects[owner].rank
        name = figures.subjects[owner].name
        return None if rank is None else (rank, f"in the ranking {name} is number {rank} of {len(figures.subjects)}")
    values = figures.everybody(named.metric)
    if owner not in values:
        return None
    more = METRICS[named.metric].better == "more"
    ahead = [one for one in values.values() if one != values[owner] and (one > values[owner]) == more]
    place = len(ahead) + 1
    return place, f"by {words_for(named.metric)} it is number {place} of {len(values)}"
