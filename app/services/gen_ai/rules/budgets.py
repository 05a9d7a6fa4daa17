"""Budgets: what counts where, how much is left, who is refused, and when somebody is told."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.errors import ConfigurationError, TollgateError
from app.vocabulary import BudgetPeriod, BudgetScope


@dataclass(frozen=True, slots=True)
class Spend:
    """USD, exact, and tokens."""

    usd: Decimal = Decimal(0)
    tokens: int = 0

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(self.usd + other.usd, self.tokens + other.tokens)

    def __neg__(self) -> "Spend":
        return Spend(-self.usd, -self.tokens)

    def __sub__(self, other: "Spend") -> "Spend":
        return self + -other


NOTHING = Spend()


def usd_text(amount: Decimal) -> str:
    """All digits that count, no exponent: 0.0150 USD is "0.015", 200 USD is "200"."""
    return f"{amount.normalize():f}"


@dataclass(frozen=True, slots=True)
class Counter:
    """What is spent, and what calls under way have reserved."""

    spent: Spend = NOTHING
    reserved: Spend = NOTHING

    @property
    def taken(self) -> Spend:
        return self.spent + self.reserved


def counter_key(period: str, day: date, scope: str, subject: str, upstream: str | None) -> str:
    """Each upstream counts on its own; None is the one of versions that did not write it down.

    The month before its days: databases that lock rows in this order lock them in the same order for every call.
    """
    start = day.isoformat()[:7] if period == "month" else day.isoformat()
    if upstream is not None:
        start = f"{start}@{upstream}"
    return f"{start}|{scope}|{subject}" if subject else f"{start}|{scope}"


@dataclass(frozen=True, slots=True)
class CounterName:
    """What a key says: the period and its first day, the scope, the subject (None for all) and the upstream."""

    period: str
    first_day: date
    scope: str
    subject: str | None
    upstream: str | None

    @classmethod
    def of(cls, key: str) -> Self:
        start, scope, *subject = key.split("|", 2)
        start, _, upstream = start.partition("@")
        period = "month" if len(start) == len("2026-11") else "day"
        first_day = date.fromisoformat(f"{start}-01" if period == "month" else start)
        return cls(period, first_day, scope, subject[0] if subject else None, upstream or None)


def subject_prefix(period: str, day: date, scope: str, upstream: str | None) -> str:
    """How the keys begin that count each subject of a scope in a period; the rest is the subject."""
    return f"{counter_key(period, day, scope, '', upstream)}|"


@lru_cache(maxsize=1024)
def counter_keys(service: str, caller_id: str, day: date, upstream: str | None) -> tuple[str, ...]:
    """The counters of an attempt that was opened on a day (UTC) for an upstream."""
    subjects = (("all", ""), ("caller", caller_id), ("service", service))
    return tuple(counter_key(period, day, *subject, upstream) for period in ("month", "day") for subject in subjects)


# Budgets: what may be spent in a day or a month, by one service, by one caller, or in all.


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

    def claim(self, subject: str | None, day: date, upstream: str | None) -> "BudgetClaim":
        """What it holds a subject's calls of a day (UTC) to an upstream against."""
        return BudgetClaim(
            budget=self,
            subject=subject,
            counter=counter_key(self.period.value, day, self.scope.value, subject or "", upstream),
            starts_at=self.period.starts_at(day),
            resets_at=self.period.resets_at(day),
            upstream=upstream,
        )


@dataclass(frozen=True, slots=True)
class BudgetClaim:
    """A budget in one of its periods, for one service or caller (`subject`), and the counter that it is held against.

    `subject` is None where it is for all; only calls to the `upstream` count.
    """

    budget: Budget
    subject: str | None
    counter: str
    starts_at: datetime
    resets_at: datetime
    upstream: str | None

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
        self._known: dict[tuple[str, str, date, str | None], tuple[BudgetClaim, ...]] = {}

    def claims(self, service: str, caller_id: str, day: date, upstream: str | None) -> tuple[BudgetClaim, ...]:
        """The budgets that a call of this day (UTC) to this upstream falls under."""
        key = (service, caller_id, day, upstream)
        if key not in self._known:
            if len(self._known) > 1000:  # noqa: PLR2004  callers come and go; days pass
                self._known.clear()
            self._known[key] = tuple(self.all_claims([service], [caller_id], day, upstream))
        return self._known[key]

    def all_claims(
        self, services: Sequence[str], callers: Sequence[str], day: date, upstream: str | None
    ) -> Iterator[BudgetClaim]:
        """The budgets that calls of these services by these callers to this upstream fall under on a day (UTC)."""
        for budget in self._budgets:
            for subject in budget.subjects(services, callers):
                yield budget.claim(subject, day, upstream)

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


