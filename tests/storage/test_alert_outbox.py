"""The outbox of budget alerts, on each database: what is due, who may try it, and that it ends."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.services.gen_ai.ledger.port import OutboxUnavailableError, WaitingAlert
from app.services.gen_ai.rules.budgets import Budget, BudgetBook
from app.storage.database import Database
from app.storage.ledger.queries import SqlAlertOutbox
from app.storage.opening import database_at
from tests.databases import empty_database
from tests.fakes.budget_alerts import budget_alert, put_in_outbox
from tests.fakes.rows import NOON, attempt, settlement
from tests.storage.conftest import Stand

SOON = timedelta(seconds=15)
BOOK = BudgetBook(
    [
        Budget.model_validate(
            {
                "name": "all_day",
                "scope": "all",
                "period": "day",
                "limit_usd": "0.1",
                "limit_tokens": 9000,
                "kind": "soft",
            }
        )
    ]
)


@pytest.fixture
def outbox(each_database: Database) -> SqlAlertOutbox:
    return SqlAlertOutbox(each_database)


def ids(found: Sequence[WaitingAlert]) -> list[str]:
    return [waiting.alert.alert_id for waiting in found]


async def test_what_the_ledger_raises_is_due_with_every_figure(stand: Stand) -> None:
    """At once, and as it was told to whoever listens; 50 % comes before 80 %."""
    ledger = stand.ledger(BOOK)
    await ledger.open(attempt(worst_usd=Decimal("0.09")))
    await ledger.settle("att_1", settlement(cost_usd=Decimal("0.085000000001")))
    found = await SqlAlertOutbox(stand.database).due(NOON, limit=9)
    assert [waiting.alert.percent for waiting in found] == [50, 80]
    assert [waiting.tries for waiting in found] == [0, 0]
    assert [waiting.alert for waiting in found] == stand.alerts
    assert found[0].alert.spent_usd == Decimal("0.085000000001")
    assert (found[0].alert.limit_tokens, found[0].alert.resets_at) == (9000, datetime(2026, 11, 24, tzinfo=UTC))


async def test_the_one_that_has_waited_longest_comes_first(each_database: Database, outbox: SqlAlertOutbox) -> None:
    """As many as were asked for, and none whose time has not come."""
    moments = {"a": NOON, "b": NOON - SOON, "c": NOON - 2 * SOON, "later": NOON + timedelta(microseconds=1)}
    alerts = [budget_alert(alert_id=name, counter=name, raised_at=moment) for name, moment in moments.items()]
    await put_in_outbox(each_database, *alerts)
    assert ids(await outbox.due(NOON, limit=9)) == ["c", "b", "a"]
    assert ids(await outbox.due(NOON, limit=2)) == ["c", "b"]


async def test_a_claimed_alert_is_hidden_until_its_next_try(each_database: Database, outbox: SqlAlertOutbox) -> None:
    await put_in_outbox(each_database, budget_alert(raised_at=NOON))
    (waiting,) = await outbox.due(NOON, limit=9)
    assert await outbox.claim(waiting, next_try_at=NOON + SOON)
    assert await outbox.due(NOON, limit=9) == []
    (again,) = await outbox.due(NOON + SOON, limit=9)
    assert again == WaitingAlert(waiting.alert, tries=1)


async def test_of_many_who_see_an_alert_one_gets_it(each_database: Database, outbox: SqlAlertOutbox) -> None:
    """Each has its own connections, as processes have."""
    await put_in_outbox(each_database, budget_alert(raised_at=NOON))
    url = each_database.engine.url.render_as_string(hide_password=False)
    others = [database_at(url) for _ in range(4)]
    outboxes = [SqlAlertOutbox(other) for other in others]
    seen = [(await each.due(NOON, limit=9))[0] for each in outboxes]
    claims = [each.claim(waiting, next_try_at=NOON + SOON) for each, waiting in zip(outboxes, seen, strict=True)]
    claimed = await asyncio.gather(*claims)
    for other in others:
        await other.close()
    assert sorted(claimed) == [False, False, False, True]
    assert [waiting.tries for waiting in await outbox.due(NOON + SOON, limit=9)] == [1]


async def test_a_closed_alert_is_never_due_again(each_database: Database, outbox: SqlAlertOutbox) -> None:
    """Nor can somebody claim it who saw it before."""
    await put_in_outbox(each_database, budget_alert(raised_at=NOON))
    (waiting,) = await outbox.due(NOON, limit=9)
    for _ in range(2):
        await outbox.close("alert_1")
    assert await outbox.due(NOON + timedelta(days=999), limit=9) == []
    assert not await outbox.claim(waiting, next_try_at=NOON)


async def test_a_database_without_tables_makes_the_outbox_unavailable(empty_database_url: str) -> None:
    """With a sentence; the sender tries again later."""
    empty = empty_database(empty_database_url)
    outbox, waiting = SqlAlertOutbox(empty), WaitingAlert(budget_alert(), 0)
    for asked in (outbox.due(NOON, limit=1), outbox.claim(waiting, next_try_at=NOON), outbox.close("alert_1")):
        with pytest.raises(OutboxUnavailableError, match="Budget alerts cannot be read or written"):
            await asked
    await empty.close()
