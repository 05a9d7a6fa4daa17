"""What chat sessions and comparisons are asked, and what they answer."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from app.quant.ranking import DEFAULT_METRICS, RankableMetric, Ranked
from app.quant.words import Language
from app.schemas.gen_ai.common import MODEL_ID, STORABLE, BacktestMetrics, GenAiRequest, GenAiResponse, ModelId, Name
from app.services.gen_ai.core import ToolUse


class SessionResponse(BaseModel):
    session_id: str = Field(description="The session's id; only who created the session can use it")
    created_at: datetime = Field(description="When the session began, UTC")
    expires_at: datetime = Field(description="When the session ends, 24 hours after it began")


class ChatRequest(GenAiRequest):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message": "샤프 지수가 1.2면 좋은 편인가요?", "include_history": True}]}
    )

    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), STORABLE] = Field(
        description="What to say, 1 to 4,000 characters"
    )
    include_history: bool = Field(
        default=True, strict=True, description="Whether the model sees the last 10 turns of the session"
    )
    model_id: ModelId | None = MODEL_ID


class ToolUseInfo(BaseModel):
    """A tool that the model called before it answered. Tools only read, and only what belongs to the caller."""

    call_id: str = Field(description="Names the call; `tool` events of a stream carry it too")
    name: str = Field(description="The tool")
    arguments: dict[str, JsonValue] | None = Field(description="What it was asked; null: nothing that can be read")
    succeeded: bool = Field(description="Whether it found something")
    truncated: bool = Field(description="Whether its result was too long, and the model saw only the beginning")
    error: str | None = Field(description="Why it found nothing, as the model was told; null: it did")

    @classmethod
    def of(cls, use: ToolUse) -> Self:
        return cls(
            call_id=use.call.call_id,
            name=use.call.name,
            arguments=use.arguments,
            succeeded=use.succeeded,
            truncated=use.truncated,
            error=use.error,
        )


class ChatResponse(GenAiResponse):
    session_id: str = Field(description="The session that the answer belongs to")
    answer: str = Field(description="What the model said")
    tools: list[ToolUseInfo] = Field(description="The tools that it called for this answer, in their order")


class ComparedStrategy(GenAiRequest):
    """A strategy and what its backtest measured."""

    name: Name = Field(description="How the strategy is called; unlike every other one in the comparison")
    metrics: BacktestMetrics = Field(description="What was measured")


_EXAMPLE: dict[str, Any] = {
    "strategies": [
        {"name": "RSI mean reversion", "metrics": {"total_return": 0.18, "sharpe_ratio": 0.8, "max_drawdown": -0.12}},
        {"name": "SMA crossover", "metrics": {"total_return": 0.24, "sharpe_ratio": 1.1, "max_drawdown": -0.17}},
    ],
    "metrics": ["total_return", "sharpe_ratio", "max_drawdown"],
    "question": "Which one suits a cautious investor?",
    "language": "en",
}


class CompareRequest(GenAiRequest):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    strategies: Annotated[list[ComparedStrategy], Field(min_length=2, max_length=5)] = Field(
        description="2 to 5 strategies with different names"
    )
    metrics: Annotated[list[RankableMetric], Field(min_length=1)] = Field(
        default=list(DEFAULT_METRICS), description="What to rank by, each metric with the same weight"
    )
    question: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), STORABLE] | None
    ) = Field(default=None, description="What you want to know of the comparison")
    language: Language | None = Field(
        default=None, description="Language of the answer; null: that of the question, Korean without one"
    )
    model_id: ModelId | None = MODEL_ID

    @model_validator(mode="after")
    def _can_be_ranked(self) -> Self:
        names = _repeated([strategy.name.casefold() for strategy in self.strategies])
        if names:
            raise ValueError(f"strategies: give each one a name of its own; repeated: {', '.join(names)}")
        repeated = _repeated(self.metrics)
        if repeated:
            raise ValueError(f"metrics: give each metric once; repeated: {', '.join(repeated)}")
        if not any(strategy.metrics.given().keys() & set(self.metrics) for strategy in self.strategies):
            raise ValueError(f"strategies: no strategy has a value for any of {', '.join(self.metrics)}")
        return self


def _repeated(items: list[str] | list[RankableMetric]) -> list[str]:
    return [item for item, count in Counter(items).items() if count > 1]


class MetricRank(BaseModel):
    """The place of a strategy by one metric."""

    metric: RankableMetric = Field(description="What was ranked by")
    value: float | None = Field(description="Null: the strategy has no value, which ranks behind every value")
    rank: int = Field(description="1 is the best; equal values share a rank")


class StrategyRank(BaseModel):
    """The place of a strategy in all."""

    name: str = Field(description="The name that the request gave it")
    rank: int = Field(description="1 is the best; equal averages share a rank")
    average_rank: float = Field(description="The mean of its ranks by metric")
    metrics: list[MetricRank] = Field(description="Its place by each metric")

    @classmethod
    def of(cls, ranked: Ranked, values: Mapping[str, float]) -> Self:
        return cls(
            name=ranked.name,
            rank=ranked.rank,
            average_rank=ranked.average_rank,
            metrics=[
                MetricRank(metric=metric, value=values.get(metric), rank=rank) for metric, rank in ranked.ranks.items()
            ],
        )


class ComparisonResponse(GenAiResponse):
    metrics: list[RankableMetric] = Field(description="What was ranked by")
    ranking: list[StrategyRank] = Field(description="Computed from the metrics, not by the model; the best first")
    summary: str = Field(description="The comparison in short")
    recommendation: str = Field(description="Which strategy is best, and for what")
    reasoning: str = Field(description="Why")