# A budget that has reached a part of its limit, told once in each of its periods.

ALERT_PERCENTS = (50, 80, 100)
"""Percent of the limit that is spent. A hard budget that had to refuse a call counts as used up: that is 100."""


@dataclass(frozen=True, slots=True)
class BudgetAlert:
    """`counter` names the period and whom it is for; the figures are those of the moment in which it was raised."""

    alert_id: str
    budget: str
    counter: str
    percent: int
    limit_usd: Decimal | None
    spent_usd: Decimal
    limit_tokens: int | None
    spent_tokens: int
    resets_at: datetime
    raised_at: datetime


# How a budget stands: what is spent and reserved of it, and what is left.


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    claim: BudgetClaim
    counter: Counter

    @property
    def left_usd(self) -> Decimal | None:
        """USD that can still be reserved, not below 0; None where the budget has no limit in USD."""
        limit = self.claim.budget.limit_usd
        return None if limit is None else max(limit - self.counter.taken.usd, Decimal(0))

    @property
    def left_tokens(self) -> int | None:
        """Tokens that can still be reserved, not below 0; None where the budget has no limit in tokens."""
        limit = self.claim.budget.limit_tokens
        return None if limit is None else max(limit - self.counter.taken.tokens, 0)

    @property
    def used_percent(self) -> Decimal:
        """How much of the limit is spent, in percent; of the limit that is nearer to its end."""
        return self.claim.reached(self.counter.spent) * 100

    @property
    def taken_percent(self) -> Decimal:
        """The same of what is spent and reserved."""
        return self.claim.reached(self.counter.taken) * 100


# What a caller is told when a budget has no room.


_RETRY_AFTER_SECONDS = 2
"""A call under way ends within seconds, and frees most of what it has reserved."""


class BudgetExceededError(TollgateError):
    """`fields`: budget, limit, spent, reserved, left and needed in USD (decimal strings) and tokens, `resets_at`; and
    `retry_after_seconds` where only reservations are in the way.
    """

    status = 402
    code = "budget_exceeded"
    title = "A budget has no room for the request"

    @property
    def only_reserved(self) -> bool:
        """Whether it would fit beside what is spent: calls under way hold the room, and will free most of it."""
        return "retry_after_seconds" in self.fields

    @classmethod
    def of(cls, claim: BudgetClaim, counter: Counter, need: Spend, *, priced: bool) -> Self:
        """The refusal of a call that needs so much, by a budget of which so much is taken already."""
        budget, standing = claim.budget, BudgetStanding(claim, counter)
        left_usd, left_tokens = standing.left_usd, standing.left_tokens
        fields = {
            "budget": budget.name,
            "limit_usd": _usd(budget.limit_usd),
            "spent_usd": _usd(counter.spent.usd),
            "reserved_usd": _usd(counter.reserved.usd),
            "left_usd": _usd(left_usd),
            "needed_usd": _usd(need.usd) if priced else None,
            "limit_tokens": budget.limit_tokens,
            "spent_tokens": counter.spent.tokens,
            "reserved_tokens": counter.reserved.tokens,
            "left_tokens": left_tokens,
            "needed_tokens": need.tokens,
            "resets_at": claim.resets_at.isoformat().replace("+00:00", "Z"),
        }
        only_reserved = claim.has_room(counter.spent + need, priced)
        if only_reserved:
            fields["retry_after_seconds"] = _RETRY_AFTER_SECONDS
        room = [] if left_usd is None else [f"{_usd(left_usd)} USD"]
        room += [] if left_tokens is None else [f"{left_tokens:,} tokens"]
        needs = f"{_usd(need.usd)} USD and {need.tokens:,} tokens" if priced else "an amount that is not known"
        advice = "wait for calls that are under way" if only_reserved else "wait"
        return cls(
            f"Budget {budget.name} has {' and '.join(room)} left until {fields['resets_at']}, "
            f"and this call may need {needs}; {advice}, ask for less, choose a cheaper model, or raise the budget",
            **fields,
        )


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else usd_text(amount)
