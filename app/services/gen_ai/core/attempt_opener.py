"""Opens an attempt in the ledger, or not at all; whoever stops waiting, it does not stay open."""

import asyncio

from app.clock import Clock
from app.services.gen_ai.core.background import BackgroundWork
from app.services.gen_ai.core.ids import new_id
from app.services.gen_ai.core.ledger import Attempt
from app.services.gen_ai.core.operation import Operation
from app.services.gen_ai.core.prepared_request import PreparedRequest
from app.services.gen_ai.core.usage_tracker import UsageTracker


class AttemptOpener:
    def __init__(
        self,
        *,
        tracker: UsageTracker,
        background: BackgroundWork,
        clock: Clock,
    ) -> None:
        self._tracker = tracker
        self._background = background
        self._clock = clock

    async def open(self, operation: Operation, request: PreparedRequest, *, streamed: bool) -> Attempt:
        """The attempt, recorded with its worst case; only now may it be sent.

        Raises: as `UsageLedger.open`.
        """
        attempt = Attempt(
            attempt_id=new_id("att"),
            operation_id=operation.operation_id,
            service=operation.service,
            operation=operation.name,
            caller_id=operation.caller_id,
            requested_model_id=operation.requested_model_id,
            model_id=request.record.model_id,
            streamed=streamed,
            opened_at=self._clock.now(),
            worst_tokens=request.worst.tokens,
            worst_usd=request.worst.usd,
        )
        try:
            await self._tracker.open(attempt)
        except asyncio.CancelledError:
            # Who asked has gone while it was being written: it will never be sent.
            self._background.spawn(self._tracker.track_unsent(attempt))
            raise
        return attempt
