"""What a report rests on: the figures of its backtest."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Self

from app.quant.backtest import Performance
from app.quant.market import Bars
from app.quant.words import Language, in_words
from app.schemas.gen_ai.backtest_source import BacktestSummary
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.fact_check import BacktestFigures, Metrics, Subject, parameters_of
from app.services.gen_ai.reports.studies import market_phases, variations

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
