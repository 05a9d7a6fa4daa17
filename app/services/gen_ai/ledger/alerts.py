"""Budget alerts: raised once, kept, and delivered to a webhook until it takes them."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx2
import orjson
import structlog
from standardwebhooks import Webhook

from app.background import Rounds
from app.clock import Clock
from app.services.gen_ai.ledger.port import AlertOutbox, OutboxUnavailableError, WaitingAlert
from app.services.gen_ai.rules.budgets import BudgetAlert, CounterName, usd_text

log = structlog.get_logger(__name__)


class BudgetAlerts:
    """`waiting` is set when there is something to deliver."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()

    def raised(self, alerts: Sequence[BudgetAlert]) -> None:
        """Called once the alerts are stored; does not block."""
        for alert in alerts:
            log.warning(
                "budget_alert",
                alert_id=alert.alert_id,
                budget=alert.budget,
                counter=alert.counter,
                upstream=CounterName.of(alert.counter).upstream,
                percent=alert.percent,
                limit_usd=None if alert.limit_usd is None else usd_text(alert.limit_usd),
                spent_usd=usd_text(alert.spent_usd),
                limit_tokens=alert.limit_tokens,
                spent_tokens=alert.spent_tokens,
                resets_at=alert.resets_at.isoformat(),
            )
        self.waiting.set()


# What is told of a budget alert: its figures, and a sentence for a person.


def alert_message(alert: BudgetAlert) -> bytes:
    """The body of a webhook, in the form of the specification: `type`, `timestamp` (of the event) and `data`."""
    name = CounterName.of(alert.counter)
    data: dict[str, Any] = {
        "alert_id": alert.alert_id,
        "budget": alert.budget,
        "upstream": name.upstream,
        "scope": name.scope,
        "subject": name.subject,
        "period": name.period,
        "period_start": f"{name.first_day}T00:00:00Z",
        "resets_at": _moment(alert.resets_at),
        "percent": alert.percent,
        "limit_usd": None if alert.limit_usd is None else usd_text(alert.limit_usd),
        "spent_usd": usd_text(alert.spent_usd),
        "limit_tokens": alert.limit_tokens,
        "spent_tokens": alert.spent_tokens,
        "raised_at": _moment(alert.raised_at),
        "message": alert_sentence(alert),
    }
    return orjson.dumps({"type": "budget.alert", "timestamp": _moment(alert.raised_at), "data": data})


def alert_sentence(alert: BudgetAlert) -> str:
    name = CounterName.of(alert.counter)
    whose = (f" of {name.subject}" if name.subject else "") + (f" at {name.upstream}" if name.upstream else "")
    what = f"has reached {alert.percent} % of its limit" if _is_spent(alert) else "had no room for a call"
    spent = []
    if alert.limit_usd is not None:
        spent.append(f"{usd_text(alert.spent_usd)} of {usd_text(alert.limit_usd)} USD")
    if alert.limit_tokens is not None:
        spent.append(f"{alert.spent_tokens:,} of {alert.limit_tokens:,} tokens")
    return f"Budget {alert.budget}{whose} {what}: {' and '.join(spent)} spent. It resets at {_moment(alert.resets_at)}."


def _is_spent(alert: BudgetAlert) -> bool:
    """Whether so much is spent; a hard budget that had to refuse a call counts as used up before that."""
    part = alert.percent
    usd, tokens = alert.limit_usd, alert.limit_tokens
    return (usd is not None and alert.spent_usd * 100 >= usd * part) or (
        tokens is not None and alert.spent_tokens * 100 >= tokens * part
    )


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


# Tells a receiver of budget alerts, signed as Standard Webhooks say
# (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).

TIMEOUT_SECONDS = 10.0


class AlertNotDeliveredError(Exception):
    """Says why in a few words, and never where: an address can hold a secret."""


class AlertWebhook:
    """One client for one receiver. `secret` is base64, with or without `whsec_` before it."""

    def __init__(self, url: str, secret: str, clock: Clock, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._url = url
        self._signer = Webhook(secret)
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._client = httpx2.AsyncClient(timeout=timeout_seconds, follow_redirects=False)

    async def deliver(self, alert: BudgetAlert) -> None:
        """The id stays the same in every try, so that the receiver can tell a repetition.

        Raises:
            AlertNotDeliveredError: the receiver did not answer with a 2xx in time.
        """
        body, now = alert_message(alert), self._clock.now()
        headers = {
            "content-type": "application/json",
            "webhook-id": alert.alert_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(alert.alert_id, now, body.decode()),
        }
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                # What the receiver says beside its status is not read: it may be long.
                self._client.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                status = response.status_code
        except (httpx2.HTTPError, TimeoutError) as error:
            raise AlertNotDeliveredError(type(error).__name__) from error
        if not httpx2.codes.is_success(status):
            raise AlertNotDeliveredError(f"HTTP {status}")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()


# Delivers budget alerts from the outbox, beside the calls: at least once each, until they arrive or are given up.


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
