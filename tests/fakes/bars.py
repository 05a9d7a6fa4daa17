"""Series of bars, for tests: made by hand, or at random from a seed."""

from datetime import date, timedelta

import numpy as np

from app.quant.market import Bars

FIRST_DAY = date(2020, 1, 6)


def trading_days(count: int) -> tuple[date, ...]:
    """Weekdays from 2020-01-06, a Monday, on."""
    return tuple(FIRST_DAY + timedelta(days=number // 5 * 7 + number % 5) for number in range(count))


def bars_of(*rows: tuple[float, float, float, float], warm_up: int = 0) -> Bars:
    """Bars of the given open, high, low and close."""
    open_, high, low, close = np.array(rows, dtype=np.float64).T.copy()
    return Bars("TEST", trading_days(len(rows)), open_, high, low, close, np.ones(len(rows)), warm_up)


def flat_bars(*closes: float) -> Bars:
    """Bars that do not move within the day."""
    return bars_of(*((close, close, close, close) for close in closes))


def random_bars(seed: int, count: int, *, deviation: float = 0.02, warm_up: int = 0) -> Bars:
    """A random walk with gaps between the days; prices in cents, as real ones are, so that some are equal."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, deviation, count)))
    before = np.concatenate([[100.0], close[:-1]])
    open_ = before * np.exp(random.normal(0, deviation / 3, count))
    high = np.maximum(open_, close) * np.exp(np.abs(random.normal(0, deviation / 2, count)))
    low = np.minimum(open_, close) * np.exp(-np.abs(random.normal(0, deviation / 2, count)))
    open_, high, low, close = (np.maximum(column.round(2), 0.01) for column in (open_, high, low, close))
    volume = random.integers(0, 1_000_000, count).astype(np.float64)
    return Bars("TEST", trading_days(count), open_, high, low, close, volume, warm_up)
