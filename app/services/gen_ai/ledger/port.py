"""The port to the ledger: a row for each attempt, opened before it is sent, settled from its answer; and the outbox."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from app.errors import TollgateError
from app.services.gen_ai.rules.budgets import NOTHING, BudgetAlert, Counter, Spend
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import AttemptStatus, UsageGroup, Wire

DEARER_THAN_ASKED = "dearer_than_asked"
"""The error of an attempt whose answer names a tier or a model at rates above those that its request allowed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to OpenAI within an operation, as known before it is sent.

    `worst_tokens` and `worst_usd` are the most that it can use and cost; `worst_usd` None: its price is not known.
    `upstream` is `openai`, `simulator`, or the host of a compatible server; None: unknown, in rows of older versions.
    """

    attempt_id: str
    operation_id: str
    service: str
    operation: str
    caller_id: str
    requested_model_id: str | None
    model_id: str
    streamed: bool
    opened_at: datetime
    worst_tokens: int = 0
    worst_usd: Decimal | None = None
    upstream: str | None = None
    wire: Wire = Wire.CHAT_COMPLETIONS

    @property
    def opened_on(self) -> date:
        """The day (UTC)."""
        return self.opened_at.astimezone(UTC).date()

    @property
    def worst(self) -> Spend:
        """What it holds against budgets while it is open: nothing where it cannot be metered."""
        if self.wire is Wire.OTHER:
            return NOTHING
        return Spend(self.worst_usd or Decimal(0), self.worst_tokens)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an attempt. Unknown is None: a cost of None is an unpriced or unknown one, never free.

    `latency_ms` is the time of the upstream call in milliseconds, None where the process died within it; `cost_usd` is
    exact; `upstream_id` is the answer's id; `answered_as` the model name in the answer, often a dated snapshot; `error`
    a stable code. Where the cost is not measured, it lies from `cost_low_usd` to `cost_high_usd`; an estimate has a
    `cost_usd` between them. `counts_worst`: what is not known counts at its worst in budgets until it is resolved;
    False: for nothing, or for its estimate. `cache_read_saved_usd` is what reading from a cache saved against plain
    input, at the price of this row, and `cache_write_extra_usd` what writing cost on top; None where it has no price.
    """

    status: AttemptStatus
    settled_at: datetime
    latency_ms: float | None
    upstream_id: str | None = None
    answered_as: str | None = None
    service_tier: str | None = None
    tokens: TokenUsage | None = None
    cost_usd: Decimal | None = None
    cost_low_usd: Decimal | None = None
    cost_high_usd: Decimal | None = None
    price_id: str | None = None
    upstream_status: int | None = None
    upstream_request_id: str | None = None
    error: str | None = None
    counts_worst: bool = True
    cache_read_saved_usd: Decimal | None = None
    cache_write_extra_usd: Decimal | None = None

    @property
    def cache_saved_usd(self) -> Decimal | None:
        """What caching saved, below zero where it has cost more; None: not known."""
        if self.cache_read_saved_usd is None or self.cache_write_extra_usd is None:
            return None
        return self.cache_read_saved_usd - self.cache_write_extra_usd

    def charge(self, worst: Spend) -> Spend:
        """What it counts for in budgets, where it can use and cost `worst` at the most."""
        if self.status is AttemptStatus.UNBILLED:
            return NOTHING
        if self.status is AttemptStatus.ESTIMATED and self.counts_worst:
            return worst
        tokens, unknown = self.tokens, worst if self.counts_worst else NOTHING
        return Spend(
            unknown.usd if self.cost_usd is None else self.cost_usd,
            unknown.tokens if tokens is None else tokens.input_tokens + tokens.output_tokens,
        )


@dataclass(frozen=True, slots=True)
class Resolution:
    """What somebody found out, by the bill, of an attempt whose cost was not known. `cost_usd` None: not billed."""

    attempt_id: str
    cost_usd: Decimal | None
    note: str
    resolved_by: str
    resolved_at: datetime


@dataclass(frozen=True, slots=True)
class Resolved:
    """The trace of a resolution: what the row said before."""

    resolution: Resolution
    was_status: AttemptStatus
    was_cost_usd: Decimal | None
    was_cost_low_usd: Decimal | None
    was_cost_high_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A row of the ledger; `settlement` is None while the attempt is open. `resolved`: it was not known at first."""

    attempt: Attempt
    settlement: Settlement | None
    resolved: Resolved | None = None

    @property
    def status(self) -> AttemptStatus:
        return AttemptStatus.OPEN if self.settlement is None else self.settlement.status


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Which rows: times are UTC, `since` included and `until` excluded; None does not restrict.

    The rows whose `upstream` nobody wrote down are those of `UNKNOWN_UPSTREAM`.
    """

    since: datetime | None = None
    until: datetime | None = None
    service: str | None = None
    caller_id: str | None = None
    upstream: str | None = None


