"""Reads a CSV file of daily bars, and refuses one that is not whole: with the line, and with what would be right.

Columns: date, open, high, low, close, volume, and adj_close if there is one; any other is left alone. With adj_close
all four prices are scaled by adj_close / close, so that neither a split nor a dividend looks like a move of the price.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path

import numpy as np

from app.errors import ConfigurationError
from app.quant.market.bars import Bars

_PRICES = ("open", "high", "low", "close")
_NEEDED = ("date", *_PRICES, "volume")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ROUNDING = 1e-4
"""Adjusted prices are rounded one by one: an open may stand this fraction above the high and be right."""
_SHOWN = 10
"""Faults that are named one by one; a file that is wrong throughout need not be told so a thousand times."""


@dataclass(frozen=True, slots=True)
class _Row:
    day: date
    values: tuple[float, ...]
    """Open, high, low, close, volume."""


def read_bars(path: Path, symbol: str) -> Bars:
    """The bars of a file.

    Raises:
        ConfigurationError: naming the file, and each line that is wrong with the reason.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows, faults = _rows(file)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; give the path of a readable CSV file") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except csv.Error as error:
        raise ConfigurationError(f"{path}: not a CSV file: {error}") from error
    if faults:
        left = len(faults) - _SHOWN
        more = [f"{path}: and {left} more"] if left > 0 else []
        raise ConfigurationError("\n".join([f"{path}, {fault}" for fault in faults[:_SHOWN]] + more))
    columns = np.array([row.values for row in rows], dtype=np.float64).T.copy()
    return Bars(symbol, tuple(row.day for row in rows), *columns)


def _rows(text: Iterable[str]) -> tuple[list[_Row], list[str]]:
    """The rows and the faults of a file."""
    lines = csv.reader(text, strict=True)
    header = [name.strip().lower().replace(" ", "_") for name in next(lines, [])]
    if faults := list(_header_faults(header)):
        return [], faults
    rows: list[_Row] = []
    before: tuple[date, int] | None = None
    for cells in lines:
        if not cells:
            continue
        line = f"line {lines.line_num}"
        if len(cells) != len(header):
            faults.append(f"{line}: {len(cells)} values, but the header has {len(header)} columns")
            continue
        given = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        wrong = list(_row_faults(given, before))
        faults += [f"{line}: {fault}" for fault in wrong]
        if _is_day(given["date"]):
            before = date.fromisoformat(given["date"]), lines.line_num
        if not wrong:
            rows.append(_row(given))
    return rows, faults if rows or faults else ["line 2: there is no bar; give at least one line below the header"]


def _header_faults(header: list[str]) -> Iterator[str]:
    if missing := [name for name in _NEEDED if name not in header]:
        yield f"line 1: there is no column {', '.join(missing)}; the first line must name {', '.join(_NEEDED)}"
    for name in dict.fromkeys((*_NEEDED, "adj_close")):
        if header.count(name) > 1:
            yield f"line 1: the column {name} stands twice"


def _row_faults(given: Mapping[str, str], before: tuple[date, int] | None) -> Iterator[str]:
    yield from _day_faults(given["date"], before)
    columns = (*_PRICES, "volume", *(["adj_close"] if "adj_close" in given else []))
    faults = [fault for name in columns if (fault := _number_fault(name, given[name]))]
    yield from faults
    if not faults:
        yield from _range_faults(*(float(given[name]) for name in _PRICES))


def _day_faults(text: str, before: tuple[date, int] | None) -> Iterator[str]:
    if not _is_day(text):
        yield f"date is {text!r}; write it as year-month-day: 2018-12-31" if text else "date is empty"
        return
    day = date.fromisoformat(text)
    if before is not None and day <= before[0]:
        what = "stands twice, first" if day == before[0] else f"comes after {before[0]}"
        yield f"the day {day} {what} in line {before[1]}; give one bar a day, the oldest first"


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _number_fault(name: str, text: str) -> str | None:
    if not text:
        return f"{name} is empty"
    if not _NUMBER.fullmatch(text) or not isfinite(float(text)):
        return f"{name} is {text!r}, not a number; write it with a point and without thousands separators: 1229.23"
    if float(text) < 0:
        return f"{name} is {text}; it cannot be negative"
    if float(text) == 0 and name != "volume":
        return f"{name} is {text}; a price must be above 0"
    return None


def _range_faults(open_: float, high: float, low: float, close: float) -> Iterator[str]:
    if high < low:
        yield f"high ({high:g}) is below low ({low:g})"
        return
    for name, price in (("open", open_), ("close", close)):
        if not low * (1 - _ROUNDING) <= price <= high * (1 + _ROUNDING):
            yield f"{name} ({price:g}) is not between low ({low:g}) and high ({high:g})"


def _row(given: Mapping[str, str]) -> _Row:
    open_, high, low, close = (float(given[name]) for name in _PRICES)
    factor = float(given["adj_close"]) / close if "adj_close" in given else 1.0
    prices = tuple(price * factor for price in (open_, high, low, close))
    return _Row(date.fromisoformat(given["date"]), (*prices, float(given["volume"])))
