"""Which symbols there are, and where their bars come from."""

from datetime import date
from pathlib import Path
from unicodedata import normalize

import pytest

from app.errors import ConfigurationError, InputError
from app.quant.market import FolderMarketData, market_data
from app.quant.market.market_data import SAMPLES

ONE_BAR = "date,open,high,low,close,volume\n2020-01-06,10,12,9,11,100\n"


def _own(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text(ONE_BAR)
    return folder


@pytest.mark.parametrize("symbol", ["GSPC", "IXIC"])
def test_the_two_sample_series_come_with_the_project(symbol: str) -> None:
    bars = market_data().bars(symbol)
    assert (len(bars), bars.first_day, bars.last_day) == (5031, date(1999, 1, 4), date(2018, 12, 31))
    assert (bars.low <= bars.open).all()
    assert (bars.close <= bars.high).all()


def test_the_samples_are_in_the_project_as_their_file_says() -> None:
    bars = market_data().bars("GSPC")
    first = (bars.open[0], bars.high[0], bars.low[0], bars.close[0], bars.volume[0])
    assert first == (1229.23, 1248.81, 1219.10, 1228.10, 877000000)


def test_a_folder_of_ones_own_adds_its_symbols(tmp_path: Path) -> None:
    data = market_data(_own(tmp_path, "AAPL.csv", "brk.b_daily.csv", "005930.KS.CSV", "notes.txt"))
    assert data.symbols() == ("005930.KS", "AAPL", "BRK.B", "GSPC", "IXIC")
    assert data.bars(" brk.b ").close.tolist() == [11]


def test_a_range_of_days_can_be_asked_for() -> None:
    bars = market_data().bars("gspc", date(2010, 1, 1), date(2010, 12, 31))
    assert (bars.first_day, bars.last_day) == (date(2010, 1, 4), date(2010, 12, 31))
    assert bars.warm_up == 2767


def test_an_unknown_symbol_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no bars of 'AAPL'; there are GSPC, IXIC$"):
        market_data().bars("AAPL")
    many = market_data(_own(tmp_path, *(f"A{number:02}.csv" for number in range(20))))
    with pytest.raises(InputError, match=r"A10, A11 and 10 more$"):
        many.bars("../../etc/passwd")


def test_a_bad_file_is_refused_when_it_is_asked_for_and_leaves_the_others_alone(tmp_path: Path) -> None:
    bad = tmp_path / "BAD.csv"
    bad.write_text(ONE_BAR.replace("12", "8"))
    data = market_data(_own(tmp_path, "GOOD.csv"))
    with pytest.raises(ConfigurationError, match=r"BAD.csv, line 2: high \(8\) is below low \(9\)"):
        data.bars("BAD")
    assert len(data.bars("GOOD")) == 1


@pytest.mark.parametrize(
    ("names", "asked", "said"),
    [
        (["AAPL.csv", "aapl_daily.csv"], "AAPL", "AAPL is already the symbol of .*AAPL.csv; rename one"),
        (["my prices.csv"], "my prices", "'MY PRICES' cannot be a symbol; name the file after one"),
        (["_daily.csv"], "", "'' cannot be a symbol"),
    ],
)
def test_a_file_whose_name_says_no_symbol_or_that_of_another_is_an_error_of_whoever_asks_for_it(
    tmp_path: Path, names: list[str], asked: str, said: str
) -> None:
    data = market_data(_own(tmp_path, *names, "MSFT.csv"))
    with pytest.raises(ConfigurationError, match=said):
        data.bars(asked)
    assert asked not in data.symbols()
    assert len(data.bars("msft")) == 1


@pytest.mark.parametrize("name", ["삼성전자", "トヨタ", "रिलायंस", "Größe", "BRK.B", "^KS11"])
def test_a_symbol_has_letters_of_any_script_however_they_are_encoded(tmp_path: Path, name: str) -> None:
    data = market_data(_own(tmp_path, f"{normalize('NFD', name)}_daily.csv"))
    assert normalize("NFC", name.upper()) in data.symbols()
    for asked in (name, normalize("NFD", name), f" {name.lower()} "):
        assert len(data.bars(asked)) == 1


def test_a_series_of_ones_own_takes_the_place_of_a_sample_and_leaves_the_other_samples(tmp_path: Path) -> None:
    data = market_data(_own(tmp_path, "GSPC.csv"))
    assert len(data.bars("GSPC")) == 1
    assert len(data.bars("IXIC")) > 5000


def test_a_folder_or_a_link_to_nowhere_is_no_series(tmp_path: Path) -> None:
    (own := _own(tmp_path, "MSFT.csv")).joinpath("FOLDER.csv").mkdir()
    (own / "LOST.csv").symlink_to(tmp_path / "nowhere")
    data = market_data(own)
    assert data.symbols() == ("GSPC", "IXIC", "MSFT")
    for symbol in ("FOLDER", "LOST"):
        with pytest.raises(ConfigurationError, match=f"{symbol}.csv: not a file"):
            data.bars(symbol)


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    """Such as those that macOS leaves beside a file on a foreign disk."""
    data = market_data(_own(tmp_path, "._MSFT.csv", ".csv", "MSFT.csv"))
    assert data.symbols() == ("GSPC", "IXIC", "MSFT")


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere: not a folder"):
        market_data(tmp_path / "nowhere")


def test_a_file_is_read_once() -> None:
    data = FolderMarketData(SAMPLES)
    assert data.bars("GSPC").close.base is data.bars("GSPC").close.base
