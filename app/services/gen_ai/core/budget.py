"""Budgets: what may be spent in a day or a month, by one service, by one caller, or in all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.errors import ConfigurationError
from app.services.gen_ai.core.spend import Spend, counter_key


class BudgetScope(StrEnum):
    ALL = "all"
    SERVICE = "service"
    CALLER = "caller"


class BudgetPeriod(StrEnum):
    """In UTC."""

    DAY = "day"
    MONTH = "month"

    def first_day(self, day: date) -> date:
        return day if self is BudgetPeriod.DAY else day.replace(day=1)

    def resets_at(self, day: date) -> datetime:
        """The moment from which the next period counts."""
        first = self.first_day(day)
        following = first + timedelta(days=1 if self is BudgetPeriod.DAY else 31)
        return datetime.combine(self.first_day(following), time(), UTC)


class Budget(BaseModel):
    """`limit_usd` in USD, `limit_tokens` in tokens of any kind. A hard budget refuses what does not fit; a soft one
    only warns. `subject` names the one service or caller that it is for; without, each has such a budget of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    scope: BudgetScope
    subject: Annotated[str | None, Field(min_length=1, max_length=128)] = None
    period: BudgetPeriod
    limit_usd: Annotated[Decimal | None, Field(gt=0, le=1_000_000, decimal_places=12)] = None
    limit_tokens: Annotated[int | None, Field(gt=0, le=10**15)] = None
    kind: Literal["hard", "soft"]

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.limit_usd is None and self.limit_tokens is None:
            raise ValueError(f"{self.name} has no limit; give limit_usd, limit_tokens or both")
        if self.scope is BudgetScope.ALL and self.subject is not None:
            raise ValueError(f"{self.name} is for all, so it has no subject; take it out or change the scope")
        return self

    def covers(self, service: str, caller_id: str) -> bool:
        if self.subject is None:
            return True
        return self.subject == (service if self.scope is BudgetScope.SERVICE else caller_id)

    def counter(self, service: str, caller_id: str, day: date) -> str:
        """The key of what it counts on a day."""
        subject = {BudgetScope.ALL: "", BudgetScope.SERVICE: service, BudgetScope.CALLER: caller_id}[self.scope]
        return counter_key(self.period.value, day, self.scope.value, subject)


@dataclass(frozen=True, slots=True)
class BudgetClaim:
    """A budget that a call falls under, and the counter that it is held against."""

    budget: Budget
    counter: str
    resets_at: datetime

    def has_room(self, taken: Spend, priced: bool) -> bool:  # noqa: FBT001  one fact beside the other
        """Whether what is spent and reserved, the call included, stays within the limits.

        A call whose price is not known cannot be held against a limit in USD: it has no room in a hard budget.
        """
        if self.budget.kind == "soft":
            return True
        usd, tokens = self.budget.limit_usd, self.budget.limit_tokens
        return (usd is None or (priced and taken.usd <= usd)) and (tokens is None or taken.tokens <= tokens)

    def reached(self, spent: Spend) -> Decimal:
        """How much of the limits is used up, as a fraction: of the one that is nearer to its end."""
        usd, tokens = self.budget.limit_usd, self.budget.limit_tokens
        shares = [] if usd is None else [spent.usd / usd]
        return max(shares if tokens is None else [*shares, Decimal(spent.tokens) / tokens])


class BudgetBook:
    """Every budget, and which of them a call falls under."""

    def __init__(self, budgets: Sequence[Budget] = ()) -> None:
        self._budgets = budgets
        self._known: dict[tuple[str, str, date], tuple[BudgetClaim, ...]] = {}

    def claims(self, service: str, caller_id: str, day: date) -> tuple[BudgetClaim, ...]:
        """The budgets that a call of this day (UTC) falls under."""
        key = (service, caller_id, day)
        if key not in self._known:
            if len(self._known) > 1000:  # noqa: PLR2004  callers come and go; days pass
                self._known.clear()
            self._known[key] = tuple(self._claims(*key))
        return self._known[key]

    def of_caller(self, caller_id: str, services: Sequence[str], day: date) -> list[tuple[str | None, BudgetClaim]]:
        """The budgets that a caller's calls can fall under, each with whom it is for (None: all)."""
        found: dict[tuple[str, str], tuple[str | None, BudgetClaim]] = {}
        for service in services:
            for claim in self.claims(service, caller_id, day):
                scope = claim.budget.scope
                subject = {BudgetScope.SERVICE: service, BudgetScope.CALLER: caller_id}.get(scope)
                found.setdefault((claim.budget.name, claim.counter), (subject, claim))
        return sorted(found.values(), key=lambda item: self._budgets.index(item[1].budget))

    def _claims(self, service: str, caller_id: str, day: date) -> Iterator[BudgetClaim]:
        for budget in self._budgets:
            if budget.covers(service, caller_id):
                yield BudgetClaim(budget, budget.counter(service, caller_id, day), budget.period.resets_at(day))


def check_budgets(budgets: Sequence[Budget], services: Sequence[str]) -> None:
    """Names are unique, and what is named exists.

    Raises:
        ConfigurationError: naming the budget.
    """
    names = [budget.name for budget in budgets]
    for budget in budgets:
        if names.count(budget.name) > 1:
            raise ConfigurationError(f"budget {budget.name} stands twice; give each a name of its own")
        if budget.scope is BudgetScope.SERVICE and budget.subject not in (None, *services):
            raise ConfigurationError(
                f"budget {budget.name}: there is no service {budget.subject}; known services: {', '.join(services)}"
            )
