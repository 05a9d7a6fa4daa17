"""The ledger in SQL: one row for each attempt, and the counters of the budgets, in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

import structlog
from sqlalchemy import ColumnElement, select

from app.services.gen_ai.ledger.port import Attempt, AttemptRow, LedgerUnavailableError, Resolution, Settlement
from app.services.gen_ai.ledger.resolutions import change_by
from app.services.gen_ai.rules.budgets import BudgetAlert
from app.storage.database import Database
from app.storage.ledger.bounds import fits, unstorable
from app.storage.ledger.journal import Journal, JournalRecord
from app.storage.ledger.queries import LedgerQueries
from app.storage.ledger.steps import PROCESS_DIED, LedgerSteps, Recorded
from app.storage.ledger.write_queue import Work, Writer
from app.storage.processes import Processes
from app.storage.tables import attempts
from app.vocabulary import AttemptStatus

log = structlog.get_logger(__name__)


class SqlUsageLedger(LedgerQueries):
    """`may_pass` says of a service whether its calls go out while the ledger cannot be written. `raised` is told of
    alerts once they are stored, and must not block.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        *,
        processes: Processes,
        steps: LedgerSteps,
        journal: Journal,
        raised: Callable[[Sequence[BudgetAlert]], None],
        may_pass: Callable[[str], bool],
    ) -> None:
        super().__init__(database)
        self._writer = writer
        self._processes = processes
        self._steps = steps
        self._journal = journal
        self._raised = raised
        self._may_pass = may_pass
        self._open: dict[str, Attempt] = {}
        """What this process has opened and not settled: the ledger need not be asked for it."""
        self._not_ours: set[str] = set()
        """Processes of other databases, as far as this one knows; asking again would read the whole table."""

    async def open(self, attempt: Attempt) -> None:
        def unrecorded() -> Recorded | None:
            if not self._may_pass(attempt.service):
                return None
            log.warning("attempt_journalled", attempt_id=attempt.attempt_id, service=attempt.service)
            return self._journalled(JournalRecord(attempt.attempt_id, attempt=attempt))

        process_id = self._processes.process_id
        work = Work(
            steps=lambda: self._steps.open(attempt, process_id),
            committed=self._recorded,
            rescue=unrecorded,
            repeated=lambda: self._steps.open_again(attempt, process_id),
        )
        recorded = await self._writer.write(work)
        if recorded.refusal is not None:
            raise recorded.refusal
        self._open[attempt.attempt_id] = attempt

    async def settle(self, attempt_id: str, settlement: Settlement) -> None:
        def kept() -> Recorded | None:
            return self._journalled(JournalRecord(attempt_id, settlement=settlement))

        # What was opened in the journal is settled there: the ledger does not know it yet.
        if self._journal.holds(attempt_id):
            if kept() is None:
                raise LedgerUnavailableError("The journal cannot be written; the attempt stays open in it")
            return
        await self._settle(attempt_id, settlement, self._open.pop(attempt_id, None), kept)

    async def _settle(
        self,
        attempt_id: str,
        settlement: Settlement,
        attempt: Attempt | None = None,
        rescue: Callable[[], Recorded | None] = lambda: None,
    ) -> None:
        """Whatever the settlement holds; what cannot be stored is settled as unknown."""

        async def write(ending: Settlement) -> None:
            await self._writer.write(
                Work(lambda: self._steps.settle(attempt_id, ending, attempt), self._recorded, rescue)
            )

        worst_usd = None if attempt is None else attempt.worst_usd
        if not fits(settlement):
            log.error("settlement_not_storable", attempt_id=attempt_id, reason="out of range")
            settlement = unstorable(settlement, worst_usd)
        try:
            await write(settlement)
        except LedgerUnavailableError:
            raise
        except Exception as error:  # an answer that is paid for must not leave its row open
            log.exception("settlement_not_storable", attempt_id=attempt_id, reason=type(error).__name__)
            await write(unstorable(settlement, worst_usd))

    async def resolve(self, resolution: Resolution) -> AttemptRow:
        row = await self.find(resolution.attempt_id)
        change = change_by(resolution, row)
        assert row is not None  # noqa: S101  a change is one of a row
        attempt = row.attempt
        work = Work(
            steps=lambda: self._steps.resolve(attempt, change),
            committed=self._recorded,
            repeated=lambda: self._steps.resolve(attempt, change, again=True),
        )
        await self._writer.write(work)
        return AttemptRow(attempt, change.after, change.trace)

    async def recover(self, now: datetime) -> None:
        """Replays the journals, this process's own and those of dead ones, and closes what dead processes left open.

        Raises:
            LedgerUnavailableError: the ledger cannot be written; the journals stay.
        """
        await self._adopt_strays()
        for process_id in self._journal.processes():
            if process_id == self._journal.process_id or await self._has_left(process_id):
                await self._replay(process_id)
        await self._close_abandoned(now)

    async def _has_left(self, process_id: str) -> bool:
        """Whether a process is dead and writes its journal no more; one that lost the database may still do so."""
        return await self._processes.is_dead(process_id) and not self._journal.is_held(process_id)

    async def _adopt_strays(self) -> None:
        """Journals of versions before are this ledger's where it has rows of their process."""
        for process_id in set(self._journal.strays()) - self._not_ours:
            if not await self._processes.is_dead(process_id):
                continue
            if await self._reading.rows(select(attempts.c.attempt_id).where(_of_process(process_id)).limit(1)):
                self._journal.adopt(process_id)
            else:
                self._not_ours.add(process_id)
                log.warning("journal_of_unknown_database", process_id=process_id, folder=str(self._journal.folder))

    async def _replay(self, process_id: str) -> None:
        records = self._journal.records(process_id)
        for record in records:
            await self._write_again(record, process_id)
        self._journal.forget(process_id, len(records))
        if records:
            log.warning("journal_replayed", process_id=process_id, records=len(records))

    async def _write_again(self, record: JournalRecord, process_id: str) -> None:
        if record.attempt is not None:
            attempt = record.attempt
            await self._writer.write(Work(lambda: self._steps.reopen(attempt, process_id), self._recorded))
        if record.settlement is not None:
            await self._settle(record.attempt_id, record.settlement)

    async def _close_abandoned(self, now: datetime) -> None:
        """What nobody can settle any more is `unknown` and cost between nothing and its worst case."""
        still_open = select(attempts.c.process_id).where(attempts.c.status == AttemptStatus.OPEN.value).distinct()
        for process_id in [row["process_id"] for row in await self._reading.rows(still_open)]:
            if await self._processes.is_dead(process_id):
                left_open = await self._left_open(process_id)
                for attempt_id, worst_usd in left_open:
                    await self._abandon(attempt_id, worst_usd, now)
                await self._processes.forget(process_id)
                log.warning("abandoned_attempts_closed", process_id=process_id, attempts=len(left_open))

    async def _left_open(self, process_id: str) -> Sequence[tuple[str, Decimal | None]]:
        statement = select(attempts.c.attempt_id, attempts.c.worst_usd).where(
            _of_process(process_id), attempts.c.status == AttemptStatus.OPEN.value
        )
        return [(row["attempt_id"], row["worst_usd"]) for row in await self._reading.rows(statement)]

    async def _abandon(self, attempt_id: str, worst_usd: Decimal | None, now: datetime) -> None:
        lost = Settlement(
            status=AttemptStatus.UNKNOWN,
            settled_at=now,
            latency_ms=None,
            cost_low_usd=Decimal(0),
            cost_high_usd=worst_usd,
            error=PROCESS_DIED,
        )
        await self._settle(attempt_id, lost)

    def _recorded(self, recorded: Recorded) -> None:
        if recorded.alerts:
            self._raised(recorded.alerts)

    def _journalled(self, record: JournalRecord) -> Recorded | None:
        return Recorded() if self._journal.append(record) else None


def _of_process(process_id: str) -> ColumnElement[bool]:
    return attempts.c.process_id == process_id
