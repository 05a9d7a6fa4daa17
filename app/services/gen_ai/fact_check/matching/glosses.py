"""What a beta is explained with: "it moved 0.7 % for each 1 % of the index", 지수가 1% 움직일 때 0.7%."""

import re
from collections.abc import Iterable
from dataclasses import replace

from app.services.gen_ai.fact_check.matching import values
from app.services.gen_ai.fact_check.matching.asked import Asked
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.numbers.number import Kind

_UNIT_MOVE = re.compile(
    r"\b(?:each|every|any)\s(?P<each>(?:1|one)(?:\s?%|\spercent))"
    r"|\ba\s(?P<move>(?:1|one)(?:\s?%|\spercent))\s(?:move|change|rise|fall|gain|drop)\b"
    r"|(?P<korean>1\s?(?:%|퍼센트))\s?(?:[가-힣]+\s)?(?:움직|변|오르|오를|내리|내릴|상승|하락)[가-힣]*\s?(?:때|면|마다)",
    re.IGNORECASE,
)


def is_unit_move(asked: Asked) -> bool:
    """Whether the number is the 1 % that the market is supposed to move."""
    return asked.number.value == 1 and any(
        asked.number.start == match.start(match.lastgroup or 0) for match in _unit_moves(asked)
    )


def explained_beta(asked: Asked, betas: Iterable[Candidate], subjects: int) -> Candidate | None:
    """The beta that a percentage beside such a move states; None where there is no such move, or it is another."""
    if asked.number.kind is not Kind.PERCENT or not any(_unit_moves(asked)):
        return None
    ratio = replace(asked.number, kind=Kind.PLAIN)
    mine = (one for one in betas if subjects == 1 or one.owners & asked.owners)
    return next((one for one in mine if one.value > 0 and values.has_value(ratio, one, 1)), None)


def _unit_moves(asked: Asked) -> Iterable[re.Match[str]]:
    return _UNIT_MOVE.finditer(asked.sentence.text, asked.sentence.start, asked.sentence.end)
