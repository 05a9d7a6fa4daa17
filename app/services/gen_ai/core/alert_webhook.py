"""Tells a receiver of budget alerts, signed as Standard Webhooks say
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

import asyncio
from types import TracebackType
from typing import Self

import httpx2
from standardwebhooks import Webhook

from app.clock import Clock
from app.services.gen_ai.core.alert_message import alert_message
from app.services.gen_ai.core.budget_alert import BudgetAlert

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
