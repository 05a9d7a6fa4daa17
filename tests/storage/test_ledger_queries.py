"""What SQL reads from the ledger is what the ledger in memory says, on SQLite and on PostgreSQL."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from app.services.gen_ai.ledger.port import AttemptRow, Settlement, UsageQuery
from app.services.gen_ai.rules.pricing import TokenUsage
from app.storage.database import Database
from app.storage.ledger.queries import LedgerQueries
from app.storage.tables import attempts
from app.vocabulary import AttemptStatus, UsageGroup
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.rows import NOON, attempt, settlement

_MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
_PICO = Decimal(10) ** -12
# Languages sort these otherwise than bytes do: case and hyphens count late, or not at all.
_NAMES = st.sampled_from(["gpt-4o", "gpt-4-turbo", "GPT-4", "gpt 4", "gpt4", "Zeta", "alpha", "미니", "é"])
_MOMENTS = st.builds(
    lambda seconds, zone: (_MIDNIGHT + timedelta(microseconds=seconds)).astimezone(timezone(timedelta(hours=zone))),
    st.integers(-3 * 10**6, 3 * 10**6) | st.integers(-(10**12), 10**12),
    st.sampled_from([-12, 0, 9]),
)
_USD = st.integers(0, 2**63 - 1).map(lambda pico: pico * _PICO) | st.integers(0, 10**7).map(lambda pico: pico * _PICO)
_DIFFERENCES = st.integers(-(10**7), 10**7).map(lambda pico: pico * _PICO)
_COUNTS = st.integers(0, 3 * 10**9)


@st.composite
def _rows(draw: st.DrawFn) -> AttemptRow:
    opened = attempt(
        f"att_{draw(st.uuids())}",
        service=draw(_NAMES),
        model_id=draw(_NAMES),
        caller_id=draw(st.sampled_from(["ann", "Ann", "bob"])),
        opened_at=draw(_MOMENTS),
        streamed=draw(st.booleans()),
        worst_usd=draw(st.none() | _USD),
    )
    status = draw(st.sampled_from(AttemptStatus))
    if status is AttemptStatus.OPEN:
        return AttemptRow(opened, None)
    return AttemptRow(
        opened,
        settlement(
            status=status,
            upstream_id=None,
            settled_at=draw(_MOMENTS),
            latency_ms=draw(st.none() | st.floats(0, 10**6)),
            tokens=draw(st.none() | st.builds(TokenUsage, *[_COUNTS] * 5, st.just(0) | _COUNTS)),
            cost_usd=draw(st.none() | _USD),
            cost_low_usd=draw(st.none() | _USD),
            cost_high_usd=draw(st.none() | _USD),
            cache_read_saved_usd=draw(st.none() | _DIFFERENCES),
            cache_write_extra_usd=draw(st.none() | _DIFFERENCES),
        ),
    )


def _values(row: AttemptRow) -> dict[str, Any]:
    """A row as the table has it."""
    settled: dict[str, Any] = dict.fromkeys(attempts.c.keys())
    if row.settlement is not None:
        settled |= {name: getattr(row.settlement, name) for name in Settlement.__slots__ if name != "tokens"}
        settled |= asdict(row.settlement.tokens) if row.settlement.tokens else {}
    opened_on = row.attempt.opened_at.astimezone(UTC).date()
    return settled | asdict(row.attempt) | {"process_id": "p", "opened_on": opened_on, "status": row.status.value}


async def _written(database: Database, rows: list[AttemptRow]) -> MemoryLedger:
    """The same rows in the database and in memory."""
    async with database.engine.begin() as connection:
        await connection.execute(delete(attempts))
        for row in rows:
            await connection.execute(insert(attempts).values(_values(row)))
    memory = MemoryLedger()
    for row in rows:
        await memory.open(row.attempt)
        if row.settlement is not None:
            await memory.settle(row.attempt.attempt_id, row.settlement)
    return memory


_QUERIES = st.builds(
    UsageQuery,
    since=st.none() | _MOMENTS,
    until=st.none() | _MOMENTS,
    service=st.none() | _NAMES,
    caller_id=st.sampled_from([None, "ann", "Ann"]),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(_rows(), max_size=12, unique_by=lambda row: row.attempt.opened_at), query=_QUERIES, now=_MOMENTS)
async def test_rows_and_sums_are_those_of_the_ledger_in_memory(
    each_database: Database, rows: list[AttemptRow], query: UsageQuery, now: datetime
) -> None:
    """To the picodollar; days are those of UTC; keys are in the order of their characters."""
    memory = await _written(each_database, rows)
    ledger = LedgerQueries(each_database)
    assert await ledger.rows(query, limit=7, offset=0) == await memory.rows(query, limit=7, offset=0)
    assert await ledger.rows(query, limit=7, offset=7) == await memory.rows(query, limit=7, offset=7)
    for group in UsageGroup:
        assert list(await ledger.sums(query, group)) == list(await memory.sums(query, group))
        assert await ledger.unread_writes(query, group, now) == await memory.unread_writes(query, group, now)


async def test_sums_go_beyond_what_64_bits_hold(each_database: Database) -> None:
    """A row holds up to 9.2 million USD, which SQLite does not add up any further."""
    most = (2**63 - 1) * _PICO
    rich = [AttemptRow(attempt(f"att_{n}"), settlement(upstream_id=None, cost_usd=most)) for n in range(3)]
    await _written(each_database, rich)
    (found,) = await LedgerQueries(each_database).sums(UsageQuery(), UsageGroup.SERVICE)
    assert found.cost_usd == found.measured_usd == found.cost_low_usd == found.cost_high_usd == 3 * most


async def test_what_an_upstream_sends_is_kept_however_strange(each_database: Database) -> None:
    """A long id is cut, U+0000 replaced: on PostgreSQL such an answer would otherwise not be recorded at all."""
    strange = settlement(
        upstream_id="x" * 5000, answered_as="m\0", service_tier="한" * 600, upstream_request_id="r" * 129
    )
    await _written(each_database, [AttemptRow(attempt(), strange)])
    ((row,), _) = await LedgerQueries(each_database).rows(UsageQuery(), limit=9, offset=0)
    assert row.settlement is not None
    assert row.settlement.upstream_id == "x" * 500
    assert row.settlement.answered_as == "m\N{REPLACEMENT CHARACTER}"
    assert row.settlement.service_tier == "한" * 500
    assert row.settlement.upstream_request_id == "r" * 129


async def test_pages_of_rows_of_one_moment_meet_nowhere(each_database: Database) -> None:
    """The id decides their order, whatever the language of the database."""
    names = ["a-1", "A-1", "a1", "A1", "b", "B", "_", "-"]
    await _written(each_database, [AttemptRow(attempt(name, opened_at=NOON), None) for name in names])
    ledger = LedgerQueries(each_database)
    shown = [(await ledger.rows(UsageQuery(), limit=1, offset=offset))[0][0] for offset in range(len(names))]
    assert sorted(row.attempt.attempt_id for row in shown) == sorted(names)
