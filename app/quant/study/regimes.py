"""A strategy in rising and falling markets, and in windows that roll through a series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from app.quant.backtest import CONVENTIONS
from app.quant.backtest.performance import RISK_FREE_A_DAY, STILL, daily_returns
from app.quant.market.bars import Array

PhaseName = Literal["bull", "bear"]


@dataclass(frozen=True, slots=True)
class Phase:
    """The days of one kind, taken together. `share`: of all days of the curve, as a fraction; those of the first year,
    of which nobody knows the kind, count among all. Returns: the days of the phase compounded, as fractions.
    """

    name: PhaseName
    days: int
    share: float
    total_return: float
    benchmark_return: float


def phases(
    equity: Sequence[float], benchmark: Sequence[float], window: int = CONVENTIONS.days_per_year
) -> tuple[Phase, ...]:
    """The bull days, at whose close the benchmark stands above where it stood `window` days before, and the bear days,
    at whose close it stands below. A kind without days is left out; a curve shorter than the window has none.

    Raises:
        ValueError: the curves differ in length, or the window has no day.
    """
    if len(equity) != len(benchmark):
        raise ValueError(f"a curve of {len(equity)} days and one of {len(benchmark)} cannot be compared day by day")
    if window < 1:
        raise ValueError(f"a window has at least one day, not {window}")
    if len(benchmark) <= window:
        return ()
    own, market = (np.asarray(values, dtype=np.float64) for values in (equity, benchmark))
    change = market[window:] - market[:-window]
    kinds: tuple[tuple[PhaseName, NDArray[np.bool_]], ...] = (("bull", change > 0), ("bear", change < 0))
    # The return of a day is that from the close before to its own.
    returns = daily_returns(own)[window - 1 :], daily_returns(market)[window - 1 :]
    return tuple(
        Phase(name, int(of_it.sum()), float(of_it.sum()) / len(market), *(_compounded(each[of_it]) for each in returns))
        for name, of_it in kinds
        if of_it.any()
    )


def _compounded(returns: Array) -> float:
    return float(np.prod(1 + returns)) - 1


# How a curve did in every year of its life, whichever day that year begins.


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
