"""What every figure of a backtest rests on. These stand here alone, and every result carries them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conventions:
    """`days_per_year`: bars that make a year. `risk_free_rate`: fraction a year, 1/252 of it a day."""

    days_per_year: int = 252
    risk_free_rate: float = 0.02
    drawdown: str = "negative fraction of the highest value before"
    value_at_risk: str = "return of a day, negative for a loss"
    fills: str = "signals at the close, filled at the next open; limits within the bar, the worse first"
    benchmark: str = "the same series, bought at the first close and held, without costs"


CONVENTIONS = Conventions()
