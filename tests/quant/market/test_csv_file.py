"""A CSV file is read whole, or refused with the line and the reason."""

from datetime import date
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.quant.market.csv_file import read_bars

HEADER = "date,open,high,low,close,volume"
GOOD = "2020-01-06,10,12,9,11,100"


def _file(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "AAPL.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def _refused(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read_bars(path, "AAPL")
    return caught.value.detail.splitlines()


def test_a_file_becomes_a_series(tmp_path: Path) -> None:
    bars = read_bars(_file(tmp_path, GOOD, "2020-01-07,11.5,1.3e1,11,12.25,0"), "AAPL")
    assert (bars.symbol, bars.days) == ("AAPL", (date(2020, 1, 6), date(2020, 1, 7)))
    assert bars.open.tolist() == [10, 11.5]
    assert bars.high.tolist() == [12, 13]
    assert bars.low.tolist() == [9, 11]
    assert bars.close.tolist() == [11, 12.25]
    assert bars.volume.tolist() == [100, 0]
    assert bars.warm_up == 0


def test_capitals_order_spaces_other_columns_and_empty_lines_at_the_end_do_not_matter(tmp_path: Path) -> None:
    path = _file(
        tmp_path, "100, 11 ,9,12,10,2020-01-06,0.3", "", "", header="Volume,Close,Low,High,Open, Date,Dividends"
    )
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    bars = read_bars(path, "AAPL")
    assert [float(column[0]) for column in (bars.open, bars.high, bars.low, bars.close)] == [10, 12, 9, 11]


def test_with_an_adjusted_close_a_split_is_no_move_of_the_price(tmp_path: Path) -> None:
    header = "date,open,high,low,close,Adj Close,volume"
    path = _file(tmp_path, "2020-01-06,100,120,90,110,55,1", "2020-01-07,55,60,50,55,55,1", header=header)
    bars = read_bars(path, "AAPL")
    assert bars.open.tolist() == [50, 55]
    assert bars.high.tolist() == [60, 60]
    assert bars.low.tolist() == [45, 50]
    assert bars.close.tolist() == [55, 55]


def test_an_open_that_only_rounding_puts_above_the_high_is_right(tmp_path: Path) -> None:
    assert read_bars(_file(tmp_path, "2020-01-06,100.005,100,99,99,1"), "AAPL").open.tolist() == [100.005]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2020-01-06,10,12,9,11,100", "the day 2020-01-06 stands twice, first in line 2"),
        ("2020-01-03,10,12,9,11,100", "the day 2020-01-03 comes after 2020-01-06 in line 2"),
        ("07.01.2020,10,12,9,11,100", "date is '07.01.2020'; write it as year-month-day"),
        ("2020-02-30,10,12,9,11,100", "date is '2020-02-30'; write it as year-month-day"),
        (",10,12,9,11,100", "date is empty"),
        ("2020-01-07,10,12,,11,100", "low is empty"),
        ("2020-01-07,10,12,9,11,", "volume is empty"),
        ("2020-01-07,10,12,9,11", "5 values, but the header has 6 columns"),
        ("2020-01-07,10,12,9,11,100,7", "7 values, but the header has 6 columns"),
        ("2020-01-07,10,12,9,abc,100", "close is 'abc', not a number"),
        (
            '2020-01-07,"1,010",12,9,11,100',
            "open is '1,010', not a number; write it with a point and without thousands",
        ),
        ("2020-01-07,10,12,9,nan,100", "close is 'nan', not a number"),
        ("2020-01-07,10,inf,9,11,100", "high is 'inf', not a number"),
        ("2020-01-07,10,1e999,9,11,100", "high is '1e999', not a number"),
        ("2020-01-07,1_0,12,9,11,100", "open is '1_0', not a number"),
        ("2020-01-07,-10,12,9,11,100", "open is -10; it cannot be negative"),
        ("2020-01-07,10,12,0,11,100", "low is 0; a price must be above 0"),
        ("2020-01-07,10,12,9,11,-1", "volume is -1; it cannot be negative"),
        ("2020-01-07,10,8,9,8,100", "high (8) is below low (9)"),
        ("2020-01-07,10,12,9,13,100", "close (13) is not between low (9) and high (12)"),
        ("2020-01-07,8,12,9,11,100", "open (8) is not between low (9) and high (12)"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(tmp_path: Path, line: str, said: str) -> None:
    path = _file(tmp_path, GOOD, line)
    (found,) = _refused(path)
    assert found.startswith(f"{path}, line 3: {said}")


def test_all_faults_of_a_file_are_said_at_once_and_a_bad_line_does_not_hide_the_order_of_the_others(
    tmp_path: Path,
) -> None:
    path = _file(tmp_path, GOOD, "2020-01-08,-1,12,x,11,100", "2020-01-07,10,12,9,11,100")
    assert [line.removeprefix(f"{path}, ") for line in _refused(path)] == [
        "line 3: open is -1; it cannot be negative",
        "line 3: low is 'x', not a number; write it with a point and without thousands separators: 1229.23",
        "line 4: the day 2020-01-07 comes after 2020-01-08 in line 3; give one bar a day, the oldest first",
    ]


def test_a_file_that_is_wrong_throughout_is_told_so_ten_times(tmp_path: Path) -> None:
    path = _file(tmp_path, *["2020-01-06,10,12,9,11,"] * 30)
    found = _refused(path)
    assert len(found) == 11
    assert found[-1] == f"{path}: and 49 more"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("date,open,high,low,close", "line 1: there is no column volume; the first line must name date, open, high"),
        ("2020-01-06,10,12,9,11,100", "line 1: there is no column date, open, high, low, close, volume"),
        ("date,open,high,low,close,close,volume", "line 1: the column close stands twice"),
        ("date;open;high;low;close;volume", "line 1: there is no column"),
    ],
)
def test_a_header_without_the_columns_is_refused(tmp_path: Path, header: str, said: str) -> None:
    path = _file(tmp_path, GOOD, header=header)
    (found,) = _refused(path)
    assert found.startswith(f"{path}, {said}")


def test_a_file_without_a_bar_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path)
    assert _refused(path) == [f"{path}, line 2: there is no bar; give at least one line below the header"]
    path.write_text("")
    assert "line 1: there is no column date" in _refused(path)[0]


def test_what_is_no_readable_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "AAPL.csv"
    assert _refused(path) == [f"{path}: No such file or directory; give the path of a readable CSV file"]
    path.write_bytes(HEADER.encode() + b"\n\xff\xfe")
    assert _refused(path)[0].startswith(f"{path}: not UTF-8 text (byte ")
    path.write_text(f'{HEADER}\n2020-01-06,"10"x,12,9,11,100\n')
    assert _refused(path)[0].startswith(f"{path}: not a CSV file: ")
