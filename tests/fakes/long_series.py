"""A series long enough that a backtest over it takes a while: for tests that must come in the middle of one."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np


def write_long_series(path: Path, *, bars: int) -> None:
    """A CSV file of daily bars from the year 1000 on: a wave with noise from a seed, so that strategies trade often."""
    random = np.random.default_rng(7)
    close = (100 + 20 * np.sin(np.arange(bars) / 50) + random.normal(0, 1, bars)).round(2)
    open_ = np.concatenate([[100.0], close[:-1]])
    high, low = np.maximum(open_, close) + 0.5, np.minimum(open_, close) - 0.5
    first = date(1000, 1, 1)
    with path.open("w") as file:
        file.write("date,open,high,low,close,volume\n")
        for number, prices in enumerate(zip(open_, high, low, close, strict=True)):
            columns = ",".join(f"{price:.2f}" for price in prices)
            file.write(f"{first + timedelta(days=number)},{columns},1000\n")
