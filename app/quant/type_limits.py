"""The limits that the type of a strategy sets to its numbers, beyond those of the indicators."""

from collections.abc import Iterator

from app.quant.comparisons import number_last
from app.quant.indicators import Parameter
from app.quant.operands import MovingAverage, Number, Oscillator
from app.quant.strategy import Condition, Rules, Strategy, StrategyType
from app.quant.templates import LONG, OVERBOUGHT, OVERSOLD, ROC_PERIOD, RSI_PERIOD, SHORT


def type_limits(strategy: Strategy) -> dict[str, Parameter]:
    """By the ids of `app.quant.study`. A number that its type does not need has none."""
    match strategy.type:
        case StrategyType.SMA_CROSSOVER:
            found = _averages(strategy.entry)
        case StrategyType.RSI_MEAN_REVERSION:
            found = _reversion(strategy)
        case StrategyType.MOMENTUM:
            found = _momentum(strategy.entry)
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


def _momentum(entry: Rules) -> Iterator[tuple[str, Parameter]]:
    for condition in entry.conditions:
        for operand in (condition.left, condition.right):
            if isinstance(operand, Oscillator) and operand.kind == "ROC":
                yield f"{operand.computed}.period", ROC_PERIOD
