"""What the budget endpoint answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from app.schemas.gen_ai.usage import UsdText
from app.services.gen_ai.core.budget_standing import BudgetStanding
from app.vocabulary import BudgetPeriod, BudgetScope


class BudgetInfo(BaseModel):
    """A budget in its present period. USD are exact decimal strings."""

    name: str
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

    @classmethod
    def of(cls, standing: BudgetStanding) -> Self:
        claim, counter = standing.claim, standing.counter
        budget = claim.budget
        return cls(
            name=budget.name,
            scope=budget.scope,
            subject=claim.subject,
            period=budget.period,
            kind=budget.kind,
            limit_usd=budget.limit_usd,
            spent_usd=counter.spent.usd,
            reserved_usd=counter.reserved.usd,
            left_usd=standing.left_usd,
            limit_tokens=budget.limit_tokens,
            spent_tokens=counter.spent.tokens,
            reserved_tokens=counter.reserved.tokens,
            left_tokens=standing.left_tokens,
            used_percent=float(round(standing.used_percent, 4)),
            period_start=claim.starts_at,
            resets_at=claim.resets_at,
        )


class BudgetListResponse(BaseModel):
    budgets: list[BudgetInfo]
    total: int = Field(description="How many there are in all")
    limit: int
    offset: int

    @classmethod
    def of(cls, standings: Sequence[BudgetStanding], total: int, *, limit: int, offset: int) -> Self:
        budgets = [BudgetInfo.of(standing) for standing in standings]
        return cls(budgets=budgets, total=total, limit=limit, offset=offset)
