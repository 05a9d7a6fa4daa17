"""What the endpoints of stored strategies are asked, and what they answer."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.quant.strategy import Strategy, StrategyType
from app.quant.words import Language
from app.schemas.gen_ai.common import STORABLE, GenAiRequest, detected_language
from app.schemas.strategy_json import PartOfRiskJson, RulesJson

Text = Annotated[str, StringConstraints(strip_whitespace=True), STORABLE]

_EXAMPLES: list[Any] = [
    {"name": "RSI, tighter", "risk": {"stop_loss": 0.03}, "version": 1},
    {
        "exit": {
            "combine": "any",
            "conditions": [
                {
                    "left": {"kind": "RSI", "period": 14},
                    "comparison": "above",
                    "right": {"kind": "NUMBER", "value": 65},
                }
            ],
        }
    },
]


class StrategyChangeRequest(GenAiRequest):
    """What is left out, or null, stays as it is. What would come of the change is checked as a whole."""

    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    name: Text | None = Field(default=None, description="1 to 80 characters")
    type: StrategyType | None = Field(default=None, description="Its rules are held to what the type means")
    description: Text | None = Field(default=None, description="Up to 600 characters")
    entry: RulesJson | None = Field(default=None, description="When to buy; takes the place of all entry rules")
    exit: RulesJson | None = Field(default=None, description="When to sell; takes the place of all exit rules")
    risk: PartOfRiskJson | None = Field(
        default=None, description="Only the limits that change; within it, null takes a limit away"
    )
    version: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        default=None, description="The version that the change is meant for; where it is not the current one: 409"
    )

    def changes(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: value for name, value in self if value is not None and name != "version"}


def language_of(strategy: Strategy) -> Language:
    """The language that a strategy is described in."""
    return detected_language(f"{strategy.name} {strategy.description}")


class StrategyResponse(BaseModel):
    strategy_id: str = Field(description="Finds the strategy; only its owner can use it")
    version: int = Field(description="1 at first; one more with each change")
    strategy: Strategy = Field(description="The strategy as executable data")
    rules_in_words: list[str] = Field(description="The strategy in sentences, made from the data")
    build_id: str = Field(description="The build that it was approved from")
    created_at: datetime = Field(description="When it was approved, UTC")
    updated_at: datetime = Field(description="When it was changed last, UTC")


class StrategyListResponse(BaseModel):
    strategies: list[StrategyResponse]
    total: int = Field(description="How many there are in all")
    limit: int
    offset: int
