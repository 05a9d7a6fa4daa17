"""What is learned of a backtest beyond its own result: neighbouring parameters, rising and falling markets.

A dozen backtests at most, a few milliseconds each; call it off the event loop.
"""

from collections.abc import Iterator
from dataclasses import asdict

from app.quant.backtest import BacktestResult, backtest
from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.quant.study import Tunable, changed, phases, sensitivity, tunables
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.fact_check import Metrics, Regime, Variation, parameters_of

_MOST_PARAMETERS = 3
_TOLD = ("total_return", "sharpe_ratio", "max_drawdown")
"""Of each variation: enough to say how much hangs on a parameter."""


def variations(finished: FinishedBacktest, bars: Bars) -> tuple[Variation, ...]:
    """The backtest with the next lower and the next higher value of up to three numbers of its rules.

    Nothing where the bars are no longer those of the backtest: its own figures would not be comparable.
    """
    strategy, config = finished.strategy, finished.result.config
    if backtest(strategy, bars, config).metrics != finished.result.metrics:
        return ()
    found: list[Variation] = []
    for number in [each for each in tunables(strategy) if not each.id.startswith("risk.")][:_MOST_PARAMETERS]:
        values = _nearest(number)
        if not values:
            continue
        for point in sensitivity(strategy, bars, number.id, values=values, config=config).points:
            name = None if point.value == number.value else _name(strategy, number, point.value)
            if point.metrics is not None and name is not None:
                told = {metric: asdict(point.metrics)[metric] for metric in _TOLD}
                found.append(Variation(parameter=name, value=point.value, metrics=Metrics.model_validate(told)))
    return tuple(found)


def market_phases(result: BacktestResult) -> tuple[Regime, ...]:
    """How strategy and benchmark did on the days on which the benchmark was above, or below, its level a year ago."""
    return tuple(
        Regime(
            name=phase.name,
            days=phase.days,
            share=phase.share,
            metrics=Metrics(total_return=phase.total_return),
            benchmark=Metrics(total_return=phase.benchmark_return),
        )
        for phase in phases(result.equity, result.benchmark_equity)
    )


def _nearest(number: Tunable) -> tuple[float, ...]:
    """The middle one of the natural neighbours on either side: the very next often makes no difference."""

    def middle(values: list[float]) -> Iterator[float]:
        if values:
            yield values[len(values) // 2]

    below = [value for value in number.neighbours if value < number.value]
    above = [value for value in number.neighbours if value > number.value]
    return (*middle(below), *middle(above))


def _name(strategy: Strategy, number: Tunable, value: float) -> str | None:
    """What the facts call the number; None where they have no name of its own for it."""
    before, after = parameters_of(strategy), parameters_of(changed(strategy, {number.id: value}))
    differing = [name for name in before if before[name] != after.get(name)]
    return differing[0] if len(differing) == 1 and before.keys() == after.keys() else None
