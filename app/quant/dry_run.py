"""Can a strategy trade on a series? How often its conditions hold, and what a backtest of it brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from app.quant.backtest import DEFAULT_CONFIG, Metrics
from app.quant.backtest.positions import IndicatorValues, Setting, Signals, holds, together
from app.quant.backtest.run import follow, metrics
from app.quant.conditions import number_last
from app.quant.figures import figure
from app.quant.market import Bars
from app.quant.strategy import Condition, Number, Rules, Strategy


@dataclass(frozen=True, slots=True)
class ConditionCount:
    """On how many days a condition holds; `lowest` and `highest`: what the values that it compares with a number were,
    None where it compares with no number, or nothing was measured.
    """

    condition: Condition
    days: int
    lowest: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class RulesCount:
    """On how many days the rules hold, and each of their conditions by itself."""

    days: int
    conditions: tuple[ConditionCount, ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """`days`: those at whose close something can be ordered, which is all but the last one of the range.

    The exit is counted from the first purchase on, since nothing can be sold before; where nothing is ever bought, over
    all days. `position_fraction`: the fraction of the capital that went into each position.
    """

    symbol: str
    first_day: date
    last_day: date
    days: int
    entry: RulesCount
    exit: RulesCount
    position_fraction: float
    metrics: Metrics


def dry_run(strategy: Strategy, bars: Bars) -> DryRun:
    """Runs a strategy with the usual costs and limits; it may be one that makes no sense.

    Raises:
        InputError: there are fewer than two days.
    """
    values, first, last = IndicatorValues(bars), bars.warm_up, len(bars) - 1
    entry, exit_ = _Held.of(strategy.entry, values, len(bars)), _Held.of(strategy.exit, values, len(bars))
    course = follow(Setting(bars, strategy.risk, DEFAULT_CONFIG), entry.together, exit_.together)
    bought = course.held[0].entry if course.held else first
    return DryRun(
        symbol=bars.symbol,
        first_day=bars.first_day,
        last_day=bars.last_day,
        days=last - first,
        entry=entry.count(values, first, last),
        exit=exit_.count(values, bought, last),
        position_fraction=min(strategy.risk.position_size, DEFAULT_CONFIG.max_position),
        metrics=metrics(course, bars),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """Where rules hold, and each of their conditions by itself."""

    rules: Rules
    each: list[Signals]
    together: Signals

    @classmethod
    def of(cls, rules: Rules, values: IndicatorValues, bars: int) -> Self:
        each = [holds(condition, values, bars) for condition in rules.conditions]
        return cls(rules, each, together(rules, each, bars))

    def count(self, values: IndicatorValues, first: int, last: int) -> RulesCount:
        """From `first` to before `last`."""
        counted = tuple(
            ConditionCount(condition, int(np.count_nonzero(held[first:last])), *_span(condition, values, first, last))
            for condition, held in zip(self.rules.conditions, self.each, strict=True)
        )
        return RulesCount(int(np.count_nonzero(self.together[first:last])), counted)


def _span(condition: Condition, values: IndicatorValues, first: int, last: int) -> tuple[float | None, float | None]:
    condition = number_last(condition)
    if not isinstance(condition.right, Number) or isinstance(condition.left, Number):
        return None, None
    measured = np.asarray(values.of(condition.left))[first:last]
    known = measured[~np.isnan(measured)]
    return (float(known.min()), float(known.max())) if len(known) else (None, None)


def dry_run_problems(strategy: Strategy, run: DryRun) -> list[str]:
    """Why the strategy cannot trade on the series, one sentence each: what never holds, and how often its parts do."""
    where = f"on {run.symbol} from {run.first_day} to {run.last_day}"
    found = []
    if run.entry.days == 0:
        found.append(
            f"entry: {where} it holds on none of {figure(run.days)} days, so nothing is ever bought; "
            f"{_advice(run.entry.conditions)}"
        )
    if strategy.exit.conditions and run.exit.days == 0:
        found.append(
            f"exit: {where} it never holds after something was bought, so its rules never sell; "
            f"{_advice(run.exit.conditions)}"
        )
    return found


def _advice(counted: Sequence[ConditionCount]) -> str:
    if not counted:
        return "give it a condition"
    sentence = "; ".join(_count_sentence(number, each) for number, each in enumerate(counted, start=1))
    dead = [str(number) for number, each in enumerate(counted, start=1) if each.days == 0]
    if dead:
        return f"{sentence}. Change condition{'s' * (len(dead) > 1)} {', '.join(dead)} to something that happens"
    return f"{sentence}, but never on the same day. Loosen one of them, or combine them with any"


def _count_sentence(number: int, counted: ConditionCount) -> str:
    sentence = f"condition {number}, {counted.condition}, holds on {figure(counted.days)} days"
    if counted.lowest is None or counted.highest is None:
        return sentence
    left = number_last(counted.condition).left
    return f"{sentence} ({left} is between {counted.lowest:.4g} and {counted.highest:.4g})"
