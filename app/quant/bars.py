"""The sample market data that comes with the project: real daily bars of two indices, 1999 to 2018."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

_FOLDER = Path(__file__).parent.parent / "data" / "bars"

Symbol = Literal["GSPC", "IXIC"]
"""GSPC: S&P 500. IXIC: Nasdaq Composite."""


@dataclass(frozen=True, slots=True)
class Closes:
    """Closing prices, one a day, the oldest first."""

    days: tuple[date, ...]
    prices: tuple[float, ...]


def sample_closes(symbol: Symbol) -> Closes:
    """The closes of a sample series (5,031 days)."""
    with (_FOLDER / f"{symbol}_daily.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Closes(
        days=tuple(date.fromisoformat(row["date"]) for row in rows),
        prices=tuple(float(row["close"]) for row in rows),
    )
