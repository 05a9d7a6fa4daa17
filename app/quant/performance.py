"""What holding a series would have brought.

Conventions: 252 trading days a year, a risk-free rate of 2 % a year, drawdown as a negative fraction. All results are
fractions or plain ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import sqrt
from statistics import fmean, stdev

DAYS_PER_YEAR = 252
RISK_FREE_RATE = 0.02


@dataclass(frozen=True, slots=True)
class Performance:
    total_return: float
    annualised_return: float
    volatility: float
    sharpe_ratio: float
    max_drawdown: float


def performance(prices: Sequence[float]) -> Performance:
    """The performance of one unit bought at the first price and held to the last.

    Raises:
        ValueError: fewer than three prices, or one that is not positive.
    """
    if len(prices) < 3 or min(prices) <= 0:  # noqa: PLR2004  two returns are the least that have a deviation
        raise ValueError("at least three positive prices are needed")
    returns = [after / before - 1 for before, after in pairwise(prices)]
    growth = prices[-1] / prices[0]
    excess = [value - RISK_FREE_RATE / DAYS_PER_YEAR for value in returns]
    deviation = stdev(returns)
    return Performance(
        total_return=growth - 1,
        annualised_return=growth ** (DAYS_PER_YEAR / len(returns)) - 1,
        volatility=deviation * sqrt(DAYS_PER_YEAR),
        sharpe_ratio=fmean(excess) / deviation * sqrt(DAYS_PER_YEAR) if deviation else 0.0,
        max_drawdown=min(price / peak - 1 for price, peak in zip(prices, accumulate(prices, max), strict=True)),
    )
