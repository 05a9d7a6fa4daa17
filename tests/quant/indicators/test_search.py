"""The search finds an indicator by whatever people call it."""

import pytest

from app.quant.indicators import INDICATORS, search_indicators
from tests.tables import each_line


def _found(query: str) -> list[str]:
    return [known.id for known in search_indicators(query)]


@each_line(
    ("query", "first"),
    [
        ("RSI", "RSI"),
        ("rsi 14", "RSI"),
        ("\uff32\uff33\uff29", "RSI"),  # full width, as Korean keyboards can write it
        ("relative strength", "RSI"),
        ("상대강도지수", "RSI"),
        ("상대 강도", "RSI"),
        ("과매도", "RSI"),
        ("bollinger", "BBANDS"),
        ("볼린저 밴드", "BBANDS"),
        ("BB", "BBANDS"),
        ("golden cross", "SMA"),
        ("골든크로스", "SMA"),
        ("단순 이동 평균", "SMA"),
        ("stochastic", "STOCH"),
        ("스토캐스틱", "STOCH"),
        ("macd histogram", "MACD"),
        ("추세 강도", "ADX"),
        ("rate of change", "ROC"),
        ("weighted", "WMA"),
        ("true range", "ATR"),
    ],
)
def test_an_indicator_is_found_by_its_names_and_nicknames(query: str, first: str) -> None:
    assert _found(query)[0] == first


def test_who_is_named_comes_before_who_is_only_described_by_the_word() -> None:
    assert _found("ema") == ["EMA", "DEMA", "TEMA", "MACD"] or _found("ema")[0] == "EMA"
    assert _found("moving average")[:3] == ["SMA", "EMA", "WMA"]
    assert "MACD" in _found("moving average")
    assert set(_found("변동성")) == {"BBANDS", "ATR"}


def test_every_word_must_occur() -> None:
    assert _found("volatility band") == ["BBANDS"]
    assert _found("volatility oscillator") == []


@pytest.mark.parametrize("query", ["", "  ", "14"])
def test_without_a_word_all_are_listed(query: str) -> None:
    assert search_indicators(query) == list(INDICATORS)


def test_what_nobody_calls_an_indicator_finds_none() -> None:
    assert _found("ichimoku") == []
