"""A strategy as executable data: when to buy, when to sell, how much, and when to give up.

Long only. A strategy that has the right shape may still make no sense; `app.quant.validation` says so.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.quant.operands import AnyOperand

Relation = Literal["above", "below", "crosses_above", "crosses_below"]
Fraction = Annotated[float, Field(gt=0, le=1)]


class StrategyType(StrEnum):
    SMA_CROSSOVER = "sma_crossover"
    RSI_MEAN_REVERSION = "rsi_mean_reversion"
    MOMENTUM = "momentum"
    BUY_AND_HOLD = "buy_and_hold"
    CUSTOM = "custom"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Condition(_Part):
    """True or false at the close of each bar."""

    left: AnyOperand
    comparison: Relation
    right: AnyOperand

    def __str__(self) -> str:
        return f"{self.left} {self.comparison.replace('_', ' ')} {self.right}"


class Rules(_Part):
    """Conditions of which all, or any, must hold. No condition at all: `all` always holds, `any` never does."""

    combine: Literal["all", "any"]
    conditions: Annotated[tuple[Condition, ...], Field(max_length=8)]


class Risk(_Part):
    """`position_size`: fraction of the capital; `stop_loss`, `take_profit`: fraction of the entry price, or none;
    `cooldown`: bars to wait after a sale.
    """

    position_size: Fraction
    stop_loss: Fraction | None
    take_profit: Annotated[float, Field(gt=0, le=10)] | None
    cooldown: Annotated[int, Field(ge=0, le=250)]


class Strategy(_Part):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    type: StrategyType
    description: Annotated[str, Field(max_length=600)]
    entry: Rules
    exit: Rules
    risk: Risk
