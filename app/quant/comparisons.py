"""Conditions in one normal form, so that the same thing said in two ways is seen to be the same."""

from dataclasses import dataclass

from app.quant.indicators import Scale
from app.quant.indicators.definition import PRICE
from app.quant.operands import AnyOperand, BollingerBand, Macd, Number, Price, Stochastic
from app.quant.strategy import Condition

_FLIPPED = {
    "above": "below",
    "below": "above",
    "crosses_above": "crosses_below",
    "crosses_below": "crosses_above",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition with its number, if it has one, on the right; `above` for `below` with the sides swapped.

    `left` and `right` name the series that are compared, None for a number: `threshold` is its value then.
    """

    left: str
    right: str | None
    threshold: float
    upwards: bool
    crosses: bool


def flipped(condition: Condition) -> Condition:
    """The same condition with its sides swapped."""
    return condition.model_copy(
        update={
            "left": condition.right,
            "right": condition.left,
            "comparison": _FLIPPED[condition.comparison],
        }
    )


def number_last(condition: Condition) -> Condition:
    """The same condition, said of the indicator and not of the number."""
    return flipped(condition) if isinstance(condition.left, Number) else condition


def compared(condition: Condition) -> Comparison:
    """The normal form of a condition. Above itself and below itself are the same, namely never."""
    condition = number_last(condition)
    if not isinstance(condition.right, Number) and series(condition.right) < series(condition.left):
        condition = flipped(condition)
    left, right = series(condition.left), condition.right
    return Comparison(
        left=left,
        right=None if isinstance(right, Number) else series(right),
        threshold=right.value if isinstance(right, Number) else 0.0,
        upwards=condition.comparison.endswith("above") or left == series(right),
        crosses=condition.comparison.startswith("crosses"),
    )


def series(operand: AnyOperand) -> str:
    """The name of an operand's values: operands with the same name always have the same values.

    A middle band is the moving average of its period, whatever its deviations; the MACD line does not depend on
    its signal's period, nor %K on the smoothing of %D; smoothing over one bar changes nothing.
    """
    match operand:
        case BollingerBand(band="middle"):
            return f"SMA({operand.period})"
        case Macd(line="line"):
            return f"MACD({operand.fast},{operand.slow})"
        case Stochastic() if operand.line == "k" or operand.d_period == 1:
            return f"STOCH({operand.k_period},{operand.smoothing})"
        case BollingerBand():
            return f"BBANDS({operand.period},{operand.deviations!r}).{operand.band}"
        case Number():
            return repr(operand.value + 0.0)
        case _:
            return str(operand)


def scale(operand: AnyOperand) -> Scale:
    """What the operand measures."""
    match operand:
        case Number():
            return Scale("a number")
        case Price():
            return PRICE
        case _:
            return operand.indicator.scale
