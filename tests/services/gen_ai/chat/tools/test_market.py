"""Market data: symbols, days and gaps; what a file is called is data."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.quant.market import FolderMarketData, market_data
from app.services.gen_ai.chat.tools.platform import MarketTools
from tests.services.gen_ai.chat.tools.asking import answer, look

ROWS = "date,open,high,low,close,volume\n2020-01-06,1,2,1,2,5\n2020-01-07,2,3,2,3,5\n2020-01-20,3,4,3,4,5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bars"
    folder.mkdir()
    (folder / "ABC.csv").write_text(ROWS)
    return folder


async def test_the_sample_series_are_there() -> None:
    """Both, with their days."""
    found = await look(MarketTools(market_data()), "market_data", symbol=None)
    assert [
        (series["symbol"], series["first_day"], series["last_day"], series["bars"]) for series in found["series"]
    ] == [
        ("GSPC", "1999-01-04", "2018-12-31", 5031),
        ("IXIC", "1999-01-04", "2018-12-31", 5031),
    ]
    assert found["more_symbols"] == []


async def test_one_series_tells_its_longest_gap_and_its_last_close(folder: Path) -> None:
    """Whatever the case of the symbol; of a single bar no gap is known."""
    (folder / "ONE.csv").write_text("\n".join(ROWS.split("\n")[:2]))
    tools = MarketTools(FolderMarketData(folder))
    assert (await look(tools, "market_data", symbol="abc"))["series"] == [
        {
            "symbol": "ABC",
            "first_day": "2020-01-06",
            "last_day": "2020-01-20",
            "bars": 3,
            "longest_gap_days": 13,
            "last_close": 4.0,
        }
    ]
    assert (await look(tools, "market_data", symbol="ONE"))["series"][0]["longest_gap_days"] is None


async def test_an_unknown_symbol_is_told_with_those_that_there_are(folder: Path) -> None:
    """So that the model can put it right."""
    told = await answer(MarketTools(FolderMarketData(folder)), "market_data", symbol="XYZ")
    assert told == {"kind": "error", "error": "there are no bars of 'XYZ'; there are ABC"}


async def test_a_broken_file_is_told_without_the_servers_path(folder: Path) -> None:
    """The log has the whole reason; the other series are told all the same."""
    (folder / "BAD.csv").write_text(ROWS.replace("2020-01-07,2,3,2,3", "2020-01-07,2,3,2,x"))
    with capture_logs() as logs:
        found = await look(MarketTools(FolderMarketData(folder)), "market_data", symbol=None)
    good, bad = found["series"]
    assert (good["symbol"], bad["symbol"]) == ("ABC", "BAD")
    assert str(folder) not in str(bad)
    assert str(folder) in logs[0]["reason"]


async def test_of_many_series_twenty_are_described(folder: Path) -> None:
    """Of the others the names alone: each file that is described has to be read."""
    for number in range(25):
        (folder / f"S{number:02d}.csv").write_text(ROWS)
    found = await look(MarketTools(FolderMarketData(folder)), "market_data", symbol=None)
    assert (len(found["series"]), found["more_symbols"]) == (20, [f"S{number}" for number in range(19, 25)])
