"""Builds, strategies and backtests as they are stored, for tests."""

from datetime import UTC, datetime
from typing import Any

from app.quant.backtest import DEFAULT_CONFIG
from app.services.backtests.ports import Backtest, BacktestOrder
from app.services.strategies.ports import Build, StoredStrategy
from tests.fakes.strategies import plan

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def build(build_id: str = "build_1", **changes: Any) -> Build:
    made: dict[str, Any] = {
        "build_id": build_id,
        "owner_id": "ann",
        "operation_id": "op_1",
        "intent": "create",
        "query": "RSI 30 이하에서 사고 70 이상에서 팔아줘",
        "assumptions": ("14 days", "zero: \0."),
        "built": plan(stop_loss=0.1),
        "created_at": NOON,
    }
    return Build(**made | changes)


def stored_strategy(strategy_id: str = "strat_1", **changes: Any) -> StoredStrategy:
    made: dict[str, Any] = {
        "strategy_id": strategy_id,
        "owner_id": "ann",
        "build_id": f"build_of_{strategy_id}",
        "strategy": plan(stop_loss=0.1),
        "version": 1,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return StoredStrategy(**made | changes)


def order(**changes: Any) -> BacktestOrder:
    made: dict[str, Any] = {
        "strategy": plan(stop_loss=0.1),
        "symbol": "GSPC",
        "start_date": None,
        "end_date": None,
        "config": DEFAULT_CONFIG,
    }
    return BacktestOrder(**made | changes)


def queued(backtest_id: str = "bt_1", **changes: Any) -> Backtest:
    made: dict[str, Any] = {
        "backtest_id": backtest_id,
        "owner_id": "ann",
        "order": order(),
        "strategy_id": "strat_1",
        "strategy_version": 3,
        "queued_at": NOON,
    }
    return Backtest(**made | changes)
