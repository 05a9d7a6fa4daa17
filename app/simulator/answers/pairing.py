"""Which two things a comparison compares, and in which direction."""

from app.simulator.answers.lexicon import AVERAGES
from app.simulator.answers.operands import family
from app.simulator.answers.tokens import How, Number, Operand, SideName

Thing = Operand | Number
# Left, right (None: a customary level, to be assumed), and whether the words named them in the other order.
Pair = tuple[Operand, Thing | None, bool]

_PRICE = Operand("PRICE", {"field": "close"})
_LEVELLED = ("RSI", "STOCH", "ADX", "ROC")
_MIDDLE = 50
_FLIPPED = {
    "above": "below",
    "below": "above",
    "crosses_above": "crosses_below",
    "crosses_below": "crosses_above",
}


class Pairing:
    """Finds the pairs in the order of the text; "it crosses below" means the pair compared before."""

    def __init__(self) -> None:
        self._last: tuple[Operand, Thing | None] | None = None

    def assumes_periods(self, things: list[Thing]) -> bool:
        """Whether two averages made of these things would have periods that nobody named."""
        return not any(isinstance(one, Number) or one.given for one in things) and (bool(things) or not self._last)

    def pair(self, things: list[Thing], how: How) -> Pair | None:
        found = self._found(things, how)
        if found is not None:
            self._last = found[:2]
        return found

    def extreme(self, things: list[Thing]) -> list[Thing]:
        """Oversold and overbought speak of the RSI unless they stand with a stochastic."""
        subject = self._last[0] if self._last else None
        known = [one for one in [subject, *things] if isinstance(one, Operand) and one.kind in ("RSI", "STOCH")]
        return [known[-1] if known else Operand("RSI"), *(one for one in things[-1:] if isinstance(one, Number))]

    def _found(self, things: list[Thing], how: How) -> Pair | None:
        match things:
            case []:
                return self._again(how)
            case [Number() as level]:
                return self._level(level)
            case [Operand() as one]:
                return self._alone(one, how)
        return self._two(things[-2], things[-1], how)

    def _two(self, one: Thing, other: Thing, how: How) -> Pair | None:
        match one, other:
            case Number(), Number():
                averages = how.startswith("crosses") or one.days or other.days
                return (_average("SMA", one), _average("SMA", other), False) if averages else self._level(other)
            case Operand(), Number():
                return _against_number(one, other)
            case Number(), Operand(kind):
                return (_average(kind, one), other, False) if kind in AVERAGES else (other, one, True)
            case Operand(), Operand() if family(one.kind) == family(other.kind) and _differ(one, other, how):
                return one, other, False
        return self._alone(other, how) if isinstance(other, Operand) else None

    def _again(self, how: How) -> Pair | None:
        if self._last:
            return (*self._last, False)
        # "Golden cross" without periods has one customary meaning.
        named = (Operand("SMA", {"period": 50}), Operand("SMA", {"period": 200}), False)
        return named if how.startswith("crosses") else None

    def _level(self, level: Number) -> Pair | None:
        if self._last:
            return _against_number(self._last[0], level)
        return (_PRICE, _average("SMA", level), False) if level.days else None

    def _alone(self, one: Operand, how: How) -> Pair | None:
        """What one thing is compared with when the words name no other."""
        if one.kind in AVERAGES or one.kind == "BBANDS":
            return self._beside_price(one, how)
        if one.kind == "MACD":
            return _macd(one)
        if one.kind == "STOCH" and _are_lines(one, how):
            return _line(one, "k"), _line(one, "d"), False
        if one.kind == "PRICE":
            right = self._last[1] if self._last else None
            return (one, right, False) if isinstance(right, Operand) and family(right.kind) == "price" else None
        return (one, None, False) if one.kind in _LEVELLED else None

    def _beside_price(self, one: Operand, how: How) -> Pair:
        if one.kind in AVERAGES and not one.given and how.startswith(("crosses", "touches")):
            return Operand(one.kind, {"period": 20}), Operand(one.kind, {"period": 50}), False
        subject = self._last[0] if self._last and how.startswith("crosses") else _PRICE
        return (subject if family(subject.kind) == "price" and subject != one else _PRICE), one, False


def _differ(one: Operand, other: Operand, how: How) -> bool:
    """Whether two things can be compared; averages that were said to have one period get two that differ later."""
    averages = one.kind in AVERAGES and bool(one.given) and how.startswith(("crosses", "touches"))
    return one != other or averages


def _are_lines(stochastic: Operand, how: How) -> bool:
    return how.startswith("crosses") or (how == "touches" and "line" in stochastic.given)


def _macd(one: Operand) -> Pair:
    if one.given.get("line") == "histogram":
        return one, Number(0), False
    return _line(one, "line"), _line(one, "signal"), False


def _line(one: Operand, line: str) -> Operand:
    return Operand(one.kind, one.given | {"line": line})


def _average(kind: str, level: Number) -> Operand:
    return Operand(kind, {"period": int(abs(level.value))})


def _against_number(left: Operand, level: Number) -> Pair:
    """A plain number beside an average is the period of another one: "20 EMA crosses above 50"."""
    if left.kind in AVERAGES:
        return left, _average(left.kind, level), False
    if left.kind == "PRICE" and level.days:
        return left, _average("SMA", level), False
    return left, level, False


def direction(how: How, left: Operand, right: Thing | None, side: SideName, *, flip: bool) -> str:
    """The comparison that the strategy names. "Touches", and "crosses" without a way, depend on what is met."""
    if how == "crosses":
        return f"crosses_{_met(left, right, side, upwards_in='entry')}"
    if how == "touches":
        lines = isinstance(right, Operand) and right.kind != "BBANDS" and left.kind != "PRICE"
        return f"crosses_{_met(left, right, side, upwards_in='entry')}" if lines else _touched(left, right, side)
    return _FLIPPED[how] if flip else how


def _touched(left: Operand, right: Thing | None, side: SideName) -> str:
    if left.kind == "ADX":
        return "above"
    if left.kind in ("RSI", "STOCH") and isinstance(right, Number):
        return "below" if right.value < _MIDDLE else "above"
    return _met(left, right, side, upwards_in="entry" if left.kind in ("ROC", "MACD") else "exit")


def _met(left: Operand, right: Thing | None, side: SideName, *, upwards_in: SideName) -> str:
    """A lower band is met from above and an upper one from below, on either side of the trade."""
    bands = [one.given.get("band") for one in (left, right) if isinstance(one, Operand)]
    if "upper" in bands:
        return "above"
    if "lower" in bands:
        return "below"
    return "above" if side == upwards_in else "below"
