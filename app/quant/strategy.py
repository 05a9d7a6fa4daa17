"""A strategy as data: what conditions compare, rules, risk, and how many bars they look back."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.quant.figures import figure
from app.quant.indicators import Indicator, PriceField, indicator


def _limits(kind: str, parameter: str) -> Any:  # noqa: ANN401  what pydantic's Field returns
    limits = indicator(kind).parameter(parameter)
    return Field(ge=limits.lowest, le=limits.highest)


class Operand(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class IndicatorOperand(Operand):
    """An indicator with its parameters; `kind` is its id in the registry."""

    kind: str

    @property
    def indicator(self) -> Indicator:
        return indicator(self.kind)

    @property
    def chosen(self) -> dict[str, float]:
        """The parameters, by name."""
        return {parameter.name: getattr(self, parameter.name) for parameter in self.indicator.parameters}

    @property
    def output(self) -> str | None:
        """The line that is meant; None where the indicator has one only."""
        field = self.indicator.output_field
        return None if field is None else getattr(self, field)

    @property
    def computed(self) -> str:
        """What has to be computed for it, whichever of its lines is meant: MACD(12,26,9)."""
        return f"{self.kind}({','.join(map(figure, self.chosen.values()))})"

    def __str__(self) -> str:
        return self.computed if self.output is None else f"{self.computed}.{self.output}"


class MovingAverage(IndicatorOperand):
    """A moving average of the close; `period` in bars."""

    kind: Literal["SMA", "EMA", "WMA", "DEMA", "TEMA"]
    period: Annotated[int, _limits("SMA", "period")]


class Oscillator(IndicatorOperand):
    """RSI and ADX (0 to 100), ATR (price units), ROC (rate of change in percent); `period` in bars."""

    kind: Literal["RSI", "ATR", "ADX", "ROC"]
    period: Annotated[int, _limits("RSI", "period")]


class Macd(IndicatorOperand):
    """Moving average convergence divergence; periods in bars."""

    kind: Literal["MACD"]
    fast: Annotated[int, _limits("MACD", "fast")]
    slow: Annotated[int, _limits("MACD", "slow")]
    signal: Annotated[int, _limits("MACD", "signal")]
    line: Literal["line", "signal", "histogram"]


class BollingerBand(IndicatorOperand):
    """A band `deviations` standard deviations away from the moving average of `period` bars."""

    kind: Literal["BBANDS"]
    period: Annotated[int, _limits("BBANDS", "period")]
    deviations: Annotated[float, _limits("BBANDS", "deviations")]
    band: Literal["upper", "middle", "lower"]


class Stochastic(IndicatorOperand):
    """Stochastic oscillator, 0 to 100; periods in bars."""

    kind: Literal["STOCH"]
    k_period: Annotated[int, _limits("STOCH", "k_period")]
    smoothing: Annotated[int, _limits("STOCH", "smoothing")]
    d_period: Annotated[int, _limits("STOCH", "d_period")]
    line: Literal["k", "d"]


class Price(Operand):
    kind: Literal["PRICE"]
    field: PriceField

    def __str__(self) -> str:
        return self.field


class Number(Operand):
    kind: Literal["NUMBER"]
    value: Annotated[float, Field(ge=-1e9, le=1e9)]

    def __str__(self) -> str:
        return f"{self.value:g}"


AnyIndicator = MovingAverage | Oscillator | Macd | BollingerBand | Stochastic
AnyOperand = Annotated[AnyIndicator | Price | Number, Field(discriminator="kind")]

# Conditions, rules and risk.

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
