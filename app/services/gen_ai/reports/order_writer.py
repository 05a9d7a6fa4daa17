"""Writes the reports that were ordered, as soon as their backtests are done."""

import asyncio

import structlog

from app.background import BackgroundWork, look_out, set_within
from app.clock import Clock
from app.errors import TollgateError, in_full
from app.services.gen_ai.reports.library import ReportLibrary
from app.services.gen_ai.reports.orders import ReportOrder, ReportOrderQueue, ReportWriting
from app.services.gen_ai.reports.ports import ReportNotFoundError, ReportsUnavailableError

log = structlog.get_logger(__name__)

MOST_TRIES = 3
"""Each may cost money: a report whose writing was interrupted so often is not tried again."""
_INTERRUPTED = (
    f"its process ended {MOST_TRIES} times while it was written; POST /api/v1/gen-ai/narrative-report asks anew"
)
_LOOK_SECONDS = 2.0
"""How long who has nothing to do waits before it looks again: other processes may have run something, or died."""


class ReportWriter:
    """Reports are written in the background of the gate: a shutdown waits for them as for every call under way."""

    def __init__(
        self,
        queue: ReportOrderQueue,
        reports: ReportWriting,
        library: ReportLibrary,
        clock: Clock,
        *,
        background: BackgroundWork,
        backtest_ended: asyncio.Event,
        at_once: int,
    ) -> None:
        """No more than `at_once` are written at a time; `backtest_ended` is set by whoever runs backtests."""
        self._queue = queue
        self._reports = reports
        self._library = library
        self._clock = clock
        self._background = background
        self._work = backtest_ended
        self._at_once = at_once
        self._being_written = 0
        self._watch: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Begins to write what was ordered, and what dead processes have left."""
        self._stopping.clear()
        self._watch = asyncio.create_task(
            look_out(self._has_found_work, _LOOK_SECONDS, wake=self._work, stopping=self._stopping),
            name="report orders",
        )

    async def stop(self) -> None:
        """Takes no further order. What is being written goes on until the gate's background work is closed."""
        self._stopping.set()
        self._work.set()
        watch, self._watch = self._watch, None
        if watch is not None:
            await watch

    async def _has_found_work(self) -> bool:
        """Begins to write one report, or sees what dead processes have left."""
        if self._being_written >= self._at_once:
            return False
        try:
            order = await self._queue.claim()
            if order is None:
                return await self._queue.recover(self._clock.now(), MOST_TRIES, _INTERRUPTED) > 0
        except ReportsUnavailableError as error:
            log.warning("report_orders_unavailable", reason=str(error))
            return False
        except Exception:
            log.exception("report_orders_failed")  # and goes on: otherwise nothing would be written any more
            return False
        self._being_written += 1
        self._background.spawn(self._write(order)).add_done_callback(self._ended)
        return True

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._being_written -= 1
        self._work.set()

    async def _write(self, order: ReportOrder) -> None:
        try:
            failure = await self._failure(order)
        except asyncio.CancelledError:
            await self._give_back(order)
            raise
        # The report may have been paid for: as long as this process lives, it tries to note what came of it.
        while not await self._is_noted(order, failure) and not self._stopping.is_set():
            await set_within(self._stopping, _LOOK_SECONDS)

    async def _failure(self, order: ReportOrder) -> str | None:
        """Writes the report, unless it is there already; None: it is there now."""
        try:
            if not await self._is_there(order):
                await self._reports.generate_report(order.request, order.owner_id, order.report_id)
        except TollgateError as error:
            log.warning("ordered_report_failed", backtest_id=order.backtest_id, code=error.code)
            return in_full(error)
        except Exception as error:
            log.exception("ordered_report_failed", backtest_id=order.backtest_id)
            return f"an unexpected error ({type(error).__name__}); the log has the details"
        return None

    async def _is_there(self, order: ReportOrder) -> bool:
        """Whether a process wrote the report and died before it could say so."""
        try:
            await self._library.get(order.report_id, order.owner_id)
        except ReportNotFoundError:
            return False
        return True

    async def _is_noted(self, order: ReportOrder, failure: str | None) -> bool:
        try:
            if not await self._queue.finish(order, failure, self._clock.now()):
                log.info("ordered_report_not_wanted", backtest_id=order.backtest_id, report_id=order.report_id)
        except ReportsUnavailableError as error:
            log.warning("ordered_report_not_noted", backtest_id=order.backtest_id, reason=str(error))
            return False
        return True

    async def _give_back(self, order: ReportOrder) -> None:
        try:
            await self._queue.give_back(order)
        except ReportsUnavailableError as error:
            # When this process is dead, others see that and take it up.
            log.warning("report_order_not_given_back", backtest_id=order.backtest_id, reason=str(error))
