"""What a request names or brings becomes the basis of a report."""

from pathlib import Path

import pytest

from app.quant.backtest import backtest
from app.quant.market import MarketData, market_data
from app.quant.market.market_data import FolderMarketData
from app.schemas.gen_ai.backtest_source import BacktestSource
from app.schemas.gen_ai.fact_check import FactCheckRequest
from app.services.backtests.ports import BacktestNotFoundError
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.reports.library import ReportBases
from tests.fakes.report_documents import crossover
from tests.fakes.reporting import SUMMARY
from tests.fakes.reports import NoBacktests
from tests.fakes.stored import queued

STORED = BacktestSource(backtest_id="bt_1")


class OneBacktest(NoBacktests):
    """Everybody has the same one."""

    async def finished(self, backtest_id: str, caller_id: str) -> FinishedBacktest:
        return FinishedBacktest(queued(), crossover(), backtest(crossover(), market_data().bars("GSPC")))


async def _sensitivity(market: MarketData) -> int:
    return len((await ReportBases(OneBacktest(), market).of(STORED, "ann")).figures.sensitivity)


async def test_a_stored_backtest_is_studied_as_long_as_its_bars_are_there(tmp_path: Path) -> None:
    """Without them, and where the file has been broken since, the report does without further backtests."""
    assert await _sensitivity(market_data()) == 4
    assert await _sensitivity(FolderMarketData(tmp_path)) == 0
    (tmp_path / "GSPC.csv").write_text("nonsense")
    assert await _sensitivity(FolderMarketData(tmp_path)) == 0


async def test_given_figures_need_no_backtest() -> None:
    source = BacktestSource.model_validate({"backtest": SUMMARY})
    basis = await ReportBases(NoBacktests(), market_data()).of(source, "ann")
    assert (basis.backtest_id, basis.rules("ko"), basis.figures.sensitivity) == (None, (), ())
    assert basis.figures.metrics.total_return == 0.184


async def test_what_is_not_there_is_not_checked_against() -> None:
    request = FactCheckRequest(backtest_id="bt_1", text="It made 10 %.", language="en")
    with pytest.raises(BacktestNotFoundError):
        await ReportBases(NoBacktests(), market_data()).check(request, "ann")
