"""Claims of most: "most of its trades were winners", 거래 대부분이 손실이었다."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.claims.figures_of import FiguresOf
from app.services.gen_ai.fact_check.claims.reader import ClaimReader
from app.services.gen_ai.fact_check.facts.metrics import words_for
from app.services.gen_ai.fact_check.result import ClaimFinding

_MOST = re.compile(
    r"\b(?:most|the (?:vast )?majority|a majority) of (?:its|the|all(?: its| the)?|these|those) (?:\d+ )?trades\b"
    r"|거래(?:의|들)?\s?(?:대부분|대다수|과반)|(?:대부분|대다수|과반)의\s거래",
    re.IGNORECASE,
)
_WON = re.compile(
    r"\b(?:won|winners|winning|profitable|made money|paid(?: off)?|in the black|(?:a|in|at a) (?:profit|gain))\b"
    r"|이익|수익|이겼|성공",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"\b(?:lost|losers|losing|unprofitable|in the red|(?:a|at a) loss)\b|손실|손해|졌|잃|실패", re.IGNORECASE
)
_NOT = re.compile(r"\b(?:not|never|n['\u2019]t)\b|지\s?(?:않|못)|아니", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;.]|\b(?:but|while|whereas)\b")


def majorities(reader: ClaimReader, figures: FiguresOf) -> Iterator[ClaimFinding]:
    """A finding for each, where the strategy is one, and its trades were counted."""
    sentence = reader.sentence
    for match in _MOST.finditer(sentence.text, sentence.start, sentence.end):
        predicate = _CLAUSE.split(sentence.text[match.end() : sentence.end], maxsplit=1)[0]
        rate = "win_rate" if _WON.search(predicate) else "loss_rate" if _LOST.search(predicate) else None
        mention = reader.mention_before(match.start())
        owners = reader.ownership.owners(mention) if mention else reader.ownership.default
        if rate is None or len(owners) != 1 or _NOT.search(predicate) or reader.asks:
            continue
        value = figures.get(next(iter(owners)), rate)
        if value is not None:
            end = match.end() + len(predicate.rstrip())
            said = f"the {words_for(rate)} is {value:.1%}"
            yield ClaimFinding(sentence.text[match.start() : end], match.start(), end, "comparison", value > 0.5, said)  # noqa: PLR2004  most is more than half
