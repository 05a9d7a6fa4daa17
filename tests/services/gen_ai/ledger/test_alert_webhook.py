"""A webhook is signed, sent once, and taken as delivered only on a 2xx in time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from app.clock import Clock, FixedClock, SystemClock
from app.services.gen_ai.ledger.alerts import AlertNotDeliveredError, AlertWebhook, alert_message
from tests.fakes.budget_alerts import budget_alert
from tests.fakes.webhook_receiver import SECRET, Answer, Delivery, WebhookReceiver, receiving

NOON = datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC)


@asynccontextmanager
async def told(
    *answers: Answer, clock: Clock | None = None, timeout_seconds: float = 10.0
) -> AsyncIterator[tuple[AlertWebhook, WebhookReceiver]]:
    async with (
        receiving(*answers) as receiver,
        AlertWebhook(receiver.url, SECRET, clock or FixedClock(NOON), timeout_seconds=timeout_seconds) as webhook,
    ):
        yield webhook, receiver


def test_our_check_of_signatures_agrees_with_the_example_of_the_specifications_own_library() -> None:
    """Otherwise the tests below could agree with a wrong signature."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    known = Delivery(headers, b'{"test": 2432232314}')
    assert known.is_signed()
    assert not Delivery(headers, b'{"test": 2432232315}').is_signed()


async def test_a_delivery_is_signed_and_carries_the_message() -> None:
    async with told() as (webhook, receiver):
        await webhook.deliver(budget_alert())
    (delivery,) = receiver.deliveries
    assert delivery.is_signed()
    assert delivery.body == alert_message(budget_alert())
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["webhook-id"] == "alert_1"
    assert delivery.headers["webhook-timestamp"] == str(int(NOON.timestamp()))


async def test_the_specifications_library_accepts_it() -> None:
    """It compares the timestamp with the machine's clock, so this one test has that clock too."""
    async with told(clock=SystemClock()) as (webhook, receiver):
        await webhook.deliver(budget_alert())
    (delivery,) = receiver.deliveries
    assert Webhook(SECRET).verify(delivery.body, dict(delivery.headers))["type"] == "budget.alert"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_a_delivery(status: int) -> None:
    async with told(status) as (webhook, receiver):
        await webhook.deliver(budget_alert())
    assert len(receiver.deliveries) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 410, 429, 500, 503])
async def test_any_other_status_is_none_and_redirects_are_not_followed(status: int) -> None:
    async with told(status) as (webhook, receiver):
        with pytest.raises(AlertNotDeliveredError, match=f"^HTTP {status}$"):
            await webhook.deliver(budget_alert())
    assert len(receiver.deliveries) == 1


async def test_a_receiver_that_says_nothing_is_not_waited_for_for_ever() -> None:
    async with told("never", timeout_seconds=0.05) as (webhook, receiver):
        with pytest.raises(AlertNotDeliveredError, match="Timeout"):
            await webhook.deliver(budget_alert())
    assert len(receiver.deliveries) == 1


async def test_an_answer_without_end_is_not_read() -> None:
    async with told("endless") as (webhook, _):
        await webhook.deliver(budget_alert())


async def test_a_receiver_that_hangs_up_has_not_got_it() -> None:
    async with told("hang up") as (webhook, _):
        with pytest.raises(AlertNotDeliveredError, match="RemoteProtocolError"):
            await webhook.deliver(budget_alert())


async def test_what_went_wrong_does_not_name_the_address() -> None:
    """It can hold a token."""
    async with receiving() as receiver:
        gone = receiver.url
    async with AlertWebhook(gone, SECRET, FixedClock(NOON)) as webhook:
        with pytest.raises(AlertNotDeliveredError) as caught:
            await webhook.deliver(budget_alert())
    assert str(caught.value) == "ConnectError"
