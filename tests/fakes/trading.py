"""Strategies and backtests that somebody has, stored as the endpoints store them."""

from datetime import timedelta
from typing import Any

import httpx2

from app.clock import FixedClock
from app.quant.strategy import Strategy
from app.services.strategies.builds import NewBuild
from containers import Container
from tests.fakes.strategies import plan


def called(name: str, description: str = "For tests", **changes: Any) -> Strategy:
    """A strategy of this name; `changes`, as those of a plan, make it trade otherwise than others."""
    return plan(**changes).model_copy(update={"name": name, "description": description})


async def keep(container: Container, strategy: Strategy, owner: str = "ann") -> str:
    """The id of the strategy, stored for its owner a second later than the last one."""
    clock = container.core.clock()
    assert isinstance(clock, FixedClock)
    clock.move_to(clock.now() + timedelta(seconds=1))
    new = NewBuild(owner_id=owner, operation_id="op_1", intent="create", query="?", assumptions=(), built=strategy)
    strategy_id = (await container.services.strategy_builds().record(new, approved=True)).strategy_id
    assert isinstance(strategy_id, str)
    return strategy_id


async def run(http: httpx2.AsyncClient, strategy: str | Strategy, symbol: str = "GSPC", **body: Any) -> str:
    """The id of a backtest that is done; a test that waits in vain ends with its timeout."""
    what = {"strategy_id": strategy} if isinstance(strategy, str) else {"strategy": strategy.model_dump(mode="json")}
    years = {"start_date": "2008-01-02", "end_date": "2010-12-31"}
    ordered = await http.post("/api/v1/backtests", json=what | years | {"symbol": symbol} | body)
    assert ordered.status_code == 202, ordered.text
    backtest_id: str = ordered.json()["backtest_id"]
    while (await http.get(f"/api/v1/backtests/{backtest_id}")).json()["status"] != "done":
        pass
    return backtest_id
