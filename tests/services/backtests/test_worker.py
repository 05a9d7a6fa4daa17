"""The process that runs backtests: what it is asked, answers, refuses, and how it ends."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import orjson
import pytest

from app.quant.market import Bars, market_data
from app.services.backtests.child import ORDER, run_order, serve
from app.services.backtests.ports import WorkerDiedError, put_together
from app.services.backtests.worker import BacktestFailedError, BacktestWorker
from tests.fakes.long_series import write_long_series
from tests.fakes.stored import order
from tests.fakes.strategies import plan, sma, when

BUSY = plan([when(sma(2), "above", sma(3))], [when(sma(2), "below", sma(3))])
SAMPLES = market_data()


def _nothing(_: float) -> None:
    """Nobody looks at the progress."""


@pytest.fixture(scope="module")
def long_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bars")
    write_long_series(folder / "LONG.csv", bars=60_000)
    return folder


@pytest.fixture
async def worker(long_folder: Path) -> AsyncIterator[BacktestWorker]:
    made = BacktestWorker(long_folder)
    yield made
    await made.close()


async def test_the_process_gives_the_result_that_this_one_would(worker: BacktestWorker) -> None:
    """And one after the other it is the same process."""
    asked = order(strategy=BUSY, start_date=date(2001, 1, 2), end_date=date(2010, 12, 31))
    told: list[float] = []
    parts = await worker.run(asked, told.append)
    first = worker._process
    assert parts == run_order(asked, SAMPLES, _nothing)
    assert put_together(parts).metrics.total_trades > 100
    assert told == sorted(told)
    assert 10 < len(told) <= 100
    assert await worker.run(order(), _nothing) == run_order(order(), SAMPLES, _nothing)
    assert worker._process is first


async def test_a_series_of_ones_own_is_found(worker: BacktestWorker) -> None:
    result = put_together(await worker.run(order(strategy=BUSY, symbol="LONG"), _nothing))
    assert len(result.days) == 60_000


async def test_what_cannot_be_run_is_told_and_the_process_goes_on(worker: BacktestWorker) -> None:
    with pytest.raises(BacktestFailedError, match="there are no bars of 'GONE'; there are GSPC, IXIC, LONG"):
        await worker.run(order(symbol="GONE"), _nothing)
    process = worker._process
    await worker.run(order(), _nothing)
    assert worker._process is process


async def test_a_process_that_was_killed_is_reported_and_replaced(worker: BacktestWorker) -> None:
    begun = asyncio.Event()
    work = asyncio.create_task(worker.run(order(strategy=BUSY, symbol="LONG"), lambda _: begun.set()))
    await begun.wait()
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    with pytest.raises(WorkerDiedError, match="the process has ended"):
        await work
    assert await worker.run(order(), _nothing) == run_order(order(), SAMPLES, _nothing)


async def test_who_cancels_stops_the_process(worker: BacktestWorker) -> None:
    begun = asyncio.Event()
    work = asyncio.create_task(worker.run(order(strategy=BUSY, symbol="LONG"), lambda _: begun.set()))
    await begun.wait()
    process = worker._process
    assert process is not None
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert process.returncode == -signal.SIGKILL


async def test_a_process_whose_server_has_died_ends(worker: BacktestWorker) -> None:
    """It reads to the end of its input, which is there when nobody can write to it any more."""
    await worker.run(order(), _nothing)
    process = worker._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 0


async def test_a_process_that_cannot_be_started_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(WorkerDiedError, match="No such file"):
        await BacktestWorker(None).run(order(), _nothing)


class _Broken:
    def symbols(self) -> tuple[str, ...]:
        return ()

    def bars(self, symbol: str, start: date | None = None, end: date | None = None) -> Bars:
        raise ZeroDivisionError("a fault of ours")


def test_an_unexpected_fault_ends_one_backtest_and_not_those_after_it(capsys: pytest.CaptureFixture[str]) -> None:
    line = ORDER.dump_json(order()) + b"\n"
    answers = io.BytesIO()
    serve(io.BytesIO(line + line), answers, _Broken())
    said = [orjson.loads(answer) for answer in answers.getvalue().splitlines()]
    assert said == [{"failed": "ZeroDivisionError: a fault of ours"}] * 2
    assert "Traceback" in capsys.readouterr().err


def test_orders_cross_as_they_are() -> None:
    given = order(start_date=date(2001, 2, 3), strategy=plan(stop_loss=0.1 + 0.2))
    assert ORDER.validate_json(ORDER.dump_json(given)) == given


async def test_closing_what_was_never_started_does_nothing() -> None:
    await BacktestWorker(None).close()
