"""The figures of a backtest, as whoever computed them hands them over."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.quant.backtest.config import CONVENTIONS
from app.schemas.gen_ai.narrative_report import BacktestSummary

Name = Annotated[str, Field(min_length=1, max_length=80)]
# A name is a part of the names of facts, whose parts are joined by dots.
Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Metrics(_Part):
    """What was measured; None: it was not. Fractions: 0.12 is 12 %. A drawdown is negative, a VaR has either sign."""

    total_return: float | None = None
    annualised_return: float | None = None
    volatility: float | None = None
    sharpe_ratio: float | None = None
    sortino_ratio: float | None = None
    calmar_ratio: float | None = None
    max_drawdown: Annotated[float, Field(ge=-1, le=0)] | None = None
    var_95: float | None = None
    var_99: float | None = None
    cvar_95: float | None = None
    cvar_99: float | None = None
    trades: Annotated[int, Field(ge=0)] | None = None
    wins: Annotated[int, Field(ge=0)] | None = None
    losses: Annotated[int, Field(ge=0)] | None = None
    win_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    exposure: Annotated[float, Field(ge=0, le=1)] | None = None
    final_value: float | None = None
    alpha: float | None = None
    beta: float | None = None

    def given(self) -> dict[str, float]:
        return self.model_dump(exclude_none=True)


class Variation(_Part):
    """The same backtest with one parameter changed to `value`."""

    parameter: Key
    value: float
    metrics: Metrics


class Regime(_Part):
    """A part of the time, such as the bull markets; `share` of all days as a fraction."""

    name: Key
    days: Annotated[int, Field(ge=0)] | None = None
    share: Annotated[float, Field(ge=0, le=1)] | None = None
    metrics: Metrics
    benchmark: Metrics = Metrics()


class BacktestFigures(_Part):
    """All that is known of a backtest. `aliases` are further names of the strategy, for instance in Korean;
    `benchmark_aliases` further names of what is bought and held instead, such as that of the company behind a symbol.

    `parameters` are those of the rules: periods in bars, limits as fractions, levels on the indicator's scale.
    """

    strategy_name: Name
    aliases: tuple[Name, ...] = ()
    symbol: Name | None = None
    benchmark_name: Name | None = None
    benchmark_aliases: tuple[Name, ...] = ()
    start_date: date | None = None
    end_date: date | None = None
    bars: Annotated[int, Field(ge=0)] | None = None
    initial_cash: Annotated[float, Field(gt=0)] | None = None
    metrics: Metrics
    benchmark: Metrics = Metrics()
    parameters: Mapping[Key, float] = Field(default_factory=dict)
    sensitivity: tuple[Variation, ...] = ()
    regimes: tuple[Regime, ...] = ()
    dates: Mapping[Key, date] = Field(default_factory=dict)
    risk_free_rate: float = CONVENTIONS.risk_free_rate
    days_per_year: int = CONVENTIONS.days_per_year

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> Self:
        if self.start_date and self.end_date and self.end_date <= self.start_date:
            raise ValueError(f"end_date ({self.end_date}) must be after start_date ({self.start_date})")
        return self

    @classmethod
    def of_summary(cls, backtest: BacktestSummary) -> Self:
        """The figures of a backtest as the report's request gives them."""
        given = backtest.metrics.given()
        total = given.pop("benchmark_return", None)
        trades = {"total_trades": "trades", "winning_trades": "wins", "losing_trades": "losses"}
        return cls(
            strategy_name=backtest.strategy_name,
            symbol=backtest.symbol,
            start_date=backtest.start_date,
            end_date=backtest.end_date,
            metrics=Metrics.model_validate({trades.get(name, name): value for name, value in given.items()}),
            benchmark=Metrics(total_return=total),
        )
