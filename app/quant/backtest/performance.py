"""What a backtest is measured by: the equity curve and its metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from app.quant.backtest.config import CONVENTIONS
from app.quant.backtest.positions import Position
from app.quant.market.bars import Array, Bars


def equity(bars: Bars, held: Sequence[Position], initial_cash: float) -> Array:
    """Cash and shares at the close, of each bar of the range."""
    begins, cash, shares = [bars.warm_up], [initial_cash], [0.0]
    for position in held:
        begins.append(position.entry)
        cash.append(position.cash)
        shares.append(position.shares)
        if position.sale is not None:
            begins.append(position.sale.bar)
            cash.append(position.cash + position.sale.proceeds)
            shares.append(0.0)
    lengths = np.diff([*begins, len(bars)])
    return np.repeat(cash, lengths) + np.repeat(shares, lengths) * bars.close[bars.warm_up :]


def drawdown(values: Array) -> Array:
    """How far each value is below the highest one before, as a negative fraction; 0 at a new high."""
    return values / np.maximum.accumulate(values) - 1


# What a curve of values achieved. Definitions are those of empyrical, against which the tests hold them.
#
# Fractions and plain ratios; None where a figure is not defined, as a ratio to a variance of zero.

_YEAR = CONVENTIONS.days_per_year
RISK_FREE_A_DAY = CONVENTIONS.risk_free_rate / _YEAR
STILL = 1e-8
"""A deviation of daily returns that is no greater is no movement to divide by: rounding, or as good as nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Of one curve. Values at risk and shortfalls (cvar) are returns of a day: negative for a loss."""

    total_return: float
    annualised_return: float | None
    volatility: float | None
    sharpe_ratio: float | None
    sortino_ratio: float | None
    calmar_ratio: float | None
    max_drawdown: float
    var_95: float | None
    var_99: float | None
    cvar_95: float | None
    cvar_99: float | None
    final_value: float


def daily_returns(values: Array) -> Array:
    return values[1:] / values[:-1] - 1


def performance(values: Array) -> Performance:
    """The performance of a curve with one value a day; all of them are above 0."""
    returns = daily_returns(values)
    growth, fall = float(values[-1] / values[0]), float(drawdown(values).min())
    annualised = _compounded(growth, _YEAR / len(returns)) if len(returns) else None
    return Performance(
        total_return=growth - 1,
        annualised_return=annualised,
        volatility=volatility(returns),
        sharpe_ratio=sharpe_ratio(returns),
        sortino_ratio=_sortino_ratio(returns),
        calmar_ratio=annualised / -fall if annualised is not None and fall < 0 else None,
        max_drawdown=fall,
        **_tails(returns),
        final_value=float(values[-1]),
    )


def volatility(returns: Array) -> float | None:
    """Standard deviation of daily returns, a year; None with fewer than two."""
    return float(returns.std(ddof=1)) * sqrt(_YEAR) if len(returns) > 1 else None


def sharpe_ratio(returns: Array) -> float | None:
    """Mean return above the risk-free rate per deviation, a year."""
    if not vary(returns):
        return None
    return float(returns.mean() - RISK_FREE_A_DAY) / float(returns.std(ddof=1)) * sqrt(_YEAR)


def _sortino_ratio(returns: Array) -> float | None:
    """As Sharpe's, over the deviation below the risk-free rate alone."""
    excess = returns - RISK_FREE_A_DAY
    downwards = sqrt(float(np.square(np.minimum(excess, 0)).mean())) if vary(returns) else 0.0
    return float(excess.mean()) / downwards * sqrt(_YEAR) if downwards > STILL else None


def _tails(returns: Array) -> dict[str, float | None]:
    """Value at risk: the quantile of the daily returns. Shortfall (cvar): the mean of the returns up to it."""
    if not len(returns):
        return dict.fromkeys(("var_95", "var_99", "cvar_95", "cvar_99"))
    ordered = np.sort(returns)
    return {
        "var_95": _quantile(ordered, 0.05),
        "var_99": _quantile(ordered, 0.01),
        "cvar_95": _shortfall(ordered, 0.05),
        "cvar_99": _shortfall(ordered, 0.01),
    }


def _quantile(ordered: Array, fraction: float) -> float:
    """Linear between the two nearest."""
    place = (len(ordered) - 1) * fraction
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


def _shortfall(ordered: Array, fraction: float) -> float:
    return float(ordered[: int((len(ordered) - 1) * fraction) + 1].mean())


def alpha_beta(returns: Array, benchmark: Array) -> tuple[float | None, float | None]:
    """The return a year that the benchmark does not explain, and how far the returns move with it."""
    if not vary(benchmark):
        return None, None
    excess, market = returns - RISK_FREE_A_DAY, benchmark - RISK_FREE_A_DAY
    deviations = market - market.mean()
    beta = float(((excess - excess.mean()) * deviations).sum() / np.square(deviations).sum())
    daily = float((excess - beta * market).mean())
    return _compounded(1 + daily, _YEAR), beta


def vary(returns: Array) -> bool:
    return len(returns) > 1 and float(returns.std(ddof=1)) > STILL


def _compounded(growth: float, times: float) -> float | None:
    """What a growth comes to when it is repeated; None where that is nothing that a float can hold."""
    try:
        return growth**times - 1 if growth > 0 else None
    except OverflowError:
        return None
