"""What the report writer is asked, and what it answers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.quant.words import Language
from app.schemas.gen_ai.backtest_source import EXAMPLE_BACKTEST, BacktestSource, BacktestSummary
from app.schemas.gen_ai.common import MODEL_ID, GenAiResponse, ModelId
from app.schemas.gen_ai.fact_check import FactCheckInfo

__all__ = [
    "BacktestSummary",
    "Detail",
    "NarrativeReportRequest",
    "NarrativeReportResponse",
    "Prose",
    "Report",
    "ReportListItem",
    "ReportListResponse",
]

Detail = Literal["brief", "standard", "detailed"]


_EXAMPLE: dict[str, Any] = {"backtest": EXAMPLE_BACKTEST, "language": "en", "detail": "standard", "model_id": "gpt-4o"}


class NarrativeReportRequest(BacktestSource):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

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
    sensitivity: Prose | None = Field(description="How the result hangs on its parameters; null without facts for it")
    regimes: Prose | None = Field(description="How it did in rising and falling markets; null without facts for it")
    market_context: Prose | None = Field(description="Null without a benchmark")
    recommendations: list[Recommendation] = Field(description="What to do next; empty only in a brief report")


class NarrativeReportResponse(GenAiResponse):
    report_id: str = Field(description="Finds the report; only its owner can read it")
    backtest_id: str | None = Field(
        description="The backtest that it is about; null: its figures came with the request"
    )
    report: Report = Field(description="The report")
    fact_check: FactCheckInfo = Field(description="Each number of the prose with the fact that it states, each claim")
    language: Language = Field(description="Language of the report")
    detail: Detail = Field(description="How much was asked for")
    created_at: datetime = Field(description="When it was written, UTC")


class ReportListItem(BaseModel):
    report_id: str = Field(description="Finds the report")
    backtest_id: str | None = Field(
        description="The backtest that it is about; null: its figures came with the request"
    )
    title: str = Field(description="What the report calls itself")
    strategy_name: str = Field(description="The strategy that it is about")
    language: Language = Field(description="Language of the report")
    detail: Detail = Field(description="How much was asked for")
    recommendation: Literal["proceed", "optimise", "reject", "research"] = Field(description="What it says to decide")
    created_at: datetime = Field(description="When it was written, UTC")


class ReportListResponse(BaseModel):
    reports: list[ReportListItem] = Field(description="Yours, the newest first")
    total: int = Field(description="How many there are in all")
    limit: int = Field(description="How many were asked for")
    offset: int = Field(description="How many of the newest were left out")
