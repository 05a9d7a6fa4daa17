"""What a condition can compare: indicators with their parameters, prices, and plain numbers.

The limits of the parameters are those of the platform: they keep a strategy computable on daily bars.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Period = Annotated[int, Field(ge=2, le=400)]


class Operand(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def __str__(self) -> str:
        return type(self).__name__


class MovingAverage(Operand):
    """A moving average of the close; `period` in bars."""

    kind: Literal["SMA", "EMA", "WMA", "DEMA", "TEMA"]
    period: Period

    def __str__(self) -> str:
        return f"{self.kind}({self.period})"


class Oscillator(Operand):
    """RSI and ADX (0 to 100), ATR (price units), ROC (rate of change in percent); `period` in bars."""

    kind: Literal["RSI", "ATR", "ADX", "ROC"]
    period: Period

    def __str__(self) -> str:
        return f"{self.kind}({self.period})"


class Macd(Operand):
    """Moving average convergence divergence; periods in bars."""

    kind: Literal["MACD"]
    fast: Period
    slow: Period
    signal: Period
    line: Literal["line", "signal", "histogram"]

    def __str__(self) -> str:
        return f"MACD({self.fast},{self.slow},{self.signal}).{self.line}"


class BollingerBand(Operand):
    """A band `deviations` standard deviations away from the moving average of `period` bars."""

    kind: Literal["BBANDS"]
    period: Period
    deviations: Annotated[float, Field(gt=0, le=5)]
    band: Literal["upper", "middle", "lower"]

    def __str__(self) -> str:
        return f"BBANDS({self.period},{self.deviations:g}).{self.band}"


class Stochastic(Operand):
    """Stochastic oscillator, 0 to 100; periods in bars."""

    kind: Literal["STOCH"]
    k_period: Period
    smoothing: Annotated[int, Field(ge=1, le=50)]
    d_period: Annotated[int, Field(ge=1, le=50)]
    line: Literal["k", "d"]

    def __str__(self) -> str:
        return f"STOCH({self.k_period},{self.smoothing},{self.d_period}).{self.line}"


class Price(Operand):
    kind: Literal["PRICE"]
    field: Literal["open", "high", "low", "close"]

    def __str__(self) -> str:
        return self.field


class Number(Operand):
    kind: Literal["NUMBER"]
    value: Annotated[float, Field(ge=-1e9, le=1e9)]

    def __str__(self) -> str:
        return f"{self.value:g}"


AnyOperand = Annotated[
    MovingAverage | Oscillator | Macd | BollingerBand | Stochastic | Price | Number,
    Field(discriminator="kind"),
]
