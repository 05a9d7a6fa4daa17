"""Stored strategies in SQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.quant.strategy import Strategy
from app.services.strategies.errors import StrategiesUnavailableError
from app.services.strategies.ports import StoredStrategy
from app.storage.database import Database, reachable
from app.storage.strategy_tables import strategies

_COLUMNS = strategies.c


class SqlStrategyStore:
    def __init__(self, database: Database) -> None:
        self._engine = database.engine

    async def get(self, strategy_id: str) -> StoredStrategy | None:
        async with self._transaction() as connection:
            found = await connection.execute(select(strategies).where(_COLUMNS.strategy_id == strategy_id))
            row = found.mappings().one_or_none()
        return None if row is None else _strategy(row)

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[StoredStrategy], int]:
        where = _COLUMNS.owner_id == owner_id
        # The ids are in the order of time.
        page = select(strategies).where(where).order_by(_COLUMNS.strategy_id.desc()).limit(limit).offset(offset)
        async with self._transaction() as connection:
            total = await connection.scalar(select(func.count()).select_from(strategies).where(where))
            found = (await connection.execute(page)).mappings().all()
        return [_strategy(row) for row in found], total or 0

    async def replace(self, changed: StoredStrategy, *, from_version: int) -> bool:
        same = _COLUMNS.strategy_id == changed.strategy_id, _COLUMNS.version == from_version
        async with self._transaction() as connection:
            done = await connection.execute(update(strategies).where(*same).values(strategy_values(changed)))
            return done.rowcount == 1

    async def delete(self, strategy_id: str) -> None:
        async with self._transaction() as connection:
            await connection.execute(delete(strategies).where(_COLUMNS.strategy_id == strategy_id))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        with reachable(StrategiesUnavailableError, "Strategies cannot be read or written"):
            async with self._engine.begin() as connection:
                yield connection


def strategy_values(stored: StoredStrategy) -> dict[str, Any]:
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
