"""Budget alerts reach a real receiver: at least once each, whatever happens, and without holding up a call."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.types import EventDict

from app.clock import FixedClock
from app.services.gen_ai.ledger.alerts import (
    AT_ONCE,
    MAX_TRIES,
    TIMEOUT_SECONDS,
    AlertSender,
    AlertWebhook,
    pause_after,
)
from app.services.gen_ai.rules.budgets import BudgetAlert
from app.storage.database import Database
from app.storage.ledger.queries import SqlAlertOutbox
from app.storage.opening import database_at
from tests.conftest import serving
from tests.databases import empty_database
from tests.fakes.budget_alerts import budget_alert, put_in_outbox
from tests.fakes.budgeted import budget, budgeted
from tests.fakes.webhook_receiver import SECRET, Answer, WebhookReceiver, receiving

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BODY = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@asynccontextmanager
async def sending(
    database: Database, receiver: WebhookReceiver, clock: FixedClock, *, timeout_seconds: float = 10.0
) -> AsyncIterator[AlertSender]:
    """A sender as a process has one, whose rounds the test turns itself."""
    async with AlertWebhook(receiver.url, SECRET, clock, timeout_seconds=timeout_seconds) as webhook:
        yield AlertSender(SqlAlertOutbox(database), webhook, clock, asyncio.Event())


async def rounds_until_due(sender: AlertSender, clock: FixedClock, tries: int) -> None:
    """The next round after the longest pause that can follow so many tries."""
    clock.move_to(clock.now() + pause_after(tries) * 1.2)
    await sender.round()


def events(logs: Sequence[EventDict], name: str) -> list[EventDict]:
    return [event for event in logs if event["event"] == name]


async def test_an_alert_is_delivered_once_signed_and_then_never_again(
    each_database: Database, clock: FixedClock
) -> None:
    await put_in_outbox(each_database, budget_alert(raised_at=NOON))
    async with receiving() as receiver, sending(each_database, receiver, clock) as sender:
        with capture_logs() as logs:
            for _ in range(3):
                await sender.round()
                clock.move_to(clock.now() + timedelta(days=1))
    (delivery,) = receiver.deliveries
    assert delivery.is_signed()
    assert (delivery.headers["webhook-id"], delivery.data["percent"]) == ("alert_1", 80)
    assert [(event["event"], event["tries"]) for event in logs] == [("alert_delivered", 1)]


@pytest.mark.parametrize("answer", [500, 404, 302, "hang up", "never"])
async def test_what_does_not_arrive_is_tried_again_later(
    each_database: Database, clock: FixedClock, answer: Answer
) -> None:
    """Not before its time. The id stays, so that the receiver can tell; the timestamp is that of the try."""
    await put_in_outbox(each_database, budget_alert(raised_at=NOON))
    async with (
        receiving(answer, answer) as receiver,
        sending(each_database, receiver, clock, timeout_seconds=0.2) as sender,
    ):
        with capture_logs() as logs:
            await sender.round()
            clock.move_to(NOON + timedelta(seconds=14))
            await sender.round()
            assert len(receiver.deliveries) == 1
            await rounds_until_due(sender, clock, 1)
            assert len(receiver.deliveries) == 2
            await rounds_until_due(sender, clock, 2)
            await rounds_until_due(sender, clock, 3)
    assert len(receiver.deliveries) == 3
    assert {delivery.headers["webhook-id"] for delivery in receiver.deliveries} == {"alert_1"}
    assert len({delivery.headers["webhook-timestamp"] for delivery in receiver.deliveries}) == 3
    assert all(delivery.is_signed() for delivery in receiver.deliveries)
    assert [event["tries"] for event in events(logs, "alert_not_delivered")] == [1, 2]
    assert [event["tries"] for event in events(logs, "alert_delivered")] == [3]
    assert "secret" not in repr(logs)


def test_pauses_grow_and_add_up_to_two_days() -> None:
    """Longer than a try may take, each longer than the one before, with some chance in them."""
    for _ in range(50):
        pauses = [pause_after(tries) for tries in range(1, MAX_TRIES)]
        assert pauses == sorted(pauses)
        assert pauses[0] > timedelta(seconds=TIMEOUT_SECONDS)
        assert timedelta(hours=41) <= sum(pauses, start=timedelta()) <= timedelta(hours=50)
    assert len({pause_after(1) for _ in range(50)}) > 1


async def test_after_ten_tries_an_alert_is_given_up_and_the_log_says_so(
    each_database: Database, clock: FixedClock
) -> None:
    await put_in_outbox(each_database, budget_alert(raised_at=NOON))
    async with receiving(*[503] * 20) as receiver, sending(each_database, receiver, clock) as sender:
        with capture_logs() as logs:
            await sender.round()
            for tries in range(1, MAX_TRIES + 3):
                await rounds_until_due(sender, clock, tries)
    assert len(receiver.deliveries) == MAX_TRIES == 10
    (given_up,) = events(logs, "alert_given_up")
    assert (given_up["alert_id"], given_up["budget"], given_up["percent"]) == ("alert_1", "everything", 80)
    assert (given_up["tries"], given_up["reason"], given_up["log_level"]) == (10, "HTTP 503", "error")


async def test_an_alert_of_a_period_long_gone_is_not_sent(each_database: Database, clock: FixedClock) -> None:
    """Somebody who sets a webhook up is not told of last year; what is a day old at most is told."""
    old = budget_alert(alert_id="old", resets_at=NOON - timedelta(days=1, seconds=1))
    recent = budget_alert(alert_id="recent", counter="2026-11-22|all", resets_at=NOON - timedelta(hours=12))
    await put_in_outbox(each_database, old, recent)
    clock.move_to(NOON + timedelta(seconds=1))
    async with receiving() as receiver, sending(each_database, receiver, clock) as sender:
        with capture_logs() as logs:
            await sender.round()
    assert [delivery.headers["webhook-id"] for delivery in receiver.deliveries] == ["recent"]
    assert [event["alert_id"] for event in events(logs, "alert_given_up")] == ["old"]


async def test_a_process_that_dies_within_a_try_leaves_it_to_the_next_one(database_url: str, clock: FixedClock) -> None:
    """The first one is stopped while it waits for the receiver; another one, with its own connections, delivers."""
    first = database_at(database_url)
    await first.prepare()
    await put_in_outbox(first, budget_alert(raised_at=NOON))
    async with receiving("never") as receiver:
        async with sending(first, receiver, clock) as sender:
            sender._rounds._wake.set()
            sender.start()
            await receiver.got.wait()
            await sender.stop()
        await first.close()
        second = database_at(database_url)
        async with sending(second, receiver, clock) as sender:
            await sender.round()
            assert len(receiver.deliveries) == 1
            await rounds_until_due(sender, clock, 1)
            await rounds_until_due(sender, clock, 2)
        await second.close()
    assert [delivery.headers["webhook-id"] for delivery in receiver.deliveries] == ["alert_1", "alert_1"]


async def test_a_process_that_dies_within_the_last_try_does_not_make_it_go_on_for_ever(
    each_database: Database, clock: FixedClock
) -> None:
    await put_in_outbox(each_database, budget_alert(raised_at=NOON))
    outbox = SqlAlertOutbox(each_database)
    for _ in range(MAX_TRIES):
        (waiting,) = await outbox.due(NOON, limit=1)
        assert await outbox.claim(waiting, next_try_at=NOON)
    async with receiving() as receiver, sending(each_database, receiver, clock) as sender:
        with capture_logs() as logs:
            await sender.round()
    assert receiver.deliveries == []
    assert [event["tries"] for event in events(logs, "alert_given_up")] == [10]
    assert await outbox.due(NOON + timedelta(days=9), limit=1) == []


async def test_two_processes_deliver_each_alert_once(database_url: str, clock: FixedClock) -> None:
    """They look at the same moment, and share the work."""
    databases = [database_at(database_url) for _ in range(2)]
    await databases[0].prepare()
    alerts = [budget_alert(alert_id=f"alert_{n}", counter=f"2026-11|caller|{n}", raised_at=NOON) for n in range(8)]
    await put_in_outbox(databases[0], *alerts)
    async with (
        receiving() as receiver,
        sending(databases[0], receiver, clock) as one,
        sending(databases[1], receiver, clock) as other,
    ):
        await asyncio.gather(one.round(), other.round())
        await one.round()
    for database in databases:
        await database.close()
    got = [delivery.headers["webhook-id"] for delivery in receiver.deliveries]
    assert sorted(got) == sorted(alert.alert_id for alert in alerts)


async def test_one_alert_that_cannot_be_sent_does_not_keep_the_others(
    each_database: Database, clock: FixedClock
) -> None:
    """Not even by an error that nobody has thought of."""
    sent = []

    class Careless(AlertWebhook):
        def __init__(self) -> None:
            """Without a client: it sends nothing."""

        async def deliver(self, alert: BudgetAlert) -> None:
            if alert.percent == 50:
                raise ZeroDivisionError
            sent.append(alert.alert_id)

    bad, good = budget_alert(percent=50, raised_at=NOON), budget_alert(alert_id="alert_2", raised_at=NOON)
    await put_in_outbox(each_database, bad, good)
    sender = AlertSender(SqlAlertOutbox(each_database), Careless(), clock, asyncio.Event())
    with capture_logs() as logs:
        await sender.round()
    assert sent == ["alert_2"]
    assert [(event["alert_id"], event["reason"]) for event in events(logs, "alert_try_failed")] == [
        ("alert_1", "ZeroDivisionError")
    ]


async def test_more_than_fit_into_a_round_are_sent_in_the_next(each_database: Database, clock: FixedClock) -> None:
    many = AT_ONCE * 2 + 3
    alerts = [budget_alert(alert_id=f"alert_{n}", counter=f"2026-11|caller|{n}", raised_at=NOON) for n in range(many)]
    await put_in_outbox(each_database, *alerts)
    async with receiving() as receiver, sending(each_database, receiver, clock) as sender:
        assert [await sender.round() for _ in range(4)] == [True, True, False, False]
    assert len(receiver.deliveries) == many


async def test_a_database_that_does_not_answer_is_asked_again_later(empty_database_url: str, clock: FixedClock) -> None:
    empty = empty_database(empty_database_url)
    async with receiving() as receiver, sending(empty, receiver, clock) as sender:
        with capture_logs() as logs:
            assert not await sender.round()
    await empty.close()
    assert [event["event"] for event in logs] == ["alert_outbox_unavailable"]


def webhook_settings(receiver: WebhookReceiver) -> dict[str, Any]:
    return {"alert_webhook_url": receiver.url, "alert_webhook_secret": SECRET}


async def test_a_call_that_reaches_a_part_of_a_budget_is_told_by_the_running_application(
    tmp_path: Path, clock: FixedClock
) -> None:
    """From an HTTP request to the receiver, without anybody turning rounds: log, outbox, webhook."""
    async with receiving() as receiver:
        tight = budget(limit_usd="0.0001", kind="soft")
        with budgeted(tmp_path, clock, tight, **webhook_settings(receiver)) as container:
            async with serving(container) as http:
                answer = await http.post("/api/v1/gen-ai/strategy-builder", json=BODY)
                while len(receiver.deliveries) < 3:
                    receiver.got.clear()
                    await receiver.got.wait()
    assert answer.status_code == 200
    assert sorted(delivery.data["percent"] for delivery in receiver.deliveries) == [50, 80, 100]
    assert {delivery.data["spent_usd"] for delivery in receiver.deliveries} == {answer.json()["cost_usd"]}
    assert all(delivery.is_signed() for delivery in receiver.deliveries)


async def test_a_receiver_that_never_answers_holds_up_no_call(tmp_path: Path, clock: FixedClock) -> None:
    """Calls are answered while it is silent, and the application stops without waiting for it."""
    async with receiving("never", "never", "never") as receiver:
        tight = budget(limit_usd="0.0001", kind="soft")
        with budgeted(tmp_path, clock, tight, **webhook_settings(receiver)) as container:
            async with serving(container) as http:
                assert (await http.post("/api/v1/gen-ai/strategy-builder", json=BODY)).status_code == 200
                await receiver.got.wait()
                for _ in range(5):
                    assert (await http.post("/api/v1/gen-ai/strategy-builder", json=BODY)).status_code == 200
                budgets = (await http.get("/api/v1/gen-ai/budgets")).json()["budgets"]
    assert Decimal(budgets[0]["spent_usd"]) > Decimal("0.0001")


async def test_without_a_webhook_nothing_is_sent_and_alerts_stay_in_the_log(tmp_path: Path, clock: FixedClock) -> None:
    tight = budget(limit_usd="0.0001", kind="soft")
    with budgeted(tmp_path, clock, tight) as container, capture_logs() as logs:
        async with serving(container) as http:
            await http.post("/api/v1/gen-ai/strategy-builder", json=BODY)
            waiting = await container.alerts.outbox().due(NOON, limit=9)
    assert [event["percent"] for event in events(logs, "budget_alert")] == [50, 80, 100]
    assert len(waiting) == 3
