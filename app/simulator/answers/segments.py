"""Which words speak of buying and which of selling.

Korean says the condition before the verb ("30 이하에서 사고"), English mostly after it ("buy below 30"), and both
languages can do it the other way round.
"""

from dataclasses import dataclass
from itertools import pairwise

from app.simulator.answers.tokens import Compare, Mark, Number, Operand, Side, SideName, Token


@dataclass(frozen=True)
class Segment:
    side: SideName | None
    tokens: tuple[Token, ...]
    verb_first: bool = False


def segments(tokens: list[Token]) -> list[Segment]:
    """The tokens parted by side, in their order; None where the words speak of no side."""
    parts = [segment for chunk in _chunks(tokens) for segment in _by_verb(chunk)]
    return _joined(parts)


def _chunks(tokens: list[Token]) -> list[list[Token]]:
    chunks: list[list[Token]] = [[]]
    for token in tokens:
        if token == Mark("break"):
            chunks.append([])
        else:
            chunks[-1].append(token)
    return [chunk for chunk in chunks if chunk]


def _by_verb(chunk: list[Token]) -> list[Segment]:
    if Mark("opposite") in chunk and not _has(chunk, Operand, Number, Compare):
        # What sells is made from what buys anyway, and this says nothing else.
        return []
    verbs = [place for place, token in enumerate(chunk) if isinstance(token, Side)]
    if not verbs:
        return [Segment("entry" if Mark("only") in chunk else None, tuple(chunk))]
    before, after = chunk[: verbs[0]], chunk[verbs[-1] + 1 :]
    verb_first = _has(after, Operand, Number, Compare) and not _has(before, Number, Compare)
    # What trails behind the last verb still belongs to it: "when below 30 buy and sell above 70".
    inner = verbs[1:] if verb_first else [place + 1 for place in verbs[:-1]]
    cuts = [0, *inner, len(chunk)]
    parts = [chunk[start:end] for start, end in pairwise(cuts)]
    return [Segment(_side(part), tuple(part), verb_first) for part in parts]


def _side(part: list[Token]) -> SideName | None:
    return next((token.side for token in part if isinstance(token, Side)), None)


def _has(tokens: list[Token], *kinds: type[Token]) -> bool:
    return any(isinstance(token, kinds) for token in tokens)


def _joined(parts: list[Segment]) -> list[Segment]:
    """A part without a verb belongs to the verb that rules its sentence; neighbours of one side are one thought."""
    joined: list[Segment] = []
    for place, part in enumerate(parts):
        side = part.side
        if side is None:
            before = next((one for one in reversed(parts[:place]) if one.side), None)
            after = next((one for one in parts[place:] if one.side), None)
            ruling = before if before and (before.verb_first or after is None) else after
            if ruling is after and _stands_alone(part, after):
                ruling = None
            side = ruling.side if ruling else None
        if joined and joined[-1].side == side:
            joined[-1] = Segment(side, (*joined[-1].tokens, *part.tokens))
        else:
            joined.append(Segment(side, part.tokens))
    return joined


def _stands_alone(part: Segment, after: Segment | None) -> bool:
    """Whether the part is a condition of its own: in "RSI below 30. Sell above 70" it is the one that buys."""
    whole = after is not None and all(_has(list(one.tokens), Compare) for one in (part, after))
    return whole and after is not None and after.side == "exit"
