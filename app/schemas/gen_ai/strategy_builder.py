"""What the strategy builder is asked, and what it answers."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from app.quant.strategy import Strategy
from app.quant.words import Language
from app.schemas.gen_ai.common import MODEL_ID, STORABLE, GenAiRequest, GenAiResponse, ModelId, Symbol
from app.schemas.gen_ai.strategy_review import BuildReview

Intent = Literal["create", "modify", "explain", "recommend_parameters", "optimise"]
IndicatorName = Literal[
    "SMA", "EMA", "WMA", "DEMA", "TEMA", "RSI", "MACD", "BBANDS", "ATR", "ADX", "STOCH", "ROC", "PRICE"
]
StrategyId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), STORABLE]


def _in_capitals(name: object) -> object:
    return name.strip().upper() if isinstance(name, str) else name


class StrategyPreferences(GenAiRequest):
    """What the strategy should keep to where the words leave it open."""

    symbol: Symbol | None = Field(default=None, description="What will be traded", examples=["AAPL"])
    max_position_size: Annotated[float, Field(strict=True, gt=0, le=1)] | None = Field(
        default=None, description="The most of the capital that a position may take, fraction. Never exceeded"
    )
    stop_loss: Annotated[float, Field(strict=True, gt=0, le=1)] | None = Field(
        default=None, description="Fraction of the entry price; what the words say goes before"
    )
    take_profit: Annotated[float, Field(strict=True, gt=0, le=10)] | None = Field(
        default=None, description="Fraction of the entry price; what the words say goes before"
    )
    risk_tolerance: Literal["low", "medium", "high"] | None = Field(
        default=None, description="How much risk is welcome"
    )
    indicators: list[Annotated[IndicatorName, BeforeValidator(_in_capitals)]] = Field(
        default_factory=list, max_length=13, description="Indicators to prefer; upper or lower case"
    )


EXAMPLE_STRATEGY: dict[str, Any] = {
    "name": "RSI mean reversion",
    "type": "rsi_mean_reversion",
    "description": "Buys what has fallen too fast and sells what has risen too fast",
    "entry": {
        "combine": "all",
        "conditions": [
            {
                "left": {"kind": "RSI", "period": 14},
                "comparison": "below",
                "right": {"kind": "NUMBER", "value": 30},
            }
        ],
    },
    "exit": {
        "combine": "any",
        "conditions": [
            {
                "left": {"kind": "RSI", "period": 14},
                "comparison": "above",
                "right": {"kind": "NUMBER", "value": 70},
            }
        ],
    },
    "risk": {"position_size": 0.2, "stop_loss": 0.05, "take_profit": 0.15, "cooldown": 0},
}

_EXAMPLES: list[Any] = [
    {"query": "RSI 30 이하에서 사고 70 이상에서 팔아줘"},
    {
        "query": "Buy when the 20-day SMA crosses above the 60-day SMA and sell when it crosses back",
        "context": "A trend strategy for large US shares",
        "preferences": {"symbol": "AAPL", "max_position_size": 0.2, "stop_loss": 0.05, "risk_tolerance": "low"},
        "language": "en",
        "model_id": "gpt-4o-mini",
    },
    {"query": "Change the stop loss of this strategy to 3 %", "strategy": EXAMPLE_STRATEGY},
]


class StrategyBuilderRequest(GenAiRequest):
    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000), STORABLE] = Field(
        description="What the strategy should do, in Korean or English, 10 to 1,000 characters"
    )
    context: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), STORABLE] | None = Field(
        default=None, description="What else is good to know: market, goals, experience"
    )
    preferences: StrategyPreferences | None = Field(default=None, description="Limits and likings as data")
    strategy: Strategy | None = Field(
        default=None, description="An existing strategy to change, to explain or to optimise"
    )
    strategy_id: StrategyId | None = Field(
        default=None, description="A stored strategy to work on, in place of `strategy`"
    )
    symbol: Symbol | None = Field(
        default=None,
        description="The series that the strategy must be able to trade on; null: that of the preferences if there are "
        "bars of it, else GSPC (S&P 500)",
        examples=["IXIC"],
    )
    language: Language | None = Field(default=None, description="Language of the answer; null: that of the query")
    require_approval: bool = Field(
        default=True,
        strict=True,
        description="Whether a person must approve the strategy before it is stored; false: it is stored at once",
    )
    model_id: ModelId | None = MODEL_ID

    @model_validator(mode="after")
    def _one_strategy(self) -> Self:
        if self.strategy is not None and self.strategy_id is not None:
            raise ValueError("give strategy or strategy_id, not both")
        return self


class StrategyBuilderResponse(BuildReview, GenAiResponse):
    intent: Intent = Field(description="What the query was understood to ask for")
    strategy: Strategy = Field(description="The strategy as executable data, checked to make sense")
    rules_in_words: list[str] = Field(description="The strategy in sentences, made from the data and not by the model")
    explanation: str = Field(
        description="The model's explanation, whose numbers are those of the strategy; of numbers that an optimisation "
        "changed, the program's"
    )
    assumptions: list[str] = Field(description="What the model assumed because the query left it open")
    build_id: str = Field(description="Finds this answer again, to approve or to reject the strategy")
    requires_approval: bool = Field(description="Whether a person must approve the strategy before it is stored")
    approval_reasons: list[str] = Field(description="Why, or why not; made from the data and not by the model")
    strategy_id: str | None = Field(description="What the strategy was stored under; null: it was not stored (yet)")
