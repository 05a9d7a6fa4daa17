"""The parameters of a strategy as facts: what each is counted in, and in which sentences it may be meant."""

import re
from collections.abc import Iterator, Mapping

from app.quant.conditions import number_last
from app.quant.strategy import (
    AnyOperand,
    BollingerBand,
    Condition,
    Macd,
    MovingAverage,
    Number,
    Oscillator,
    Stochastic,
    Strategy,
)
from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.facts.metrics import Unit

_BARS = re.compile(r"period|window|lookback|fast|slow|signal|short|long|cooldown|days|bars|smoothing")
_LEVEL = re.compile(r"oversold|overbought|level|above|below")
_RATIO = re.compile(r"deviations|multiple")
_FRACTIONS_AT_MOST = 1


def parameter_facts(parameters: Mapping[str, float]) -> Iterator[Fact]:
    """One fact `parameter.NAME` for each; the name decides the unit."""
    for name, value in parameters.items():
        unit = _unit(name, value)
        yield Fact(f"parameter.{name}", float(value), unit, _decimals(unit, value))


def _unit(name: str, value: float) -> Unit:
    if _BARS.search(name):
        return Unit.BARS
    if _RATIO.search(name):
        return Unit.RATIO
    if _LEVEL.search(name) or abs(value) > _FRACTIONS_AT_MOST:
        return Unit.LEVEL
    return Unit.FRACTION


def _decimals(unit: Unit, value: float) -> int:
    """As many as the value needs: a parameter is chosen, not measured, so that it is never rounded."""
    text = f"{value * 100 if unit is Unit.FRACTION else value:.6f}".rstrip("0")
    return len(text.partition(".")[2])


def parameters_of(strategy: Strategy) -> dict[str, float]:
    """The numbers in a strategy's rules and limits, by names that `parameter_facts` understands."""
    found: dict[str, float] = {}
    for side, rules in (("entry", strategy.entry), ("exit", strategy.exit)):
        for condition in rules.conditions:
            for name, value in _numbers(condition, side):
                _add(found, name, value)
    risk = strategy.risk
    limits = {"position_size": risk.position_size, "stop_loss": risk.stop_loss, "take_profit": risk.take_profit}
    return found | {name: value for name, value in limits.items() if value is not None} | _cooldown(risk.cooldown)


def _cooldown(bars: int) -> dict[str, float]:
    return {"cooldown": bars} if bars else {}


def _add(found: dict[str, float], name: str, value: float) -> None:
    """Two periods of one indicator get the names `sma_period` and `sma_period_2`."""
    number = 1
    while (key := name if number == 1 else f"{name}_{number}") in found and found[key] != value:
        number += 1
    found[key] = value


def _numbers(condition: Condition, side: str) -> Iterator[tuple[str, float]]:
    condition = number_last(condition)
    for operand in (condition.left, condition.right):
        yield from _periods(operand)
    if isinstance(condition.right, Number):
        way = "above" if condition.comparison.endswith("above") else "below"
        yield f"{side}_{condition.left.kind.lower()}_{way}", condition.right.value


def _periods(operand: AnyOperand) -> Iterator[tuple[str, float]]:
    match operand:
        case MovingAverage() | Oscillator():
            yield f"{operand.kind.lower()}_period", operand.period
        case Macd():
            yield from (("macd_fast", operand.fast), ("macd_slow", operand.slow), ("macd_signal", operand.signal))
        case BollingerBand():
            yield from (("bollinger_period", operand.period), ("bollinger_deviations", operand.deviations))
        case Stochastic():
            yield from (("stochastic_k_period", operand.k_period), ("stochastic_smoothing", operand.smoothing))
            yield "stochastic_d_period", operand.d_period
        case _:
            return
