"""Everything that the words say on a strategy: conditions by side, risk, and the tokens they were read from."""

import re
from dataclasses import dataclass, field

from app.simulator.answers.conditions import Found, Reader
from app.simulator.answers.notes import Notes
from app.simulator.answers.operands import Parameters, settled
from app.simulator.answers.reading import normalised, tokens
from app.simulator.answers.risk import read_risk
from app.simulator.answers.segments import segments
from app.simulator.answers.tokens import Json, Mark, SideName, Token

_HOLD = re.compile(
    r"사서 ?(?:계속 ?|오래 ?)?(?:보유|들고|묻어)|매수 ?후 ?(?:계속 ?|장기 ?)?보유|장기 ?보유|바이 ?앤 ?홀드"
    r"|buy(?: and | & |-and-)hold"
)


@dataclass
class Wish:
    """`either`: the sides whose conditions are alternatives; `holds`: buy and hold."""

    text: str
    risk: Json
    tokens: list[Token]
    found: list[Found] = field(default_factory=list)
    either: set[SideName] = field(default_factory=set)
    holds: bool = False

    def conditions(self, side: SideName) -> list[Json]:
        """The conditions of a side. Without a side in the words all speak of buying, but what contradicts an
        earlier one speaks of selling: "RSI 30 or below, 70 or above".
        """
        chosen: list[Json] = []
        opened: list[Json] = []
        for found in self.found:
            own = found.side
            if own is None:
                own = "exit" if any(_contrary(found.condition, one) for one in opened) else "entry"
                opened.append(found.condition)
            if own == side:
                chosen.append(found.condition)
        return chosen

    def combine(self, side: SideName) -> str:
        return "any" if side in self.either and len(self.conditions(side)) > 1 else "all"


def read_wish(words: str, notes: Notes, known: dict[str, Json] | None = None) -> Wish:
    risk, text = read_risk(normalised(words), notes)
    rest = _HOLD.sub(" ", text)
    read = settled(tokens(rest))
    wish = Wish(text, risk, read, holds=rest != text)
    reader = Reader(Parameters(read, notes, known), notes)
    for segment in segments(read):
        wish.found += reader.read(segment)
        if Mark("or") in segment.tokens:
            wish.either.add(segment.side or "entry")
    return wish


def _contrary(one: Json, other: Json) -> bool:
    ways = {condition["comparison"].removeprefix("crosses_") for condition in (one, other)}
    return one["left"] == other["left"] and ways == {"above", "below"}
