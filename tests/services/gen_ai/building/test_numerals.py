"""Numbers in texts, and whether they are those of a strategy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.figures import figure, percent
from app.quant.study import tunables
from app.quant.words import in_words
from app.services.gen_ai.building.verifier import KnownNumbers, Numeral, numerals
from tests.fakes.random_strategies import random_strategy
from tests.fakes.strategies import plan, roc, when
from tests.tables import each_line


@each_line(
    ("text", "found"),
    [
        ("RSI 30 이하에서 사고 70 이상", [(30, False), (70, False)]),
        ("손절 5%, 익절 12.5 퍼센트", [(5, True), (12.5, True)]),
        ("손절은 3프로로", [(3, True)]),
        ("프로그램 3 프로그램", [(3, False)]),
        ("a stop of 5 per cent", [(5, True)]),
        ("MACD(12,26,9) and BBANDS(20,2.5)", [(12, False), (26, False), (9, False), (20, False), (2.5, False)]),
        ("SMA(5,100) of 1,000,000", [(5, False), (100, False), (1_000_000, False)]),
        ("SMA 20/60, EMA20-50", [(20, False), (60, False), (20, False), (50, False)]),
        ("falls by -5%", [(5, True)]),
        ("0.05 or .5", [(0.05, False), (0.5, False)]),
        ("Ends here 5. Begins", [(5, False)]),
        ("\uff15\uff05 하락", [(5, True)]),  # full width
        ("the S&P 500, KOSPI 200 and 나스닥 100 have no number", []),
        ("no number at all", []),
    ],
)
def test_numbers_are_read_in_both_languages(text: str, found: list[tuple[float, bool]]) -> None:
    assert [(each.value, each.is_percent) for each in numerals(text)] == found


@given(st.floats(0, 1e9).map(lambda value: round(value, 4)))
def test_a_printed_number_is_read_back(value: float) -> None:
    (read,) = numerals(f"about {figure(value)} of it")
    assert (read.value, read.is_percent) == (value, False)


@given(st.floats(0.0001, 10).map(lambda value: round(value, 4)))
def test_a_printed_percentage_is_read_back(value: float) -> None:
    (read,) = numerals(f"about {percent(value)}!")
    assert read.is_percent
    assert read.value == pytest.approx(value * 100)


@given(st.integers(0, 10_000), st.sampled_from(["ko", "en"]))
def test_the_rules_in_words_say_only_numbers_of_the_strategy(seed: int, language: str) -> None:
    """What the program itself writes about any strategy passes for the truth."""
    strategy = random_strategy(seed)
    known = KnownNumbers.of_strategy(strategy)
    text = " ".join(in_words(strategy, "ko" if language == "ko" else "en"))
    assert [each.text for each in numerals(text) if not known.says(each)] == []


def test_a_fraction_may_be_said_in_percent_or_as_it_is_and_a_level_is_no_percentage() -> None:
    known = KnownNumbers.of_strategy(plan(stop_loss=0.05))
    assert known.says(Numeral("5%", 5, is_percent=True))
    assert known.says(Numeral("0.05", 0.05, is_percent=False))
    assert known.says(Numeral("5", 5, is_percent=False))
    assert known.says(Numeral("30", 30, is_percent=False))
    assert not known.says(Numeral("30%", 30, is_percent=True))
    assert not known.says(Numeral("0.3", 0.3, is_percent=False))


def test_a_rate_of_change_is_a_percentage() -> None:
    known = KnownNumbers.of_strategy(plan((when(roc(), "above", -7),)))
    assert known.says(Numeral("7%", 7, is_percent=True))
    assert known.says(Numeral("7", 7, is_percent=False))


@pytest.mark.parametrize("text", ["stop at 5 %", "stop at 0.05", "stop 5"])
def test_a_limit_is_given_however_it_is_written(text: str) -> None:
    (limit,) = [each for each in tunables(plan(stop_loss=0.05)) if each.id == "risk.stop_loss"]
    assert KnownNumbers.of_texts([text]).has(limit)
    assert not KnownNumbers.of_texts(["stop 50%"]).has(limit)


def test_a_period_is_given_by_its_number_alone() -> None:
    period = tunables(plan())[0]
    assert KnownNumbers.of_texts(["the 14-day RSI"]).has(period)
    assert not KnownNumbers.of_texts(["1400"]).has(period)
    assert KnownNumbers.of_fractions([0.14]).has(period)
