"""What is compared is loaded side by side, and nothing is left behind when one of them cannot be."""

import asyncio
from typing import cast

import pytest

from app.services.backtests.ports import BacktestNotDoneError, BacktestNotFoundError
from app.services.backtests.service import BacktestService, FinishedBacktest
from app.services.gen_ai.chat.contenders import ContenderLoader, Wanted
from app.services.strategies.service import StrategyService


class Held(BacktestService):
    """Has one backtest, which takes until it is let go on, and has no result then."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.ended = False

    async def finished(self, backtest_id: str, caller_id: str) -> FinishedBacktest:
        if backtest_id == "bt_gone":
            raise BacktestNotFoundError(backtest_id)
        await self.go_on.wait()
        self.ended = True
        raise BacktestNotDoneError(f"{backtest_id} is queued", backtest_status="queued")


async def test_a_refusal_waits_for_what_is_still_being_loaded() -> None:
    """Otherwise it would go on behind the answer, with a connection to the database that is perhaps being closed."""
    backtests = Held()
    loader = ContenderLoader(cast("StrategyService", None), backtests)
    wanted = [Wanted(backtest_id="bt_gone"), Wanted(backtest_id="bt_slow")]
    loading = asyncio.create_task(loader.load(wanted, "ann"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not loading.done()
    backtests.go_on.set()
    with pytest.raises(BacktestNotFoundError):  # the first of the two in the order of the wishes
        await loading
    assert backtests.ended
