"""What is wrong with a strategy, whoever wrote it: its numbers, its type, its rules."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeGuard

from app.quant.conditions import Comparison, compared, condition_problems, contradictions, flipped, number_last
from app.quant.indicators import Parameter
from app.quant.strategy import (
    AnyOperand,
    Condition,
    MovingAverage,
    Number,
    Oscillator,
    Risk,
    Rules,
    Strategy,
    StrategyType,
    lookback_problems,
)

# The limits of the numbers of each named type; what claims to be of a type is held to them.
SHORT = Parameter("short", "period of the short SMA", "단기 이동평균 기간", 2, 50, 20)
LONG = Parameter("long", "period of the long SMA", "장기 이동평균 기간", 10, 200, 60)
RSI_PERIOD = Parameter("period", "period of the RSI", "RSI 기간", 2, 50, 14)
OVERSOLD = Parameter("oversold", "oversold number", "과매도 기준", 0, 50, 30, whole=False)
OVERBOUGHT = Parameter("overbought", "overbought number", "과매수 기준", 50, 100, 70, whole=False)
ROC_PERIOD = Parameter("period", "period of the rate of change", "변화율 기간", 5, 100, 20)


def type_limits(strategy: Strategy) -> dict[str, Parameter]:
    """By the ids of `app.quant.study`. A number that its type does not need has none."""
    match strategy.type:
        case StrategyType.SMA_CROSSOVER:
            found = _averages(strategy.entry)
        case StrategyType.RSI_MEAN_REVERSION:
            found = _reversion(strategy)
        case StrategyType.MOMENTUM:
            found = _momentum_limits(strategy.entry)
        case _:
            return {}
    return dict(reversed(list(found)))  # of conditions that are alike the first counts


def _averages(entry: Rules) -> Iterator[tuple[str, Parameter]]:
    for condition in entry.conditions:
        left, right = condition.left, condition.right
        crosses = condition.comparison.startswith("crosses")
        if crosses and isinstance(left, MovingAverage) and isinstance(right, MovingAverage):
            short, long = sorted((left, right), key=lambda average: average.period)
            yield f"{short.computed}.period", SHORT
            yield f"{long.computed}.period", LONG


def _reversion(strategy: Strategy) -> Iterator[tuple[str, Parameter]]:
    for side, rules, limits in (("entry", strategy.entry, OVERSOLD), ("exit", strategy.exit, OVERBOUGHT)):
        for number, condition in enumerate(rules.conditions, start=1):
            if (rsi := _of_rsi(condition)) and limits.allows(rsi[1]):
                yield f"{rsi[0].computed}.period", RSI_PERIOD
                yield f"{side}.{number}.number", limits
                break


def _of_rsi(condition: Condition) -> tuple[Oscillator, float] | None:
    condition = number_last(condition)
    match condition.left, condition.right:
        case Oscillator(kind="RSI") as rsi, Number(value=value):
            return rsi, value
    return None


def _momentum_limits(entry: Rules) -> Iterator[tuple[str, Parameter]]:
    for condition in entry.conditions:
        for operand in (condition.left, condition.right):
            if isinstance(operand, Oscillator) and operand.kind == "ROC":
                yield f"{operand.computed}.period", ROC_PERIOD


# What the rules of a strategy must contain to be of the type that it claims to be.

_CROSSING = "type sma_crossover: "
_REVERSION = "type rsi_mean_reversion: "
_MOMENTUM = "type momentum: "
_OR_CUSTOM = ", or give the type custom"


def type_problems(strategy: Strategy) -> Iterator[str]:
    """Where a strategy is not of its type; a custom one may be anything."""
    match strategy.type:
        case StrategyType.SMA_CROSSOVER:
            yield from _sma_crossover(strategy.entry)
        case StrategyType.RSI_MEAN_REVERSION:
            yield from _rsi_mean_reversion(strategy)
        case StrategyType.MOMENTUM:
            yield from _momentum(strategy)
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
        short, long = long, short
    if not SHORT.allows(short):
        yield f"{_CROSSING}the short SMA of the entry has {short} bars; give it {SHORT.limits}"
    if not LONG.allows(long):
        yield f"{_CROSSING}the long SMA of the entry has {long} bars; give it {LONG.limits}"


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

    def is_within(self, limits: Parameter) -> bool:
        return RSI_PERIOD.allows(self.period) and limits.allows(self.number)


def _rsi_thresholds(rules: Rules, comparisons: tuple[str, ...], limits: Parameter) -> list[_Threshold]:
    """The RSI conditions that compare with a number in one of these ways, those within the limits first.

    One that is right is enough: a second RSI may be a filter with its own number.
    """
    found = [
        _Threshold(condition.left.period, condition.right.value)
        for condition in map(number_last, rules.conditions)
        if _is_rsi(condition.left) and isinstance(condition.right, Number) and condition.comparison in comparisons
    ]
    return sorted(found, key=lambda threshold: not threshold.is_within(limits))


def _rsi_problems(where: str, wanted: str, found: list[_Threshold], limits: Parameter) -> Iterator[str]:
    if not found:
        yield f"{_REVERSION}the {where} needs an RSI {wanted} number of {limits.limits}{_OR_CUSTOM}"
        return
    period, number = found[0]
    if not RSI_PERIOD.allows(period):
        yield f"{_REVERSION}the RSI of the {where} has {period} bars; give it {RSI_PERIOD.limits}"
    if not limits.allows(number):
        yield f"{_REVERSION}the RSI of the {where} is compared with {number:g}; give one from {limits.limits}"


def _momentum(strategy: Strategy) -> Iterator[str]:
    periods = [operand.period for operand in _operands(strategy.entry) if _is_roc(operand)]
    if not periods:
        yield f"{_MOMENTUM}the entry needs a rate of change (ROC) of {ROC_PERIOD.limits} bars{_OR_CUSTOM}"
    for period in periods:
        if not ROC_PERIOD.allows(period):
            yield f"{_MOMENTUM}the ROC of the entry has {period} bars; give it {ROC_PERIOD.limits}"
    yield from _churning(strategy)


def _churning(strategy: Strategy) -> Iterator[str]:
    """A change that is enough to buy may not be little enough to sell."""
    buys, sells = _roc_numbers(strategy.entry, "above"), _roc_numbers(strategy.exit, "below")
    for period, buy_above in buys:
        for other, sell_below in sells:
            if period == other and sell_below > buy_above:
                yield (
                    f"{_MOMENTUM}it buys when ROC({period}) is above {buy_above:g} and sells when it is below "
                    f"{sell_below:g}, so what it buys it sells again; the second number must not be the greater one"
                )


def _roc_numbers(rules: Rules, comparison: str) -> list[tuple[int, float]]:
    return [
        (condition.left.period, condition.right.value)
        for condition in map(number_last, rules.conditions)
        if _is_roc(condition.left) and isinstance(condition.right, Number) and condition.comparison == comparison
    ]


def _operands(rules: Rules) -> Iterator[AnyOperand]:
    for condition in rules.conditions:
        yield condition.left
        yield condition.right


def _buy_and_hold(strategy: Strategy) -> Iterator[str]:
    if strategy.entry.conditions or strategy.entry.combine != "all":
        yield f"type buy_and_hold: the entry must always hold: combine all, no conditions{_OR_CUSTOM}"
    if strategy.exit.conditions or strategy.exit.combine != "any":
        yield f"type buy_and_hold: the exit must never hold: combine any, no conditions{_OR_CUSTOM}"


def _is_sma(operand: object) -> TypeGuard[MovingAverage]:
    return isinstance(operand, MovingAverage) and operand.kind == "SMA"


def _is_rsi(operand: object) -> TypeGuard[Oscillator]:
    return isinstance(operand, Oscillator) and operand.kind == "RSI"


def _is_roc(operand: object) -> TypeGuard[Oscillator]:
    return isinstance(operand, Oscillator) and operand.kind == "ROC"


# Does a strategy that has the right shape also make sense?


def problems(strategy: Strategy, bars: int | None = None) -> list[str]:
    """Everything that is wrong, one sentence each: where, what, and what would be right. Nothing: it makes sense.

    `bars` is the length of the series that the strategy shall run on; None: no series is meant.
    """
    found = [
        *type_problems(strategy),
        *_rules_problems("entry", strategy.entry),
        *_rules_problems("exit", strategy.exit),
    ]
    if strategy.type is not StrategyType.BUY_AND_HOLD:
        found += [*_emptiness_problems(strategy.entry, strategy.exit, strategy.risk)]
    if bars is not None:
        found += lookback_problems(strategy, bars)
    if strategy.entry.conditions and _meaning(strategy.entry) == _meaning(strategy.exit):
        found.append("entry and exit are the same rules, so every purchase would be sold at once; make them differ")
    return found


def _rules_problems(where: str, rules: Rules) -> Iterator[str]:
    for number, condition in enumerate(rules.conditions, start=1):
        for problem in condition_problems(condition):
            yield f"{where}, condition {number}: {problem}"
    if rules.combine == "any":
        return
    for found in contradictions(rules.conditions):
        *others, last = map(str, found.numbers)
        yield (
            f"{where}, conditions {', '.join(others)} and {last}: {_listed(found.conditions)} can never hold at the "
            "same time; combine them with any, or change one of them"
        )


def _listed(conditions: Sequence[Condition]) -> str:
    *others, last = map(str, conditions)
    return f"{', '.join(others)} and {last}"


def _emptiness_problems(entry: Rules, exit_: Rules, risk: Risk) -> Iterator[str]:
    if not entry.conditions:
        yield "entry: there is no condition; say when to buy, or give the type buy_and_hold"
    if exit_.conditions:
        return
    if exit_.combine == "all":
        yield "exit: all of no conditions always holds, so it sells at once; give a condition, or combine any for never"
    elif risk.stop_loss is None and risk.take_profit is None:
        yield "exit: it never sells; give a condition, a stop loss or a take profit"


def _meaning(rules: Rules) -> tuple[str, frozenset[Comparison]]:
    """Equal for rules that hold at the same bars: order, repetition and the sides of a condition do not count."""
    comparisons = frozenset(compared(condition) for condition in rules.conditions)
    return (rules.combine if len(comparisons) > 1 else "all", comparisons)
