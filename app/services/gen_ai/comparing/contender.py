"""One of the strategies that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from app.quant.ranking import RANKABLE
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.fact_check import BacktestFigures, Metrics, parameters_of

# What the requests and the results of backtests call otherwise than the facts do.
_FACT_NAMES = {"total_trades": "trades", "winning_trades": "wins", "losing_trades": "losses"}


@dataclass(frozen=True, slots=True)
class Contender:
    """`name` is unlike every other's. `values` are the figures by the names of metrics; None, or none: not measured.

    `finished`: the stored backtest that they are from; None: they were given. `version`: that of the stored strategy
    now; None: there is none.
    """

    name: str
    values: Mapping[str, float | None]
    finished: FinishedBacktest | None = None
    version: int | None = None

    @classmethod
    def stored(cls, name: str, finished: FinishedBacktest, version: int | None) -> Self:
        metrics = finished.result.metrics
        names = (*RANKABLE, *_FACT_NAMES, "beta", "benchmark_return")
        return cls(name, {metric: getattr(metrics, metric) for metric in names}, finished, version)

    @property
    def strategy_id(self) -> str | None:
        return self.finished.backtest.strategy_id if self.finished else None

    @property
    def backtest_id(self) -> str | None:
        return self.finished.backtest.backtest_id if self.finished else None

    @property
    def symbol(self) -> str | None:
        return self.finished.result.symbol if self.finished else None

    def figures(self) -> BacktestFigures:
        """All that may be written about it."""
        values = dict(self.values)
        benchmark = Metrics(total_return=values.pop("benchmark_return", None))
        metrics = Metrics.model_validate({_FACT_NAMES.get(name, name): value for name, value in values.items()})
        if self.finished is None:
            return BacktestFigures(strategy_name=self.name, metrics=metrics, benchmark=benchmark)
        result = self.finished.result
        return BacktestFigures(
            strategy_name=self.name,
            symbol=result.symbol,
            start_date=result.first_day,
            end_date=result.last_day,
            bars=len(result.days),
            initial_cash=result.config.initial_cash,
            metrics=metrics,
            benchmark=benchmark,
            parameters=parameters_of(self.finished.strategy),
        )
