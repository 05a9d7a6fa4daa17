"""A strategy as data: rules of conditions, risk, and how many bars they look back."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.quant.operands import AnyOperand, IndicatorOperand

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


# Are there enough bars for a strategy to act at all?


def warm_up(operand: AnyOperand) -> int:
    """How many bars pass before the operand has its first value."""
    return int(operand.indicator.warm_up(operand.chosen)) if isinstance(operand, IndicatorOperand) else 0


def bars_needed(condition: Condition) -> int:
    """The fewest bars with which a condition can lead to an order that is filled.

    A crossing looks at two bars; an order is filled on the bar after.
    """
    first = max(warm_up(condition.left), warm_up(condition.right))
    return first + (3 if condition.comparison.startswith("crosses") else 2)


def lookback_problems(strategy: Strategy, bars: int) -> Iterator[str]:
    """The conditions that can never hold in a series of so many bars, because it ends too early."""
    for where, rules in (("entry", strategy.entry), ("exit", strategy.exit)):
        for number, condition in enumerate(rules.conditions, start=1):
            if (needed := bars_needed(condition)) > bars:
                yield (
                    f"{where}, condition {number}: {condition} needs {needed} bars before anything can come of it, "
                    f"but there are {bars}; shorten its periods or take more data"
                )
