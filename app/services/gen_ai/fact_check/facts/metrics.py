"""What a backtest measures: the unit of each metric, how it is printed, what is better, and what it is called."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Unit(StrEnum):
    """What a value is counted in. A fraction of 0.12 is printed as 12 %; a level is a mark on an indicator's scale."""

    FRACTION = "fraction"
    RATIO = "ratio"
    USD = "usd"
    COUNT = "count"
    BARS = "bars"
    YEARS = "years"
    DATE = "date"
    LEVEL = "level"
    POINTS = "points"
    """A difference between two fractions: 0.074 is 7.4 percentage points."""
    MULTIPLE = "multiple"
    """One value over another of the same kind: 2.0 is twice."""
    RELATIVE = "relative"
    """By how much one value is more than another of the same kind: 0.5 is half as much again."""
    RANK = "rank"


Better = Literal["more", "less", "neither"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`decimals` count in the printed form (of percent, for a fraction).

    `magnitude`: the value is a loss by its name, so that its sign says nothing; more of it is more of a loss.
    """

    unit: Unit
    decimals: int
    words: str
    better: Better = "more"
    magnitude: bool = False


METRICS: dict[str, Metric] = {
    "total_return": Metric(Unit.FRACTION, 1, "total return"),
    "annualised_return": Metric(Unit.FRACTION, 1, "annualised return"),
    "excess_return": Metric(Unit.FRACTION, 1, "return above the benchmark's"),
    "volatility": Metric(Unit.FRACTION, 1, "volatility", better="less"),
    "sharpe_ratio": Metric(Unit.RATIO, 2, "Sharpe ratio"),
    "sortino_ratio": Metric(Unit.RATIO, 2, "Sortino ratio"),
    "calmar_ratio": Metric(Unit.RATIO, 2, "Calmar ratio"),
    "max_drawdown": Metric(Unit.FRACTION, 1, "maximum drawdown", better="less", magnitude=True),
    "var_95": Metric(Unit.FRACTION, 1, "value at risk at 95 %", better="less", magnitude=True),
    "var_99": Metric(Unit.FRACTION, 1, "value at risk at 99 %", better="less", magnitude=True),
    "cvar_95": Metric(Unit.FRACTION, 1, "expected shortfall at 95 %", better="less", magnitude=True),
    "cvar_99": Metric(Unit.FRACTION, 1, "expected shortfall at 99 %", better="less", magnitude=True),
    "trades": Metric(Unit.COUNT, 0, "number of trades", better="neither"),
    "trades_per_year": Metric(Unit.COUNT, 1, "number of trades a year", better="neither"),
    "years_per_trade": Metric(Unit.YEARS, 1, "years for each trade", better="neither"),
    "wins": Metric(Unit.COUNT, 0, "number of winning trades"),
    "losses": Metric(Unit.COUNT, 0, "number of losing trades", better="less"),
    "wins_per_loss": Metric(Unit.MULTIPLE, 2, "winning trades for each losing one"),
    "losses_per_win": Metric(Unit.MULTIPLE, 2, "losing trades for each winning one", better="less"),
    "win_rate": Metric(Unit.FRACTION, 1, "win rate"),
    "loss_rate": Metric(Unit.FRACTION, 1, "share of losing trades", better="less"),
    "exposure": Metric(Unit.FRACTION, 1, "share of days with a position", better="neither"),
    "initial_cash": Metric(Unit.USD, 0, "initial cash", better="neither"),
    "final_value": Metric(Unit.USD, 0, "final value"),
    "profit": Metric(Unit.USD, 0, "profit"),
    "growth_multiple": Metric(Unit.MULTIPLE, 2, "final value as a multiple of the initial cash"),
    "alpha": Metric(Unit.FRACTION, 1, "alpha"),
    "beta": Metric(Unit.RATIO, 2, "beta", better="neither"),
    "correlation": Metric(Unit.RATIO, 2, "correlation of daily returns", better="neither"),
    "bars": Metric(Unit.BARS, 0, "number of bars", better="neither"),
    "days": Metric(Unit.BARS, 0, "number of days", better="neither"),
    "share": Metric(Unit.FRACTION, 0, "share of all days", better="neither"),
    "years": Metric(Unit.YEARS, 0, "length in years", better="neither"),
}


def words_for(name: str) -> str:
    """A metric, or another fact, as a sentence calls it."""
    known = METRICS.get(name)
    return known.words if known else name.replace("_", " ")
