"""The ledger in memory: for tests that ask what was recorded, and a check that the gate keeps to the ledger's order."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.services.gen_ai.ledger.port import (
    Attempt,
    AttemptRow,
    Resolution,
    Settlement,
    UnreadWrites,
    UsageQuery,
    UsageSum,
)
from app.services.gen_ai.ledger.resolutions import change_by
from app.services.gen_ai.rules.budgets import (
    BudgetBook,
    BudgetExceededError,
    Counter,
    CounterName,
    counter_keys,
    subject_prefix,
)
from app.services.gen_ai.rules.pricing import TokenUsage
from app.storage.ledger.bounds import fits, unstorable
from app.vocabulary import UNKNOWN_UPSTREAM, AttemptStatus, UsageGroup, Wire

_NOTHING = TokenUsage(0, 0, 0, 0, 0)
_KEYS: dict[UsageGroup, Callable[[Attempt], str]] = {
    UsageGroup.SERVICE: lambda attempt: attempt.service,
    UsageGroup.MODEL: lambda attempt: attempt.model_id,
    UsageGroup.DAY: lambda attempt: attempt.opened_at.astimezone(UTC).date().isoformat(),
    UsageGroup.UPSTREAM: lambda attempt: attempt.upstream or UNKNOWN_UPSTREAM,
}


def _day(attempt: Attempt) -> date:
    return attempt.opened_at.astimezone(UTC).date()


class LedgerMisuseError(AssertionError):
    """An attempt was opened twice, or settled without ever having been opened."""


class MemoryLedger:
    """A `UsageLedger` that also refuses what a caller must never do."""

    def __init__(self, book: BudgetBook | None = None) -> None:
        self._book = book or BudgetBook()
        self._counters: dict[str, Counter] = {}
        self._rows: dict[str, AttemptRow] = {}

    @property
    def opened(self) -> tuple[AttemptRow, ...]:
        """Every row, in the order in which the attempts were opened."""
        return tuple(self._rows.values())

    async def open(self, attempt: Attempt) -> None:
        if attempt.attempt_id in self._rows:
            raise LedgerMisuseError(f"{attempt.attempt_id} is opened a second time")
        claims = self._book.claims(attempt.service, attempt.caller_id, _day(attempt), attempt.upstream)
        for claim in claims if attempt.wire is not Wire.OTHER else ():
            counter = self._counters.get(claim.counter, Counter())
            priced = attempt.worst_usd is not None
            if not claim.has_room(counter.taken + attempt.worst, priced):
                raise BudgetExceededError.of(claim, counter, attempt.worst, priced=priced)
        self._count(attempt, Counter(reserved=attempt.worst))
        self._rows[attempt.attempt_id] = AttemptRow(attempt, None)

    async def settle(self, attempt_id: str, settlement: Settlement) -> None:
        row = self._rows.get(attempt_id)
        if row is None:
            raise LedgerMisuseError(f"{attempt_id} is settled but was never opened")
        if row.settlement is None:
            if not fits(settlement):
                settlement = unstorable(settlement, row.attempt.worst_usd)
            self._rows[attempt_id] = AttemptRow(row.attempt, settlement)
            worst = row.attempt.worst
            self._count(row.attempt, Counter(spent=settlement.charge(worst), reserved=-worst))

    async def resolve(self, resolution: Resolution) -> AttemptRow:
        row = self._rows.get(resolution.attempt_id)
        change = change_by(resolution, row)
        assert row is not None
        resolved = self._rows[resolution.attempt_id] = AttemptRow(row.attempt, change.after, change.trace)
        worst = row.attempt.worst
        self._count(row.attempt, Counter(spent=change.after.charge(worst) - change.before.charge(worst)))
        return resolved

    async def find(self, attempt_id: str) -> AttemptRow | None:
        return self._rows.get(attempt_id)

    async def counters(self, keys: Sequence[str]) -> Mapping[str, Counter]:
        return {key: self._counters[key] for key in keys if key in self._counters}

    async def callers_of_month(self, day: date, upstream: str | None) -> Sequence[str]:
        prefix = subject_prefix("month", day, "caller", upstream)
        return sorted(key.removeprefix(prefix) for key in self._counters if key.startswith(prefix))

    async def upstreams_of_month(self, day: date) -> Collection[str | None]:
        names = [CounterName.of(key) for key in self._counters]
        return {name.upstream for name in names if name.period == "month" and name.first_day == day.replace(day=1)}

    def _count(self, attempt: Attempt, change: Counter) -> None:
        for key in counter_keys(attempt.service, attempt.caller_id, _day(attempt), attempt.upstream):
            before = self._counters.get(key, Counter())
            self._counters[key] = Counter(before.spent + change.spent, before.reserved + change.reserved)

    async def rows(self, query: UsageQuery, *, limit: int, offset: int) -> tuple[Sequence[AttemptRow], int]:
        found = [row for row in reversed(self._rows.values()) if _matches(query, row.attempt)]
        found.sort(key=lambda row: row.attempt.opened_at, reverse=True)
        return found[offset : offset + limit], len(found)

    async def sums(self, query: UsageQuery, group_by: UsageGroup) -> Sequence[UsageSum]:
        groups: dict[str, list[AttemptRow]] = {}
        for row in self._rows.values():
            if _matches(query, row.attempt):
                groups.setdefault(_KEYS[group_by](row.attempt), []).append(row)
        return [_sum(key, groups[key]) for key in sorted(groups)]

    async def unread_writes(self, query: UsageQuery, group_by: UsageGroup, now: datetime) -> Mapping[str, UnreadWrites]:
        found: dict[str, UnreadWrites] = {}
        for row in self._rows.values():
            if _matches(query, row.attempt) and (tokens := _written(row)) and self._is_unread(row, now):
                assert row.settlement is not None
                key, extra = _KEYS[group_by](row.attempt), row.settlement.cache_write_extra_usd
                before = found.get(key, UnreadWrites(key, 0, 0, 0, Decimal(0)))
                found[key] = UnreadWrites(
                    key,
                    before.attempts + 1,
                    before.unpriced + (extra is None),
                    before.tokens + tokens,
                    before.extra_usd + (extra or 0),
                )
        return found

    def _is_unread(self, row: AttemptRow, now: datetime) -> bool:
        assert row.settlement is not None
        assert row.settlement.tokens is not None
        attempt, end = row.attempt, row.attempt.opened_at + _lifetime(row.settlement.tokens)
        same = attempt.upstream, attempt.service, attempt.model_id
        return end < now and not any(
            (other.attempt.upstream, other.attempt.service, other.attempt.model_id) == same
            and attempt.opened_at < other.attempt.opened_at <= end
            and _read(other)
            for other in self._rows.values()
        )


class SlowLedger(MemoryLedger):
    """A ledger whose `settle` waits until it is let go, so that a test can do something in between.

    As every ledger it carries out what it was asked for, also when nobody waits any more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.settling = asyncio.Event()
        self.go = asyncio.Event()
        self.settled = asyncio.Event()

    async def settle(self, attempt_id: str, settlement: Settlement) -> None:
        self.settling.set()
        self._work = asyncio.create_task(self._settle_later(attempt_id, settlement))
        await asyncio.shield(self._work)

    async def _settle_later(self, attempt_id: str, settlement: Settlement) -> None:
        await self.go.wait()
        await super().settle(attempt_id, settlement)
        self.settled.set()


