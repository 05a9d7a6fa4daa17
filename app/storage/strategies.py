"""Strategies in SQL: those that are stored, and the builds of which one becomes a stored strategy, once."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.quant.strategy import Strategy
from app.services.strategies.ports import Build, StoredStrategy, StrategiesUnavailableError
from app.storage.database import Database, Transactions
from app.storage.tables import strategies, strategy_builds
from app.vocabulary import BuildStatus

_STRATEGIES = strategies.c


class SqlStrategyStore:
    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, StrategiesUnavailableError, "Strategies cannot be read or written")

    async def get(self, strategy_id: str) -> StoredStrategy | None:
        row = await self._transactions.row(select(strategies).where(_STRATEGIES.strategy_id == strategy_id))
        return None if row is None else _strategy(row)

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[StoredStrategy], int]:
        where = _STRATEGIES.owner_id == owner_id
        # The ids are in the order of time.
        page = select(strategies).where(where).order_by(_STRATEGIES.strategy_id.desc()).limit(limit).offset(offset)
        rows, total = await self._transactions.page(select(func.count()).select_from(strategies).where(where), page)
        return [_strategy(row) for row in rows], total

    async def replace(self, changed: StoredStrategy, *, from_version: int) -> bool:
        same = _STRATEGIES.strategy_id == changed.strategy_id, _STRATEGIES.version == from_version
        return await self._transactions.change(update(strategies).where(*same).values(_strategy_values(changed))) == 1

    async def delete(self, strategy_id: str) -> None:
        await self._transactions.change(delete(strategies).where(_STRATEGIES.strategy_id == strategy_id))


def _strategy_values(stored: StoredStrategy) -> dict[str, Any]:
    """The row of a strategy."""
    return {
        "strategy_id": stored.strategy_id,
        "owner_id": stored.owner_id,
        "build_id": stored.build_id,
        "strategy": stored.strategy.model_dump_json(),
        "version": stored.version,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }


def _strategy(row: RowMapping) -> StoredStrategy:
    return StoredStrategy(**{**row, "strategy": Strategy.model_validate_json(row["strategy"])})


_BUILDS = strategy_builds.c
_ASSUMPTIONS = TypeAdapter(tuple[str, ...])


class SqlBuildStore:
    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, StrategiesUnavailableError, "Builds cannot be read or written")

    async def add(self, build: Build, stored: StoredStrategy | None) -> None:
        async def both(connection: AsyncConnection) -> None:
            await connection.execute(insert(strategy_builds).values(_values(build)))
            await _store(connection, stored)

        await self._transactions.run(both)

    async def get(self, build_id: str) -> Build | None:
        row = await self._transactions.row(select(strategy_builds).where(_BUILDS.build_id == build_id))
        return None if row is None else _build(row)

    async def page(
        self, owner_id: str, status: BuildStatus | None, *, limit: int, offset: int
    ) -> tuple[Sequence[Build], int]:
        where = [_BUILDS.owner_id == owner_id]
        if status is not None:
            where.append(_BUILDS.status == status.value)
        # The ids are in the order of time.
        page = select(strategy_builds).where(*where).order_by(_BUILDS.build_id.desc()).limit(limit).offset(offset)
        count = select(func.count()).select_from(strategy_builds).where(*where)
        rows, total = await self._transactions.page(count, page)
        return [_build(row) for row in rows], total

    async def decide(self, decided: Build, stored: StoredStrategy | None) -> bool:
        # The update comes first: of several decisions at once it lets one through, on either database.
        still_pending = _BUILDS.build_id == decided.build_id, _BUILDS.status == BuildStatus.PENDING.value

        async def both(connection: AsyncConnection) -> bool:
            done = await connection.execute(update(strategy_builds).where(*still_pending).values(_values(decided)))
            if done.rowcount == 0:
                return False
            await _store(connection, stored)
            return True

        return await self._transactions.run(both)


async def _store(connection: AsyncConnection, stored: StoredStrategy | None) -> None:
    if stored is not None:
        await connection.execute(insert(strategies).values(_strategy_values(stored)))


def _values(build: Build) -> dict[str, Any]:
    return {
        "build_id": build.build_id,
        "owner_id": build.owner_id,
        "operation_id": build.operation_id,
        "intent": build.intent,
        "query": build.query,
        "assumptions": _ASSUMPTIONS.dump_json(build.assumptions).decode(),
        "built": build.built.model_dump_json(),
        "status": build.status.value,
        "created_at": build.created_at,
        "decided_at": build.decided_at,
        "approved": None if build.approved is None else build.approved.model_dump_json(),
        "strategy_id": build.strategy_id,
    }


def _build(row: RowMapping) -> Build:
    approved = row["approved"]
    return Build(
        **{
            **row,
            "assumptions": _ASSUMPTIONS.validate_json(row["assumptions"]),
            "built": Strategy.model_validate_json(row["built"]),
            "status": BuildStatus(row["status"]),
            "approved": None if approved is None else Strategy.model_validate_json(approved),
        }
    )
