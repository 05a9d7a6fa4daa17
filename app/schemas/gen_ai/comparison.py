"""What comparisons are asked, and what they answer."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.quant.ranking import DEFAULT_METRICS, RankableMetric, Ranked
from app.quant.words import Language
from app.schemas.gen_ai.common import MODEL_ID, STORABLE, BacktestMetrics, GenAiRequest, GenAiResponse, ModelId, Name

StoredId = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]


class ComparedStrategy(GenAiRequest):
    """A strategy by exactly one of `strategy_id`, `backtest_id` and `metrics`; metrics need a `name`."""

    name: Name | None = Field(
        default=None,
        description="How it shall be called, unlike every other one; null: as it is stored, with a letter where two "
        "have one name",
    )
    strategy_id: StoredId | None = Field(
        default=None, description="One of your strategies: its newest finished backtest counts"
    )
    backtest_id: StoredId | None = Field(default=None, description="Or one of your backtests, which is done")
    metrics: BacktestMetrics | None = Field(default=None, description="Or what was measured elsewhere")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = (self.strategy_id, self.backtest_id, self.metrics)
        if sum(source is not None for source in sources) != 1:
            raise ValueError("strategy_id, backtest_id, metrics: give exactly one of the three")
        if self.metrics is not None and self.name is None:
            raise ValueError("name: figures that are given with the request need one")
        return self


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
        description="2 to 5 strategies: stored ones, backtests, or names with figures"
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
        names = _repeated([strategy.name.casefold() for strategy in self.strategies if strategy.name])
        if names:
            raise ValueError(f"strategies: give each one a name of its own; repeated: {', '.join(names)}")
        ids = _repeated([one for each in self.strategies if (one := each.strategy_id or each.backtest_id)])
        if ids:
            raise ValueError(f"strategies: name each one once; repeated: {', '.join(ids)}")
        repeated = _repeated(self.metrics)
        if repeated:
            raise ValueError(f"metrics: give each metric once; repeated: {', '.join(repeated)}")
        given = [strategy.metrics for strategy in self.strategies]
        if not any(one is None or one.given().keys() & set(self.metrics) for one in given):
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

    name: str = Field(description="How the answer calls it")
    strategy_id: str | None = Field(description="The stored strategy that was run; null: none")
    backtest_id: str | None = Field(description="The backtest that the figures are from; null: they came along")
    symbol: str | None = Field(description="The series it ran over; null: not known")
    first_day: date | None = Field(description="The first day of the backtest; null: not known")
    last_day: date | None = Field(description="The last day of the backtest; null: not known")
    rank: int = Field(description="1 is the best; equal averages share a rank")
    average_rank: float = Field(description="The mean of its ranks by metric")
    metrics: list[MetricRank] = Field(description="Its place by each metric")


def metric_ranks(ranked: Ranked, values: Mapping[str, float | None]) -> list[MetricRank]:
    return [MetricRank(metric=metric, value=values.get(metric), rank=rank) for metric, rank in ranked.ranks.items()]


class PairCorrelationInfo(BaseModel):
    """How far the daily returns of two strategies move together."""

    names: tuple[str, str] = Field(description="The two")
    value: float | None = Field(
        description="Pearson's correlation over the days that both have; null: a curve is not known or does not vary, "
        "or they share fewer than three days"
    )
    days: int = Field(description="The days that both have; 0 where a curve is not known")
    first_day: date | None = Field(description="The first of them")
    last_day: date | None = Field(description="The last of them")


class ComparisonResponse(GenAiResponse):
    metrics: list[RankableMetric] = Field(description="What was ranked by")
    ranking: list[StrategyRank] = Field(description="Computed from the metrics, not by the model; the best first")
    correlations: list[PairCorrelationInfo] = Field(description="Of each two strategies")
    caveats: list[str] = Field(description="Why figures do not compare one to one: other series, periods or costs")
    summary: str = Field(description="The comparison in short")
    recommendation: str = Field(description="Which strategy is best, and for what")
    reasoning: str = Field(description="Why")
