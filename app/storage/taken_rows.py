"""Rows that wait until a process takes them: each is worked on by one at a time, and by another where that one dies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, RowMapping, Select, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.storage.database import Transactions
from app.storage.processes import Processes


@dataclass(frozen=True, slots=True)
class TakenRows:
    """Those of a table with the columns `status`, `process_id`, `ended_at` and `failure`.

    `key` names a row and `tries` counts how often it was taken; `waiting`, `working` and `failed` are values of its
    status, `anew` what else becomes of a row that waits again.
    """

    table: Table
    key: Column[str]
    tries: Column[int]
    waiting: str
    working: str
    failed: str
    transactions: Transactions
    processes: Processes
    anew: Mapping[str, Any]

    async def take(self, which: Select[tuple[str]], **values: Any) -> RowMapping | None:  # noqa: ANN401  what a column takes
        """Takes the row whose key `which` selects, so that nobody else does; None: there is none."""
        statement = (
            update(self.table)
            .where(self.key == which.scalar_subquery(), self.table.c.status == self.waiting)
            .values(
                {"status": self.working, "process_id": self.processes.process_id, self.tries.name: self.tries + 1}
                | values
            )
            .returning(self.table)
        )
        return await self.transactions.row(statement)

    def held(self, key: str, tries: int) -> tuple[ColumnElement[bool], ...]:
        """That a row is still this process's own: not deleted, nor taken by another, or again."""
        columns = self.table.c
        return (
            self.key == key,
            columns.status == self.working,
            columns.process_id == self.processes.process_id,
            self.tries == tries,
        )

    async def give_back(self, key: str, tries: int, *, counts: bool) -> None:
        """Lets a row wait again; whether the try counts."""
        values = self._waiting_again() | {self.tries.name: self.tries if counts else self.tries - 1}
        await self.transactions.change(update(self.table).where(*self.held(key, tries)).values(values))

    async def recover(self, now: datetime, failure: str, too_often: ColumnElement[bool]) -> int:
        """What dead processes had taken waits again, or fails where it was taken `too_often`; the number of rows."""
        columns = self.table.c
        owners = select(columns.process_id).where(columns.status == self.working).distinct()
        found = [row["process_id"] for row in await self.transactions.rows(owners)]
        with self.transactions.reachable():
            dead = [owner for owner in found if await self.processes.is_dead(owner)]
        failed = {"status": self.failed, "failure": failure, "ended_at": now, "process_id": None}
        return sum([await self._take_from(owner, failed, too_often) for owner in dead])

    async def _take_from(self, owner: str, failed: Mapping[str, Any], too_often: ColumnElement[bool]) -> int:
        left = self.table.c.process_id == owner, self.table.c.status == self.working
        given_up = update(self.table).where(*left, too_often).values(failed)
        again = update(self.table).where(*left).values(self._waiting_again())

        async def both(connection: AsyncConnection) -> int:
            return (await connection.execute(given_up)).rowcount + (await connection.execute(again)).rowcount

        return await self.transactions.run(both)

    def _waiting_again(self) -> dict[str, Any]:
        return {"status": self.waiting, "process_id": None} | dict(self.anew)
