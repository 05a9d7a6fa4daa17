"""What the report writer is asked, and what it answers."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.quant.words import Language
from app.schemas.gen_ai.common import MODEL_ID, BacktestMetrics, GenAiRequest, GenAiResponse, ModelId, Name, Symbol

Detail = Literal["brief", "standard", "detailed"]


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


_EXAMPLE: dict[str, Any] = {
    "backtest": {
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
    },
    "language": "en",
    "detail": "standard",
    "model_id": "gpt-4o",
}


class NarrativeReportRequest(GenAiRequest):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    backtest: BacktestSummary = Field(description="The backtest to report on")
    language: Language = Field(default="ko", description="Language of the report")
    detail: Detail = Field(default="standard", description="How much to say")
    model_id: ModelId | None = MODEL_ID


Prose = Annotated[str, Field(min_length=1, max_length=6000)]


class _Section(BaseModel):
    """Part of the answer schema as well: strict mode wants closed objects, and descriptions in the docstrings."""

    model_config = ConfigDict(extra="forbid")


class ExecutiveSummary(_Section):
    """The report on half a page."""

    title: Prose = Field(description="Names the strategy")
    overview: Prose = Field(description="Two to four sentences")
    key_findings: list[Prose] = Field(min_length=3, max_length=5, description="3 to 5, one sentence each")
    recommendation: Literal["proceed", "optimise", "reject", "research"] = Field(description="What to decide")


class PerformanceAnalysis(_Section):
    """What the figures say, one paragraph each."""

    returns: Prose = Field(description="What it earned")
    risk: Prose = Field(description="How much its value moved")
    risk_adjusted: Prose = Field(description="What it earned for its risk")
    drawdown: Prose = Field(description="How far it fell")
    trades: Prose = Field(description="How often it traded, and how well")


class StrategyInsights(_Section):
    """What the figures show about the strategy."""

    strengths: list[Prose] = Field(description="What the figures speak for")
    weaknesses: list[Prose] = Field(description="What the figures speak against")
    parameters: Prose = Field(description="What to vary next")


class RiskAssessment(_Section):
    """How risky it is; `tail_risk` is null where no value at risk was measured."""

    level: Literal["low", "medium", "high"] = Field(description="The risk in all")
    volatility: Prose = Field(description="What its volatility means for who holds it")
    drawdown: Prose = Field(description="What its falls mean for who holds it")
    tail_risk: Prose | None = Field(description="What its worst days cost; null without a value at risk")


class Recommendation(_Section):
    """What to do next, and why."""

    action: Prose = Field(description="What to do")
    rationale: Prose = Field(description="Why")
    next_steps: list[Prose] = Field(description="How, step by step")


class Report(_Section):
    """A report on a backtest. A brief one may leave sections null; without a benchmark there is no market context."""

    executive_summary: ExecutiveSummary
    performance_analysis: PerformanceAnalysis | None = Field(description="Null only in a brief report")
    strategy_insights: StrategyInsights | None = Field(description="Null only in a brief report")
    risk_assessment: RiskAssessment | None = Field(description="Null only in a brief report")
    market_context: Prose | None = Field(description="Null without a benchmark")
    recommendations: list[Recommendation] = Field(description="What to do next; empty only in a brief report")


class NarrativeReportResponse(GenAiResponse):
    report: Report = Field(description="The report")
    language: Language = Field(description="Language of the report")
    detail: Detail = Field(description="How much was asked for")
