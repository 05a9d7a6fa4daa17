"""Strategies in short words, for tests."""

from collections.abc import Sequence
from typing import Any, Literal

from app.quant.strategy import (
    AnyOperand,
    BollingerBand,
    Condition,
    Macd,
    MovingAverage,
    Number,
    Oscillator,
    Price,
    Risk,
    Rules,
    Stochastic,
    Strategy,
    StrategyType,
)


def average(kind: Literal["SMA", "EMA", "WMA", "DEMA", "TEMA"], period: int) -> MovingAverage:
    return MovingAverage(kind=kind, period=period)


def sma(period: int) -> MovingAverage:
    return average("SMA", period)


def ema(period: int) -> MovingAverage:
    return average("EMA", period)


def dema(period: int) -> MovingAverage:
    return average("DEMA", period)


def tema(period: int) -> MovingAverage:
    return average("TEMA", period)


def rsi(period: int = 14) -> Oscillator:
    return Oscillator(kind="RSI", period=period)


def adx(period: int = 14) -> Oscillator:
    return Oscillator(kind="ADX", period=period)


def atr(period: int = 14) -> Oscillator:
    return Oscillator(kind="ATR", period=period)


def roc(period: int = 20) -> Oscillator:
    return Oscillator(kind="ROC", period=period)


def macd(
    fast: int = 12, slow: int = 26, signal: int = 9, line: Literal["line", "signal", "histogram"] = "line"
) -> Macd:
    return Macd(kind="MACD", fast=fast, slow=slow, signal=signal, line=line)


def band(which: Literal["upper", "middle", "lower"], period: int = 20, deviations: float = 2) -> BollingerBand:
    return BollingerBand(kind="BBANDS", period=period, deviations=deviations, band=which)


def stoch(line: Literal["k", "d"] = "k", k: int = 14, smoothing: int = 3, d: int = 3) -> Stochastic:
    return Stochastic(kind="STOCH", k_period=k, smoothing=smoothing, d_period=d, line=line)


def price(field: Literal["open", "high", "low", "close"] = "close") -> Price:
    return Price(kind="PRICE", field=field)


def num(value: float) -> Number:
    return Number(kind="NUMBER", value=value)


def when(
    left: AnyOperand,
    comparison: Literal["above", "below", "crosses_above", "crosses_below"],
    right: AnyOperand | float,
) -> Condition:
    return Condition(left=left, comparison=comparison, right=num(right) if isinstance(right, int | float) else right)


def rules(combine: Literal["all", "any"], *conditions: Condition) -> Rules:
    return Rules(combine=combine, conditions=conditions)


LOW_RSI = when(rsi(), "below", 30)
HIGH_RSI = when(rsi(), "above", 70)


def plan(
    entry: Rules | Sequence[Condition] = (LOW_RSI,),
    leave: Rules | Sequence[Condition] = (HIGH_RSI,),
    kind: StrategyType = StrategyType.CUSTOM,
    **risk: Any,
) -> Strategy:
    """A strategy that makes sense unless told otherwise; `risk` changes its risk limits."""
    limits: dict[str, Any] = {"position_size": 0.2, "stop_loss": None, "take_profit": None, "cooldown": 0}
    return Strategy(
        name="A plan",
        type=kind,
        description="For tests",
        entry=entry if isinstance(entry, Rules) else rules("all", *entry),
        exit=leave if isinstance(leave, Rules) else rules("any", *leave),
        risk=Risk(**limits | risk),
    )
