"""What the endpoints of builds are asked, and what they answer."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.quant.strategy import Strategy
from app.schemas.gen_ai.common import GenAiRequest
from app.schemas.gen_ai.strategy_builder import EXAMPLE_STRATEGY
from app.schemas.strategy_json import StrategyJson
from app.vocabulary import BuildStatus

_EXAMPLES: list[Any] = [{"action": "approve"}, {"action": "modify", "strategy": EXAMPLE_STRATEGY}, {"action": "reject"}]


class ApprovalRequest(GenAiRequest):
    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    action: Literal["approve", "reject", "modify"] = Field(
        description="approve stores the strategy as it was built, modify as you send it, reject stores nothing"
    )
    strategy: StrategyJson | None = Field(default=None, description="With modify: the whole strategy as you want it")

    @model_validator(mode="after")
    def _strategy_for_modify_alone(self) -> Self:
        if self.action == "modify" and self.strategy is None:
            raise ValueError("strategy: modify needs the strategy as you want it")
        if self.action != "modify" and self.strategy is not None:
            raise ValueError(f"strategy: {self.action} takes none; use modify, or leave it out")
        return self


class BuildResponse(BaseModel):
    build_id: str = Field(description="Finds the build; only its owner can use it")
    operation_id: str = Field(description="Finds the operation that built it in the usage listing")
    intent: str = Field(description="What the query was understood to ask for")
    query: str = Field(description="What was asked")
    assumptions: list[str] = Field(description="What the model assumed because the query left it open")
    status: BuildStatus = Field(description="Whether a person has decided, and how")
    strategy: Strategy = Field(description="As it was approved, or else as it was built")
    rules_in_words: list[str] = Field(description="The strategy in sentences, made from the data")
    strategy_id: str | None = Field(description="What it was stored under; null: it was not approved")
    created_at: datetime = Field(description="When it was built, UTC")
    decided_at: datetime | None = Field(description="When it was decided on, UTC; null: not yet")


class BuildListResponse(BaseModel):
    builds: list[BuildResponse]
    total: int = Field(description="How many there are in all")
    limit: int
    offset: int
