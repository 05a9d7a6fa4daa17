"""Delivers budget alerts from the outbox, beside the calls: at least once each, until they arrive or are given up."""

import asyncio
import random
from datetime import timedelta

import structlog

from app.clock import Clock
from app.services.gen_ai.core.alert_webhook import AlertNotDeliveredError, AlertWebhook
from app.services.gen_ai.core.background import Rounds
from app.services.gen_ai.core.budget_alert import AlertOutbox, BudgetAlert, OutboxUnavailableError, WaitingAlert

log = structlog.get_logger(__name__)

MAX_TRIES = 10
"""With the pauses between them: within 41 to 50 hours."""
STALE_AFTER = timedelta(days=1)
"""After the budget's next period has begun."""
AT_ONCE = 10
_FIRST_PAUSE_SECONDS, _GROWTH = 15.0, 3
"""Longer than a try may take: until then no other process takes the alert."""
_EVERY_SECONDS = 5.0


class AlertSender:
    """`waiting` is set when an alert was raised in this process; those of others are found when it looks again."""

    def __init__(self, outbox: AlertOutbox, receiver: AlertWebhook, clock: Clock, waiting: asyncio.Event) -> None:
        self._outbox = outbox
        self._receiver = receiver
        self._clock = clock
        # First a pause: a command that soon ends leaves the alerts of others to those who stay.
        self._rounds = Rounds(self.round, _EVERY_SECONDS, waiting)

    def start(self) -> None:
        self._rounds.start()

    async def stop(self) -> None:
        """What is just being sent is sent again by whoever comes next."""
        await self._rounds.stop()

    async def round(self) -> bool:
        """Tries what is due, all at once; True: there may be more."""
        try:
            due = await self._outbox.due(self._clock.now(), limit=AT_ONCE)
        except OutboxUnavailableError as error:
            log.warning("alert_outbox_unavailable", reason=str(error))
            return False
        ends = await asyncio.gather(*(self._try(waiting) for waiting in due), return_exceptions=True)
        for waiting, end in zip(due, ends, strict=True):
            if end is not None:
                # It was claimed or it was not: in both cases it is due again.
                log.error("alert_try_failed", alert_id=waiting.alert.alert_id, reason=type(end).__name__)
        return len(due) == AT_ONCE

    async def _try(self, waiting: WaitingAlert) -> None:
        """Claims it first: whoever dies on the way, it is tried again."""
        alert, tries, now = waiting.alert, waiting.tries + 1, self._clock.now()
        if not await self._outbox.claim(waiting, next_try_at=now + pause_after(tries)):
            return
        if tries > MAX_TRIES or now > alert.resets_at + STALE_AFTER:
            await self._give_up(alert, waiting.tries, "it is too late for another try")
            return
        try:
            await self._receiver.deliver(alert)
        except AlertNotDeliveredError as error:
            if tries == MAX_TRIES:
                await self._give_up(alert, tries, str(error))
            else:
                log.warning("alert_not_delivered", alert_id=alert.alert_id, tries=tries, reason=str(error))
            return
        await self._outbox.close(alert.alert_id)
        log.info("alert_delivered", alert_id=alert.alert_id, tries=tries)

    async def _give_up(self, alert: BudgetAlert, tries: int, reason: str) -> None:
        await self._outbox.close(alert.alert_id)
        log.error(
            "alert_given_up",
            alert_id=alert.alert_id,
            budget=alert.budget,
            percent=alert.percent,
            tries=tries,
            reason=reason,
        )


def pause_after(tries: int) -> timedelta:
    """15 seconds after the first try, then three times as long each, and up to a fifth more by chance."""
    seconds = _FIRST_PAUSE_SECONDS * _GROWTH ** (tries - 1)
    return timedelta(seconds=seconds * random.uniform(1, 1.2))  # noqa: S311  no secret