@dataclass(frozen=True, slots=True)
class UsageSum:
    """The sum over the rows of one group. `cost_usd` sums the known costs; `uncosted` counts the rows, settled or
    open, that were or may have been billed at a cost that is not known. `measured_usd` is the part of `cost_usd` that
    was measured; the true sum lies from `cost_low_usd` to `cost_high_usd`, as far as the rows have an interval.

    `cached` counts the rows that read from a cache or wrote into one. `cache_saved_usd` sums what that saved, negative
    where it has cost more; of `cache_unpriced` of those rows it is not known.
    """

    key: str
    attempts: int
    uncosted: int
    tokens: TokenUsage
    cost_usd: Decimal
    measured_usd: Decimal
    cost_low_usd: Decimal
    cost_high_usd: Decimal
    cached: int = 0
    cache_unpriced: int = 0
    cache_saved_usd: Decimal = Decimal(0)


HALF_HOUR, TWELVE_HOURS = timedelta(minutes=30), timedelta(hours=12)
"""How long a cache keeps what nobody reads, at the least: as it was asked for (`ttl`)."""


@dataclass(frozen=True, slots=True)
class UnreadWrites:
    """What the rows of one group wrote into caches for nothing: nobody read in time.

    `tokens` are those written by so many `attempts`; `extra_usd` is what writing them cost beyond plain input, which is
    not known of `unpriced` of them.
    """

    key: str
    attempts: int
    unpriced: int
    tokens: int
    extra_usd: Decimal


class LedgerUnavailableError(TollgateError):
    """What cannot be recorded is not sent."""

    status = 503
    code = "ledger_unavailable"
    title = "The ledger cannot be written"


class UsageLedger(Protocol):
    async def open(self, attempt: Attempt) -> None:
        """Records an attempt before it is sent and reserves its worst case in every budget, in one atomic step.

        Whoever stops waiting: what was asked for is done, or fails, in the order in which it was asked for.

        Raises:
            BudgetExceededError: a hard budget has no room for the worst case; nothing was recorded.
            LedgerUnavailableError: it could not be recorded; it must not be sent.
        """
        ...

    async def settle(self, attempt_id: str, settlement: Settlement) -> None:
        """Closes an open attempt and turns what it reserved into what it cost; settling it again changes nothing.

        An attempt that was closed because its process seemed dead takes the settlement that comes after all. The id of
        an answer proves nothing about other attempts: some servers repeat ids. Whoever stops waiting, it is carried
        out.

        Raises:
            LedgerUnavailableError: it could not be recorded, not even in the journal; the attempt stays open.
        """
        ...

    async def resolve(self, resolution: Resolution) -> AttemptRow:
        """Settles an attempt whose cost is not known by what the bill shows: one that is `unknown` or `estimated`, or
        was measured without a price. The counters of the budgets move with it, and a trace stays, in one atomic step.
        Returns the row as it is then.

        Raises:
            NotFoundError: there is no such attempt.
            NotResolvableError: it is open, known, or resolved already, or it cannot have cost so much.
            LedgerUnavailableError: it could not be recorded; nothing has changed.
        """
        ...

    async def find(self, attempt_id: str) -> AttemptRow | None:
        """One row; None: there is none."""
        ...

    async def rows(self, query: UsageQuery, *, limit: int, offset: int) -> tuple[Sequence[AttemptRow], int]:
        """A page of rows, the newest first, and how many there are in all."""
        ...

    async def sums(self, query: UsageQuery, group_by: UsageGroup) -> Sequence[UsageSum]:
        """The rows summed by group, ordered by key."""
        ...

    async def unread_writes(self, query: UsageQuery, group_by: UsageGroup, now: datetime) -> Mapping[str, UnreadWrites]:
        """What was written into caches and never read, by group; groups without any are missing.

        The ledger knows that a request read, not what. So a write counts as read where a later attempt of the same
        upstream, service and model, of whatever caller, that was opened within the lifetime of the cache read
        anything. What is left is a lower bound of the waste. What may still be read at `now` is not in it.
        """
        ...

    async def counters(self, keys: Sequence[str]) -> Mapping[str, Counter]:
        """What is held against budgets, by the key of the counter; one that nothing counted in yet is missing."""
        ...

    async def callers_of_month(self, day: date, upstream: str | None) -> Sequence[str]:
        """Everybody who has called an upstream in the month (UTC) of this day, in order."""
        ...

    async def upstreams_of_month(self, day: date) -> Collection[str | None]:
        """Every upstream that somebody has called in the month (UTC) of this day; None: it was not written down."""
        ...


@dataclass(frozen=True, slots=True)
class WaitingAlert:
    """An alert that is still to be delivered, and how often that has been tried."""

    alert: BudgetAlert
    tries: int


class OutboxUnavailableError(TollgateError):
    status = 503
    code = "alert_outbox_unavailable"
    title = "Alerts cannot be read or written at the moment"


class AlertOutbox(Protocol):
    """Alerts that are still to be delivered. They are put there with what raised them, and stay until they are closed.

    Each method raises OutboxUnavailableError where the store does not answer.
    """

    async def due(self, now: datetime, *, limit: int) -> Sequence[WaitingAlert]:
        """Those whose next try is due, the one that has waited longest first."""
        ...

    async def claim(self, waiting: WaitingAlert, *, next_try_at: datetime) -> bool:
        """Counts a try, and hides the alert from everybody until the next; False: somebody else has claimed it."""
        ...

    async def close(self, alert_id: str) -> None:
        """It was delivered, or is given up: it is never due again."""
        ...
