"""Reads the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, RowMapping, String, case, cast, func, select

from app.services.gen_ai.core.ledger import (
    Attempt,
    AttemptRow,
    AttemptStatus,
    Settlement,
    UsageGroup,
    UsageQuery,
    UsageSum,
)
from app.services.gen_ai.core.pricing import TokenUsage
from app.services.gen_ai.core.spend import Counter, Spend, subject_prefix
from app.storage.budget_tables import budget_counters
from app.storage.database import Database
from app.storage.ledger_statements import ATTEMPT, BUCKETS, OUTCOME
from app.storage.tables import Usd, attempts

_SUMS = tuple(field.name for field in fields(UsageSum) if field.name != "tokens")
_GROUPS: dict[UsageGroup, ColumnElement[str]] = {
    UsageGroup.SERVICE: attempts.c.service,
    UsageGroup.MODEL: attempts.c.model_id,
    UsageGroup.DAY: cast(attempts.c.opened_on, String),
}


class LedgerQueries:
    def __init__(self, database: Database) -> None:
        self._engine = database.engine

    async def rows(self, query: UsageQuery, *, limit: int, offset: int) -> tuple[Sequence[AttemptRow], int]:
        where = _conditions(query)
        page = (
            select(attempts)
            .where(*where)
            .order_by(attempts.c.opened_at.desc(), attempts.c.attempt_id.desc())
            .limit(limit)
            .offset(offset)
        )
        async with self._engine.connect() as connection:
            total = await connection.scalar(select(func.count()).select_from(attempts).where(*where))
            found = (await connection.execute(page)).mappings().all()
        return [_row(mapping) for mapping in found], total or 0

    async def counters(self, keys: Sequence[str]) -> Mapping[str, Counter]:
        columns = budget_counters.c
        async with self._engine.connect() as connection:
            found = await connection.execute(select(budget_counters).where(columns.counter.in_(keys)))
        return {
            row.counter: Counter(Spend(row.spent_usd, row.spent_tokens), Spend(row.reserved_usd, row.reserved_tokens))
            for row in found
        }

    async def callers_of_month(self, day: date) -> Sequence[str]:
        prefix = subject_prefix("month", day, "caller")
        key = budget_counters.c.counter
        async with self._engine.connect() as connection:
            found = await connection.scalars(select(key).where(key.startswith(prefix, autoescape=True)))
        return sorted(counter.removeprefix(prefix) for counter in found)

    async def sums(self, query: UsageQuery, group_by: UsageGroup) -> Sequence[UsageSum]:
        key = _GROUPS[group_by]
        measured = attempts.c.status == AttemptStatus.MEASURED.value
        maybe_billed = attempts.c.status != AttemptStatus.UNBILLED.value
        statement = (
            select(
                key.label("key"),
                func.count().label("attempts"),
                func.count().filter(maybe_billed & attempts.c.cost_usd.is_(None)).label("uncosted"),
                *(func.coalesce(func.sum(attempts.c[name]), 0).label(name) for name in BUCKETS),
                _sum_usd(attempts.c.cost_usd).label("cost_usd"),
                _sum_usd(case((measured, attempts.c.cost_usd))).label("measured_usd"),
                _sum_usd(case((measured, attempts.c.cost_usd), else_=attempts.c.cost_low_usd)).label("cost_low_usd"),
                _sum_usd(case((measured, attempts.c.cost_usd), else_=attempts.c.cost_high_usd)).label("cost_high_usd"),
            )
            .where(*_conditions(query))
            .group_by(key)
            .order_by(key)
        )
        async with self._engine.connect() as connection:
            found = (await connection.execute(statement)).mappings().all()
        return [UsageSum(tokens=_tokens(row), **{name: row[name] for name in _SUMS}) for row in found]


def _sum_usd(amounts: ColumnElement[Decimal]) -> ColumnElement[Decimal]:
    return func.coalesce(func.sum(amounts, type_=Usd), 0, type_=Usd)


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
    return found


def _row(mapping: RowMapping) -> AttemptRow:
    attempt = Attempt(**{name: mapping[name] for name in ATTEMPT})
    status = AttemptStatus(mapping["status"])
    if status is AttemptStatus.OPEN:
        return AttemptRow(attempt, None)
    tokens = None if mapping["input_uncached"] is None else _tokens(mapping)
    outcome = {name: mapping[name] for name in OUTCOME}
    return AttemptRow(attempt, Settlement(status=status, tokens=tokens, **outcome))


def _tokens(mapping: RowMapping) -> TokenUsage:
    return TokenUsage(**{name: int(mapping[name]) for name in BUCKETS})
