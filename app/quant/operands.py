"""What a condition can compare: indicators with their parameters, prices, and plain numbers.

What the indicators are called and what their parameters may be stands in `app.quant.indicators`.
"""

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
