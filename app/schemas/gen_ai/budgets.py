"""What the budget endpoint answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.schemas.gen_ai.usage import UsdText
from app.vocabulary import BudgetPeriod, BudgetScope


class BudgetInfo(BaseModel):
    """A budget in its present period. USD are exact decimal strings."""

    name: str
    upstream: str | None = Field(
        description="Each upstream counts on its own; null: what was counted before they were told apart"
    )
    scope: BudgetScope = Field(description="Whose calls count: of all together, of a service, or of a caller")
    subject: str | None = Field(description="The service or the caller that it is for; null: all")
    period: BudgetPeriod = Field(description="In UTC")
    kind: Literal["hard", "soft"] = Field(description="A hard budget refuses what does not fit, a soft one only warns")
    limit_usd: UsdText | None = Field(description="Null: it has no limit in USD")
    spent_usd: UsdText = Field(description="What settled calls cost; one of unknown cost counts at its worst case")
    reserved_usd: UsdText = Field(description="The worst case of the calls that are under way")
    left_usd: UsdText | None = Field(description="What a new call can reserve; null: it has no limit in USD")
    limit_tokens: int | None = Field(description="Tokens of any kind; null: it has no limit in tokens")
    spent_tokens: int
    reserved_tokens: int
    left_tokens: int | None = Field(description="What a new call can reserve; null: it has no limit in tokens")
    used_percent: float = Field(description="How much is spent of the limit that is nearer to its end, in percent")
    period_start: datetime = Field(description="What was called from this moment on counts")
    resets_at: datetime = Field(description="The moment from which the next period counts")


class BudgetListResponse(BaseModel):
    upstream: str = Field(description="Whose state this is: who answers today, unless you asked for another")
    other_upstreams: list[str] = Field(description="Others that were called this month; each has a state of its own")
    budgets: list[BudgetInfo]
    total: int = Field(description="How many there are in all")
    limit: int
    offset: int
