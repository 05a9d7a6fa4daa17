"""The list of all indicators: validation, words, schemas, the search and the backtests read it, and no other."""

from app.quant.indicators.averages import AVERAGES, BOLLINGER, MACD
from app.quant.indicators.definition import Indicator
from app.quant.indicators.oscillators import ADX, ATR, ROC, RSI, STOCHASTIC

INDICATORS: tuple[Indicator, ...] = (*AVERAGES, RSI, MACD, BOLLINGER, ATR, ADX, STOCHASTIC, ROC)

_BY_ID = {indicator.id: indicator for indicator in INDICATORS}


def indicator(kind: str) -> Indicator:
    """The indicator of this id; a KeyError for a price or a number, which are none."""
    return _BY_ID[kind]
