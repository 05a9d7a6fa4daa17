"""Starts what delivers budget alerts, where there is somebody to tell."""

import asyncio
from collections.abc import AsyncIterator

from app.clock import Clock
from app.services.gen_ai.ledger.alerts import AlertSender, AlertWebhook
from app.services.gen_ai.rules.budgets import AlertOutbox
from app.settings import Settings


async def open_alert_sender(
    _opened_storage: object, *, settings: Settings, outbox: AlertOutbox, clock: Clock, waiting: asyncio.Event
) -> AsyncIterator[AlertSender | None]:
    """A container resource: the sender runs as long as it is open. Without a webhook there is none."""
    url, secret = settings.alert_webhook_url, settings.alert_webhook_secret
    if url is None or secret is None:
        yield None
        return
    async with AlertWebhook(str(url), secret.get_secret_value(), clock) as webhook:
        sender = AlertSender(outbox, webhook, clock, waiting)
        sender.start()
        yield sender
        await sender.stop()
