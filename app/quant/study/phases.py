"""How two curves did while the market had risen over the year before, and while it had fallen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.quant.backtest import CONVENTIONS
from app.quant.backtest.performance import daily_returns
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
