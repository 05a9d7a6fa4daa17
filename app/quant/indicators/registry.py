"""All indicators, and how one is found by a Korean or English name."""

import unicodedata

from app.quant.indicators.averages import AVERAGES, BOLLINGER, MACD
from app.quant.indicators.definition import Indicator
from app.quant.indicators.oscillators import ADX, ATR, ROC, RSI, STOCHASTIC

INDICATORS: tuple[Indicator, ...] = (*AVERAGES, RSI, MACD, BOLLINGER, ATR, ADX, STOCHASTIC, ROC)

_BY_ID = {indicator.id: indicator for indicator in INDICATORS}


def indicator(kind: str) -> Indicator:
    """The indicator of this id; a KeyError for a price or a number, which are none."""
    return _BY_ID[kind]


# Finds indicators by what people call them, in Korean or English.

_NOWHERE = 9


def search_indicators(query: str = "") -> list[Indicator]:
    """The indicators in which every word of the query occurs, the best match first; without a word, all of them.

    Case, width, numbers and, within a name, spaces do not count: 이동 평균 finds 이동평균, and RSI 14 the RSI.
    """
    words = [word for word in _folded(query).split() if not word.isdecimal()]
    ranked = [(max((_place(word, indicator) for word in words), default=0), indicator) for indicator in INDICATORS]
    found = [(place, indicator) for place, indicator in ranked if place < _NOWHERE]
    return [indicator for _, indicator in sorted(found, key=lambda pair: pair[0])]


def _place(word: str, indicator: Indicator) -> int:
    """Where a word occurs: 0 is the id itself, then its beginning, the names, what else it is called, the rest."""
    names = (indicator.name_en, indicator.name_ko, *(output.name for output in indicator.outputs))
    descriptions = (indicator.description_en, indicator.description_ko)
    looks = (
        word == _folded(indicator.id),
        _folded(indicator.id).startswith(word),
        any(word in _joined(name) for name in names),
        any(word in _joined(alias) for alias in indicator.aliases),
        any(word in _joined(description) for description in descriptions),
    )
    return looks.index(True) if any(looks) else _NOWHERE


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _joined(text: str) -> str:
    return "".join(_folded(text).split())
