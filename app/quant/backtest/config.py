"""How a backtest fills, pays and counts, and the conventions of its figures."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class BacktestConfig(BaseModel):
    """Cash, limits and costs. Money has no currency of its own: it is in that of the prices.

    These are floats, unlike what OpenAI bills: a backtest estimates, it books nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    initial_cash: Annotated[float, Field(gt=0, le=1e12)] = Field(
        default=100_000.0, description="Cash on the first day, in the currency of the prices"
    )
    max_position: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.2,
        description="The most of the capital that a position may take, fraction; caps the strategy's own size",
    )
    commission: Annotated[float, Field(ge=0, le=0.1)] = Field(
        default=0.001, description="Fraction of what is bought or sold, at each fill"
    )
    slippage: Annotated[float, Field(ge=0, le=0.1)] = Field(
        default=0.0005, description="Fraction by which each fill is worse than the price it is meant for"
    )


DEFAULT_CONFIG = BacktestConfig()

# What every figure of a backtest rests on. These stand here alone, and every result carries them.


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
