"""What TA-Lib computes for each operand, against the plain loops of `plain_indicators`."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.backtest.positions import IndicatorValues
from app.quant.indicators import INDICATORS
from app.quant.market import Bars, market_data
from app.quant.strategy import AnyIndicator, BollingerBand, Macd, MovingAverage, Oscillator, Stochastic, warm_up
from tests.fakes.bars import flat_bars, random_bars
from tests.fakes.strategies import adx, atr, average, band, macd, num, price, roc, rsi, stoch
from tests.quant.backtest import plain_indicators as plain
from tests.tables import each_line

PERIODS = st.integers(2, 60)
SMOOTHINGS = st.integers(1, 12)
AVERAGES = {"SMA": plain.sma, "EMA": plain.ema, "WMA": plain.wma, "DEMA": plain.dema, "TEMA": plain.tema}
OPERANDS: st.SearchStrategy[AnyIndicator] = st.one_of(
    st.builds(average, st.sampled_from(("SMA", "EMA", "WMA", "DEMA", "TEMA")), PERIODS),
    st.builds(rsi, PERIODS),
    st.builds(atr, PERIODS),
    st.builds(adx, PERIODS),
    st.builds(roc, PERIODS),
    st.builds(
        lambda fast, more, signal, line: macd(fast, fast + more, signal, line),
        PERIODS,
        st.integers(1, 40),
        PERIODS,
        st.sampled_from(("line", "signal", "histogram")),
    ),
    st.builds(band, st.sampled_from(("upper", "middle", "lower")), PERIODS, st.floats(0.1, 5)),
    st.builds(stoch, st.sampled_from(("k", "d")), PERIODS, SMOOTHINGS, SMOOTHINGS),
)


def _plain(operand: AnyIndicator, bars: Bars) -> plain.Line:
    high, low, close = bars.high.tolist(), bars.low.tolist(), bars.close.tolist()
    match operand:
        case MovingAverage():
            return AVERAGES[operand.kind](close, operand.period)
        case Oscillator(kind="RSI" | "ROC"):
            return {"RSI": plain.rsi, "ROC": plain.roc}[operand.kind](close, operand.period)
        case Oscillator():
            return {"ATR": plain.atr, "ADX": plain.adx}[operand.kind](high, low, close, operand.period)
        case Macd():
            lines = plain.macd(close, operand.fast, operand.slow, operand.signal)
            return lines[("line", "signal", "histogram").index(operand.line)]
        case BollingerBand():
            bands = plain.bollinger(close, operand.period, operand.deviations)
            return bands[("upper", "middle", "lower").index(operand.band)]
        case Stochastic(k_period=period, smoothing=smoothing, d_period=d_period):
            k, d = plain.stochastic(high, low, close, k_period=period, smoothing=smoothing, d_period=d_period)
            return k if operand.line == "k" else d


def _computed(operand: AnyIndicator, bars: Bars) -> list[float | None]:
    values = IndicatorValues(bars).of(operand)
    assert not isinstance(values, float)
    return [None if np.isnan(value) else float(value) for value in values]


def _assert_as_plain(operand: AnyIndicator, bars: Bars) -> None:
    computed, expected = _computed(operand, bars), _plain(operand, bars)
    assert [value is None for value in computed] == [value is None for value in expected]
    given_, wanted = ([value for value in line if value is not None] for line in (computed, expected))
    # TA-Lib takes a variance as the difference of two large numbers, and loses half of the digits by it.
    closeness = 1e-6 if isinstance(operand, BollingerBand) else 1e-9
    assert given_ == pytest.approx(wanted, rel=closeness, abs=closeness)


@given(OPERANDS, st.integers(0, 10_000), st.integers(1, 300))
def test_every_indicator_is_what_its_definition_says(operand: AnyIndicator, seed: int, length: int) -> None:
    _assert_as_plain(operand, random_bars(seed, length))


CUSTOMARY = [
    *(average(kind, 20) for kind in get_args(MovingAverage.model_fields["kind"].annotation)),
    rsi(),
    atr(),
    adx(),
    roc(),
    macd(),
    macd(line="signal"),
    macd(line="histogram"),
    band("upper"),
    band("middle"),
    band("lower"),
    stoch(),
    stoch("d"),
]


@each_line("operand", CUSTOMARY)
def test_so_it_is_on_twenty_real_years(operand: AnyIndicator) -> None:
    _assert_as_plain(operand, market_data().bars("GSPC"))


def test_the_real_years_are_about_every_output_of_every_indicator() -> None:
    assert {(operand.kind, operand.output) for operand in CUSTOMARY} == {
        (indicator.id, output.name if indicator.output_field else None)
        for indicator in INDICATORS
        for output in indicator.outputs
    }


@given(OPERANDS, st.integers(0, 10_000), st.integers(1, 200))
def test_a_value_knows_nothing_of_what_comes_later(operand: AnyIndicator, seed: int, length: int) -> None:
    bars = random_bars(seed, 200)
    assert _computed(operand, bars.between(end=bars.days[length - 1])) == _computed(operand, bars)[:length]


@given(OPERANDS)
def test_the_first_value_comes_after_as_many_bars_as_the_registry_says(operand: AnyIndicator) -> None:
    values = _computed(operand, random_bars(7, warm_up(operand) + 3))
    assert [value is None for value in values] == [True] * warm_up(operand) + [False] * 3


@each_line("operand", CUSTOMARY)
def test_an_indicator_of_prices_that_stand_still_is_a_number(operand: AnyIndicator) -> None:
    values = _computed(operand, flat_bars(*[50.0] * 100))
    assert values[-1] == pytest.approx(50.0 if operand.indicator.scale.name == "a price" else 0.0, abs=1e-5)


def test_what_is_asked_twice_is_computed_once_and_one_computation_serves_all_lines() -> None:
    values = IndicatorValues(random_bars(1, 60))
    assert values.of(macd()) is values.of(macd())
    assert values.of(macd(line="signal")) is not values.of(macd())
    assert list(values._computed) == ["MACD(12,26,9)"]
    assert values.of(band("upper", 20, 2.0000001)) is not values.of(band("upper", 20, 2))


def test_a_price_is_its_column_and_a_number_is_itself() -> None:
    bars = random_bars(1, 5)
    values = IndicatorValues(bars)
    assert values.of(price("open")) is bars.open
    assert values.of(num(30)) == 30.0
