"""What a report rests on: a finished backtest, its facts, and the further backtests made for it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Self

from app.quant.backtest import BacktestResult, Performance, backtest
from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.quant.study import Tunable, changed, phases, sensitivity, tunables
from app.quant.words import Language, in_words
from app.schemas.gen_ai.backtest_source import BacktestSummary
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.fact_check import BacktestFigures, Metrics, Regime, Subject, Variation, parameters_of

_MOST_PARAMETERS = 3
_VARIATION_METRICS = ("total_return", "sharpe_ratio", "max_drawdown")
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
                metrics = {metric: asdict(point.metrics)[metric] for metric in _VARIATION_METRICS}
                found.append(Variation(parameter=name, value=point.value, metrics=Metrics.model_validate(metrics)))
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


# What a report rests on: the figures of its backtest.

_NAMES = {"total_trades": "trades", "winning_trades": "wins", "losing_trades": "losses"}
"""What the checker calls otherwise than the engine."""


@dataclass(frozen=True)
class ReportBasis:
    """`finished` is the stored backtest that the figures are of; None: they came with the request."""

    figures: BacktestFigures
    finished: FinishedBacktest | None = None

    @cached_property
    def subject(self) -> Subject:
        """The figures as the facts that a text is checked against."""
        return Subject.of(self.figures)

    @property
    def backtest_id(self) -> str | None:
        return None if self.finished is None else self.finished.backtest.backtest_id

    def rules(self, language: Language) -> tuple[str, ...]:
        return () if self.finished is None else tuple(in_words(self.finished.strategy, language))

    @classmethod
    def of_summary(cls, backtest: BacktestSummary) -> Self:
        return cls(BacktestFigures.of_summary(backtest))

    @classmethod
    def of_finished(cls, finished: FinishedBacktest, bars: Bars | None) -> Self:
        """With what can be learned of it by further backtests, for which its bars are needed."""
        result = finished.result
        figures = BacktestFigures(
            strategy_name=finished.strategy.name,
            symbol=result.symbol,
            start_date=result.first_day,
            end_date=result.last_day,
            bars=len(result.days),
            initial_cash=result.config.initial_cash,
            metrics=checked_metrics(result.metrics),
            benchmark=checked_metrics(result.benchmark),
            parameters=parameters_of(finished.strategy),
            sensitivity=() if bars is None else variations(finished, bars),
            regimes=market_phases(result),
            risk_free_rate=result.conventions.risk_free_rate,
            days_per_year=result.conventions.days_per_year,
        )
        return cls(figures, finished)


def checked_metrics(measured: Performance) -> Metrics:
    """What an engine's figures are to the checker; what it does not know is left out."""
    named = {_NAMES.get(name, name): value for name, value in asdict(measured).items()}
    return Metrics.model_validate({name: named[name] for name in Metrics.model_fields if name in named})
