"""Budgets: what may be spent in a day or a month, by one service, by one caller, or in all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.errors import ConfigurationError
from app.services.gen_ai.core.spend import Spend, counter_key
from app.vocabulary import BudgetPeriod, BudgetScope


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

    def subjects(self, services: Iterable[str], callers: Iterable[str]) -> Sequence[str | None]:
        """Of these, those that have such a budget of their own; None stands for all together."""
        if self.scope is BudgetScope.ALL:
            return [None]
        known = services if self.scope is BudgetScope.SERVICE else callers
        return [subject for subject in known if self.subject in (None, subject)]

    def claim(self, subject: str | None, day: date) -> "BudgetClaim":
        """What it holds a subject's calls of a day (UTC) against."""
        return BudgetClaim(
            budget=self,
            subject=subject,
            counter=counter_key(self.period.value, day, self.scope.value, subject or ""),
            starts_at=self.period.starts_at(day),
            resets_at=self.period.resets_at(day),
        )


@dataclass(frozen=True, slots=True)
class BudgetClaim:
    """A budget in one of its periods, for one service or caller (`subject`), and the counter that it is held against.

    `subject` is None where it is for all.
    """

    budget: Budget
    subject: str | None
    counter: str
    starts_at: datetime
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
            self._known[key] = tuple(self.all_claims([service], [caller_id], day))
        return self._known[key]

    def all_claims(self, services: Sequence[str], callers: Sequence[str], day: date) -> Iterator[BudgetClaim]:
        """The budgets that calls of these services by these callers fall under on a day (UTC)."""
        for budget in self._budgets:
            for subject in budget.subjects(services, callers):
                yield budget.claim(subject, day)

    @property
    def named_callers(self) -> Sequence[str]:
        """The callers for whom a budget was made by name."""
        callers = [budget.subject for budget in self._budgets if budget.scope is BudgetScope.CALLER]
        return [caller for caller in callers if caller is not None]


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
