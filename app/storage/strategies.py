"""Stored strategies in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, func, select, update

from app.quant.strategy import Strategy
from app.services.strategies.ports import StoredStrategy, StrategiesUnavailableError
from app.storage.database import Database
from app.storage.strategy_tables import strategies
from app.storage.transactions import Transactions

_COLUMNS = strategies.c


class SqlStrategyStore:
    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, StrategiesUnavailableError, "Strategies cannot be read or written")

    async def get(self, strategy_id: str) -> StoredStrategy | None:
        row = await self._transactions.row(select(strategies).where(_COLUMNS.strategy_id == strategy_id))
        return None if row is None else _strategy(row)

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[StoredStrategy], int]:
        where = _COLUMNS.owner_id == owner_id
        # The ids are in the order of time.
        page = select(strategies).where(where).order_by(_COLUMNS.strategy_id.desc()).limit(limit).offset(offset)
        rows, total = await self._transactions.page(select(func.count()).select_from(strategies).where(where), page)
        return [_strategy(row) for row in rows], total

    async def replace(self, changed: StoredStrategy, *, from_version: int) -> bool:
        same = _COLUMNS.strategy_id == changed.strategy_id, _COLUMNS.version == from_version
        return await self._transactions.change(update(strategies).where(*same).values(strategy_values(changed))) == 1

    async def delete(self, strategy_id: str) -> None:
        await self._transactions.change(delete(strategies).where(_COLUMNS.strategy_id == strategy_id))


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
