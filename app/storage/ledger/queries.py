"""What is read of it beside the calls: its rows and sums, its counters, and the alerts still to be delivered."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    case,
    func,
    select,
    type_coerce,
    update,
)

from app.services.gen_ai.ledger.port import (
    TWELVE_HOURS,
    Attempt,
    AttemptRow,
    LedgerUnavailableError,
    OutboxUnavailableError,
    Resolution,
    Resolved,
    Settlement,
    UnreadWrites,
    UsageQuery,
    UsageSum,
    WaitingAlert,
)
from app.services.gen_ai.rules.budgets import BudgetAlert, Counter, CounterName, Spend, counter_key, subject_prefix
from app.services.gen_ai.rules.pricing import TokenUsage
from app.storage.columns import usd_of
from app.storage.database import Database, Transactions
from app.storage.ledger.cache_reads import USED_A_CACHE, cache_rows, never_read
from app.storage.ledger.statements import ALERT, ATTEMPT, BUCKETS, OUTCOME, RESOLUTION, WAS_USD
from app.storage.tables import attempt_resolutions, attempts, budget_alerts, budget_counters
from app.vocabulary import UNKNOWN_UPSTREAM, AttemptStatus, UsageGroup

_MEASURED = attempts.c.status == AttemptStatus.MEASURED.value
_AMOUNTS: dict[str, ColumnElement[Any]] = {
    "cost_usd": attempts.c.cost_usd.expression,
    "measured_usd": case((_MEASURED, attempts.c.cost_usd)),
    "cost_low_usd": case((_MEASURED, attempts.c.cost_usd), else_=attempts.c.cost_low_usd),
    "cost_high_usd": case((_MEASURED, attempts.c.cost_usd), else_=attempts.c.cost_high_usd),
}
_CACHE_SAVED = attempts.c.cache_read_saved_usd - attempts.c.cache_write_extra_usd
_SUMMED = _AMOUNTS | {"cache_saved_usd": _CACHE_SAVED}
_PART = 10**6
"""Picodollars."""
_GROUPS: dict[UsageGroup, ColumnElement[Any]] = {
    UsageGroup.SERVICE: attempts.c.service,
    UsageGroup.MODEL: attempts.c.model_id,
    UsageGroup.DAY: attempts.c.opened_on,
    UsageGroup.UPSTREAM: func.coalesce(attempts.c.upstream, UNKNOWN_UPSTREAM),
}


class LedgerUnreadableError(LedgerUnavailableError):
    title = "The ledger cannot be read"


class LedgerQueries:
    def __init__(self, database: Database) -> None:
        self._reading = Transactions(database, LedgerUnreadableError, LedgerUnreadableError.title)

    async def rows(self, query: UsageQuery, *, limit: int, offset: int) -> tuple[Sequence[AttemptRow], int]:
        where = _conditions(query)
        page = (
            _whole_rows()
            .where(*where)
            .order_by(attempts.c.opened_at.desc(), attempts.c.attempt_id.desc())
            .limit(limit)
            .offset(offset)
        )
        found, total = await self._reading.page(select(func.count()).select_from(attempts).where(*where), page)
        return [_row(mapping) for mapping in found], total

    async def find(self, attempt_id: str) -> AttemptRow | None:
        found = await self._reading.row(_whole_rows().where(attempts.c.attempt_id == attempt_id))
        return None if found is None else _row(found)

    async def counters(self, keys: Sequence[str]) -> Mapping[str, Counter]:
        found = await self._reading.rows(select(budget_counters).where(budget_counters.c.counter.in_(keys)))
        return {
            row["counter"]: Counter(
                Spend(row["spent_usd"], row["spent_tokens"]), Spend(row["reserved_usd"], row["reserved_tokens"])
            )
            for row in found
        }

    async def callers_of_month(self, day: date, upstream: str | None) -> Sequence[str]:
        prefix = subject_prefix("month", day, "caller", upstream)
        key = budget_counters.c.counter
        found = await self._reading.rows(select(key).where(key.startswith(prefix, autoescape=True)))
        return sorted(row["counter"].removeprefix(prefix) for row in found)

    async def upstreams_of_month(self, day: date) -> Collection[str | None]:
        key = budget_counters.c.counter
        month = CounterName.of(counter_key("month", day, "all", "", None))
        statement = select(key).where(key.startswith(f"{day:%Y-%m}"), key.endswith("|all"))
        names = [CounterName.of(row["counter"]) for row in await self._reading.rows(statement)]
        return {name.upstream for name in names if replace(name, upstream=None) == month}

    async def sums(self, query: UsageQuery, group_by: UsageGroup) -> Sequence[UsageSum]:
        key = _GROUPS[group_by]
        maybe_billed = attempts.c.status != AttemptStatus.UNBILLED.value
        statement = (
            select(
                key.label("key"),
                func.count().label("attempts"),
                func.count().filter(maybe_billed & attempts.c.cost_usd.is_(None)).label("uncosted"),
                *(func.coalesce(func.sum(attempts.c[name]), 0).label(name) for name in BUCKETS),
                func.count().filter(USED_A_CACHE).label("cached"),
                func.count().filter(USED_A_CACHE & _CACHE_SAVED.is_(None)).label("cache_unpriced"),
                *(part for name, amounts in _SUMMED.items() for part in _parts(name, amounts)),
            )
            .where(*_conditions(query))
            .group_by(key)
        )
        found = await self._reading.rows(statement)
        # Ordered here: databases put names into the order of some language, and write days as they are told to.
        return sorted((_sum(row) for row in found), key=attrgetter("key"))

    async def unread_writes(self, query: UsageQuery, group_by: UsageGroup, now: datetime) -> Mapping[str, UnreadWrites]:
        until, caller_id = query.until, query.caller_id
        # Other callers read it too, and some only after the end.
        later = until + TWELVE_HOURS if until is not None and until < now else None
        rows = cache_rows(_conditions(replace(query, until=later, caller_id=None)), _GROUPS[group_by])
        columns = rows.c
        statement = (
            select(
                columns.key,
                func.count().label("attempts"),
                func.sum(columns.tokens).label("tokens"),
                func.count().filter(columns.extra_usd.is_(None)).label("unpriced"),
                *_parts("extra_usd", columns.extra_usd),
            )
            .where(never_read(rows, now))
            .group_by(columns.key)
        )
        if until is not None:
            statement = statement.where(columns.opened_at < until)
        if caller_id is not None:
            statement = statement.where(columns.caller_id == caller_id)
        found = [_unread(row) for row in await self._reading.rows(statement)]
        return {unread.key: unread for unread in found}


def _parts(name: str, amounts: ColumnElement[Any]) -> Iterator[ColumnElement[Any]]:
    """A sum of amounts in two parts: SQLite adds up to 64 bits, which is 9.2 million USD."""
    picodollars = type_coerce(amounts, BigInteger)
    yield func.coalesce(func.sum(picodollars // _PART), 0).label(f"{name}_parts")
    yield func.coalesce(func.sum(picodollars % _PART), 0).label(f"{name}_rest")


def _conditions(query: UsageQuery) -> list[ColumnElement[bool]]:
    columns = attempts.c
    found: list[ColumnElement[bool]] = []
    if query.since is not None:
        found.append(columns.opened_at >= query.since)
    if query.until is not None:
        found.append(columns.opened_at < query.until)
    if query.service is not None:
        found.append(columns.service == query.service)
    if query.caller_id is not None:
        found.append(columns.caller_id == query.caller_id)
    if query.upstream is not None:
        known = columns.upstream == query.upstream
        found.append(columns.upstream.is_(None) if query.upstream == UNKNOWN_UPSTREAM else known)
    return found


_TRACE = [column.label(f"trace_{column.name}") for column in attempt_resolutions.c]


def _whole_rows() -> Select[Any]:
    """Attempts, and beside each the trace of its resolution."""
    traced = attempts.c.attempt_id == attempt_resolutions.c.attempt_id
    return select(attempts, *_TRACE).select_from(attempts.outerjoin(attempt_resolutions, traced))


def _row(mapping: RowMapping) -> AttemptRow:
    attempt = Attempt(**{name: mapping[name] for name in ATTEMPT})
    status = AttemptStatus(mapping["status"])
    if status is AttemptStatus.OPEN:
        return AttemptRow(attempt, None)
    tokens = None if mapping["input_uncached"] is None else _tokens(mapping)
    outcome = {name: mapping[name] for name in OUTCOME}
    if outcome["counts_worst"] is None:  # of a version that counted each estimate as what it was
        outcome["counts_worst"] = status is not AttemptStatus.ESTIMATED
    return AttemptRow(attempt, Settlement(status=status, tokens=tokens, **outcome), _resolved(mapping))


def _resolved(mapping: RowMapping) -> Resolved | None:
    if mapping["trace_attempt_id"] is None:
        return None
    return Resolved(
        resolution=Resolution(**{name: mapping[f"trace_{name}"] for name in RESOLUTION}),
        was_status=AttemptStatus(mapping["trace_was_status"]),
        **{name: mapping[f"trace_{name}"] for name in WAS_USD},
    )


def _sum(mapping: RowMapping) -> UsageSum:
    return UsageSum(
        key=_key(mapping),
        attempts=mapping["attempts"],
        uncosted=mapping["uncosted"],
        tokens=_tokens(mapping),
        cached=mapping["cached"],
        cache_unpriced=mapping["cache_unpriced"],
        **{name: _usd(mapping, name) for name in _SUMMED},
    )


def _unread(mapping: RowMapping) -> UnreadWrites:
    return UnreadWrites(
        key=_key(mapping),
        attempts=mapping["attempts"],
        unpriced=mapping["unpriced"],
        tokens=int(mapping["tokens"]),
        extra_usd=_usd(mapping, "extra_usd"),
    )


def _key(mapping: RowMapping) -> str:
    key = mapping["key"]
    return key.isoformat() if isinstance(key, date) else key


def _usd(mapping: RowMapping, name: str) -> Decimal:
    """A sum that came in two parts."""
    return usd_of(int(mapping[f"{name}_parts"]) * _PART + int(mapping[f"{name}_rest"])) or Decimal(0)


def _tokens(mapping: RowMapping) -> TokenUsage:
    # A row of an older version has no count of what was written for twelve hours: it has no such tokens.
    return TokenUsage(**{name: int(mapping[name] or 0) for name in BUCKETS})


_COLUMNS = budget_alerts.c


class SqlAlertOutbox:
    """An `AlertOutbox`. An alert without a next try is closed."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, OutboxUnavailableError, "Budget alerts cannot be read or written")

    async def due(self, now: datetime, *, limit: int) -> Sequence[WaitingAlert]:
        statement = (
            select(budget_alerts)
            .where(_COLUMNS.next_try_at <= now)
            .order_by(_COLUMNS.next_try_at, _COLUMNS.percent, _COLUMNS.alert_id)
            .limit(limit)
        )
        found = await self._transactions.rows(statement)
        return [WaitingAlert(BudgetAlert(**{name: row[name] for name in ALERT}), row["tries"]) for row in found]

    async def claim(self, waiting: WaitingAlert, *, next_try_at: datetime) -> bool:
        # Of several processes that saw the same number of tries, the first one changes it.
        statement = (
            update(budget_alerts)
            .where(
                _COLUMNS.alert_id == waiting.alert.alert_id,
                _COLUMNS.tries == waiting.tries,
                _COLUMNS.next_try_at.is_not(None),
            )
            .values(tries=waiting.tries + 1, next_try_at=next_try_at)
        )
        return await self._transactions.change(statement) == 1

    async def close(self, alert_id: str) -> None:
        statement = update(budget_alerts).where(_COLUMNS.alert_id == alert_id).values(next_try_at=None)
        await self._transactions.change(statement)
