"""How a curve did in every year of its life, whichever day that year begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from app.quant.backtest import CONVENTIONS
from app.quant.backtest.performance import RISK_FREE_A_DAY, STILL, daily_returns


@dataclass(frozen=True, slots=True)
class Window:
    """`first_day`: the day at whose close it begins. Return and volatility as fractions, the latter a year."""

    first_day: date
    last_day: date
    total_return: float
    volatility: float
    sharpe_ratio: float | None


@dataclass(frozen=True, slots=True)
class Regimes:
    """All windows of `window` daily returns, by their last day; `best` and `worst` by return, the first if equal.

    Empty, and without best and worst, where the curve is shorter than one window.
    """

    window: int
    last_days: tuple[date, ...]
    total_return: tuple[float, ...]
    volatility: tuple[float, ...]
    sharpe_ratio: tuple[float | None, ...]
    best: Window | None
    worst: Window | None


def regimes(days: Sequence[date], values: Sequence[float], window: int = CONVENTIONS.days_per_year) -> Regimes:
    """Rolling figures of a curve with one value a day, such as a result's `equity` or `benchmark_equity`.

    Raises:
        ValueError: the window has fewer than two returns.
    """
    if window < 2:  # noqa: PLR2004  one return has no deviation
        raise ValueError(f"a window has at least two returns, not {window}")
    if len(values) <= window:
        return Regimes(window, (), (), (), (), None, None)
    curve = np.asarray(values, dtype=np.float64)
    returns = sliding_window_view(daily_returns(curve), window)
    gains, deviations = curve[window:] / curve[:-window] - 1, returns.std(axis=1, ddof=1)
    moving = deviations > STILL
    ratios = np.zeros(len(gains))
    np.divide(returns.mean(axis=1) - RISK_FREE_A_DAY, deviations, out=ratios, where=moving)
    year = sqrt(CONVENTIONS.days_per_year)
    total_return, volatility = gains.tolist(), (deviations * year).tolist()
    sharpe = [ratio * year if moves else None for ratio, moves in zip(ratios.tolist(), moving.tolist(), strict=True)]

    def at(place: int) -> Window:
        return Window(days[place], days[place + window], total_return[place], volatility[place], sharpe[place])

    return Regimes(
        window=window,
        last_days=tuple(days[window:]),
        total_return=tuple(total_return),
        volatility=tuple(volatility),
        sharpe_ratio=tuple(sharpe),
        best=at(int(gains.argmax())),
        worst=at(int(gains.argmin())),
    )
