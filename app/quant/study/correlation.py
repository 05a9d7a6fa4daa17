"""How far several results move together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from app.errors import InputError
from app.quant.backtest import BacktestResult
from app.quant.backtest.performance import daily_returns, vary
from app.quant.market.bars import Array


@dataclass(frozen=True, slots=True)
class Correlation:
    """`matrix[i][j]`: Pearson's correlation of the daily returns of `names[i]` and `names[j]`; None where one of them
    does not vary. `days`: those that all results have, and only they count.
    """

    names: tuple[str, ...]
    first_day: date
    last_day: date
    days: int
    matrix: tuple[tuple[float | None, ...], ...]


def correlation(results: Mapping[str, BacktestResult]) -> Correlation:
    """The correlation of daily returns; a return spans the days that only some of the results have.

    Raises:
        InputError: there are fewer than two results, or they share fewer than three days.
    """
    if len(results) < 2:  # noqa: PLR2004
        raise InputError(f"a correlation needs at least two results, not {len(results)}")
    shared = sorted(set.intersection(*(set(result.days) for result in results.values())))
    if len(shared) < 3:  # noqa: PLR2004  two returns are the least that can move together
        raise InputError(f"the results share {len(shared)} days; a correlation needs at least three")
    wanted = set(shared)
    returns = [_returns(result, wanted) for result in results.values()]
    return Correlation(
        names=tuple(results),
        first_day=shared[0],
        last_day=shared[-1],
        days=len(shared),
        matrix=_matrix(returns),
    )


def _matrix(returns: Sequence[Array]) -> tuple[tuple[float | None, ...], ...]:
    """Each pair is computed once, so that both of its places have the same value to the last digit."""
    places = range(len(returns))
    pairs = {
        (row, column): _pearson(returns[row], returns[column]) for row in places for column in places if row <= column
    }
    return tuple(tuple(pairs[min(row, column), max(row, column)] for column in places) for row in places)


def _returns(result: BacktestResult, wanted: set[date]) -> Array:
    values = [value for day, value in zip(result.days, result.equity, strict=True) if day in wanted]
    return daily_returns(np.asarray(values, dtype=np.float64))


def _pearson(one: Array, other: Array) -> float | None:
    if not (vary(one) and vary(other)):
        return None
    if one is other:
        return 1.0
    return float(min(1.0, max(-1.0, np.corrcoef(one, other)[0, 1])))