def _matches(query: UsageQuery, attempt: Attempt) -> bool:
    return (
        (query.since is None or attempt.opened_at >= query.since)
        and (query.until is None or attempt.opened_at < query.until)
        and (query.service is None or attempt.service == query.service)
        and (query.caller_id is None or attempt.caller_id == query.caller_id)
        and (query.upstream is None or (attempt.upstream or UNKNOWN_UPSTREAM) == query.upstream)
    )


def _lifetime(tokens: TokenUsage) -> timedelta:
    return timedelta(hours=12) if tokens.cache_write_12h else timedelta(minutes=30)


def _written(row: AttemptRow) -> int:
    tokens = row.settlement.tokens if row.settlement else None
    return tokens.cache_write + tokens.cache_write_12h if tokens else 0


def _read(row: AttemptRow) -> int:
    tokens = row.settlement.tokens if row.settlement else None
    return tokens.input_cached if tokens else 0


def _sum(key: str, rows: Iterable[AttemptRow]) -> UsageSum:
    attempts, uncosted, tokens = 0, 0, _NOTHING
    cached, cache_unpriced, saved = 0, 0, Decimal(0)
    cost = measured = low = high = Decimal(0)
    for row in rows:
        attempts += 1
        known = row.settlement.cost_usd if row.settlement else None
        if known is None and row.status is not AttemptStatus.UNBILLED:
            uncosted += 1
        if row.settlement and row.settlement.tokens:
            tokens += row.settlement.tokens
        saving = row.settlement.cache_saved_usd if row.settlement else None
        saved += saving or 0
        if _written(row) or _read(row):
            cached += 1
            cache_unpriced += saving is None
        cost += known or 0
        if row.status is AttemptStatus.MEASURED:
            measured, low, high = measured + (known or 0), low + (known or 0), high + (known or 0)
        elif row.settlement is not None:
            low += row.settlement.cost_low_usd or 0
            high += row.settlement.cost_high_usd or 0
    return UsageSum(key, attempts, uncosted, tokens, cost, measured, low, high, cached, cache_unpriced, saved)
