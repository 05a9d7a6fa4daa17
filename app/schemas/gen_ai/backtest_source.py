"""The backtest that a request is about: a finished one of the caller, or figures in the body."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from app.schemas.gen_ai.common import BacktestMetrics, GenAiRequest, Name, Symbol

EXAMPLE_BACKTEST: dict[str, Any] = {
    "strategy_name": "RSI mean reversion",
    "symbol": "AAPL",
    "start_date": "2025-01-02",
    "end_date": "2025-12-30",
    "metrics": {
        "total_return": 0.184,
        "annualised_return": 0.185,
        "volatility": 0.21,
        "sharpe_ratio": 0.79,
        "max_drawdown": -0.126,
        "total_trades": 42,
        "win_rate": 0.57,
        "benchmark_return": 0.11,
    },
}


class BacktestSummary(GenAiRequest):
    """The result of a backtest."""

    strategy_name: Name = Field(description="How the strategy is called")
    symbol: Symbol = Field(description="What was traded")
    start_date: date = Field(description="First day of the backtest")
    end_date: date = Field(description="Last day of the backtest, after the first")
    metrics: BacktestMetrics = Field(description="What was measured; at least one figure")

    @model_validator(mode="after")
    def _is_a_result(self) -> Self:
        if self.end_date <= self.start_date:
            raise ValueError(f"end_date ({self.end_date}) must be after start_date ({self.start_date})")
        if not self.metrics.given():
            raise ValueError("metrics: give at least one figure; there is nothing to report on")
        return self


BacktestIdField = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]


class BacktestSource(GenAiRequest):
    """Exactly one of `backtest_id` and `backtest` is needed."""

    backtest_id: BacktestIdField | None = Field(
        default=None, description="One of your finished backtests: sensitivity and market phases are computed for it"
    )
    backtest: BacktestSummary | None = Field(default=None, description="Or the figures of a backtest, as they are")

    @model_validator(mode="after")
    def _one_backtest(self) -> Self:
        if (self.backtest_id is None) == (self.backtest is None):
            raise ValueError("backtest_id, backtest: give exactly one of the two")
        return self
