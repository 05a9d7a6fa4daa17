"""What the rules of a strategy must contain to be of the type that it claims to be.

The ranges are the platform's; within them a strategy can be tried on a year of daily bars.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

from app.quant.comparisons import flipped, number_last
from app.quant.operands import MovingAverage, Number, Oscillator
from app.quant.strategy import Condition, Rules, Strategy, StrategyType

SHORT = range(2, 51)
LONG = range(10, 201)
RSI_PERIOD = range(2, 51)
ROC_PERIOD = range(5, 101)
OVERSOLD = (0, 50)
OVERBOUGHT = (50, 100)

_CROSSING = "type sma_crossover: "
_REVERSION = "type rsi_mean_reversion: "
_OR_CUSTOM = ", or give the type custom"


def type_problems(strategy: Strategy) -> Iterator[str]:
    """Where a strategy is not of its type; a custom one may be anything."""
    match strategy.type:
        case StrategyType.SMA_CROSSOVER:
            yield from _sma_crossover(strategy.entry)
        case StrategyType.RSI_MEAN_REVERSION:
            yield from _rsi_mean_reversion(strategy)
        case StrategyType.MOMENTUM:
            yield from _momentum(strategy.entry)
        case StrategyType.BUY_AND_HOLD:
            yield from _buy_and_hold(strategy)


def _sma_crossover(entry: Rules) -> Iterator[str]:
    crossings = [crossing for condition in entry.conditions if (crossing := _crossing(condition))]
    found = [list(_crossing_problems(short, long)) for short, long in crossings]
    if not found:
        yield f"{_CROSSING}the entry needs a short SMA that crosses above a longer SMA{_OR_CUSTOM}"
    elif all(found):
        yield from found[0]


def _crossing(condition: Condition) -> tuple[int, int] | None:
    """The periods of the SMA that crosses above and of the one that is crossed."""
    upwards = condition if condition.comparison == "crosses_above" else flipped(condition)
    left, right = upwards.left, upwards.right
    if upwards.comparison != "crosses_above" or not (_is_sma(left) and _is_sma(right)):
        return None
    return left.period, right.period


def _crossing_problems(short: int, long: int) -> Iterator[str]:
    if short >= long:
        yield f"{_CROSSING}in the entry SMA({short}) crosses above SMA({long}), but the first must be the shorter one"
        return
    if short not in SHORT:
        yield f"{_CROSSING}the short SMA of the entry has {short} bars; give it 2 to 50"
    if long not in LONG:
        yield f"{_CROSSING}the long SMA of the entry has {long} bars; give it 10 to 200"


def _rsi_mean_reversion(strategy: Strategy) -> Iterator[str]:
    oversold = _rsi_thresholds(strategy.entry, ("below", "crosses_below", "crosses_above"), OVERSOLD)
    overbought = _rsi_thresholds(strategy.exit, ("above", "crosses_above", "crosses_below"), OVERBOUGHT)
    yield from _rsi_problems("entry", "below, or crossing, an oversold", oversold, OVERSOLD)
    yield from _rsi_problems("exit", "above, or crossing, an overbought", overbought, OVERBOUGHT)
    if oversold and overbought and oversold[0].number >= overbought[0].number:
        yield (
            f"{_REVERSION}the oversold number of the entry ({oversold[0].number:g}) must be below the overbought "
            f"number of the exit ({overbought[0].number:g}), for instance 30 and 70"
        )


class _Threshold(NamedTuple):
    period: int
    number: float

    def is_within(self, limits: tuple[int, int]) -> bool:
        return self.period in RSI_PERIOD and limits[0] <= self.number <= limits[1]


def _rsi_thresholds(rules: Rules, comparisons: tuple[str, ...], limits: tuple[int, int]) -> list[_Threshold]:
    """The RSI conditions that compare with a number in one of these ways, those within the limits first.

    One that is right is enough: a second RSI may be a filter with its own number.
    """
    found = [
        _Threshold(condition.left.period, condition.right.value)
        for condition in map(number_last, rules.conditions)
        if _is_rsi(condition.left) and isinstance(condition.right, Number) and condition.comparison in comparisons
    ]
    return sorted(found, key=lambda threshold: not threshold.is_within(limits))


def _rsi_problems(where: str, wanted: str, found: list[_Threshold], limits: tuple[int, int]) -> Iterator[str]:
    lowest, highest = limits
    if not found:
        yield f"{_REVERSION}the {where} needs an RSI {wanted} number of {lowest} to {highest}{_OR_CUSTOM}"
        return
    period, number = found[0]
    if period not in RSI_PERIOD:
        yield f"{_REVERSION}the RSI of the {where} has {period} bars; give it 2 to 50"
    if not lowest <= number <= highest:
        yield f"{_REVERSION}the RSI of the {where} is compared with {number:g}; give one from {lowest} to {highest}"


def _momentum(entry: Rules) -> Iterator[str]:
    operands = (operand for condition in entry.conditions for operand in (condition.left, condition.right))
    periods = [operand.period for operand in operands if isinstance(operand, Oscillator) and operand.kind == "ROC"]
    if not periods:
        yield f"type momentum: the entry needs a rate of change (ROC) of 5 to 100 bars{_OR_CUSTOM}"
    for period in periods:
        if period not in ROC_PERIOD:
            yield f"type momentum: the ROC of the entry has {period} bars; give it 5 to 100"


def _buy_and_hold(strategy: Strategy) -> Iterator[str]:
    if strategy.entry.conditions or strategy.entry.combine != "all":
        yield f"type buy_and_hold: the entry must always hold: combine all, no conditions{_OR_CUSTOM}"
    if strategy.exit.conditions or strategy.exit.combine != "any":
        yield f"type buy_and_hold: the exit must never hold: combine any, no conditions{_OR_CUSTOM}"


def _is_sma(operand: object) -> TypeGuard[MovingAverage]:
    return isinstance(operand, MovingAverage) and operand.kind == "SMA"


def _is_rsi(operand: object) -> TypeGuard[Oscillator]:
    return isinstance(operand, Oscillator) and operand.kind == "RSI"
