"""Numbers in every style that reports use, and what only looks like one."""

import pytest

from app.services.gen_ai.fact_check.numbers.finder import find_numbers
from app.services.gen_ai.fact_check.numbers.number import Hedge, Kind, Number
from tests.tables import each_line


def _only(text: str) -> Number:
    (number,) = find_numbers(text).numbers
    return number


@each_line(
    ("text", "kind", "value", "step", "sign"),
    [
        ("12.3 %", Kind.PERCENT, 12.3, 0.1, 0),
        ("12.3%", Kind.PERCENT, 12.3, 0.1, 0),
        ("12,3 %", Kind.PERCENT, 12.3, 0.1, 0),
        ("-0.12", Kind.PLAIN, 0.12, 0.01, -1),
        ("\u221212%", Kind.PERCENT, 12, 1, -1),
        ("\u201312%", Kind.PERCENT, 12, 1, -1),
        ("+0.574", Kind.PLAIN, 0.574, 0.001, 1),
        ("minus 0.84", Kind.PLAIN, 0.84, 0.01, -1),
        ("마이너스 3.2%", Kind.PERCENT, 3.2, 0.1, -1),
        ("12 percent", Kind.PERCENT, 12, 1, 0),
        ("12퍼센트입니다", Kind.PERCENT, 12, 1, 0),
        ("12 percent입니다", Kind.PERCENT, 12, 1, 0),
        ("7.4%p", Kind.POINTS, 7.4, 0.1, 0),
        ("7.4 percentage points", Kind.POINTS, 7.4, 0.1, 0),
        ("7.4%포인트", Kind.POINTS, 7.4, 0.1, 0),
        ("48 basis points", Kind.BASIS_POINTS, 48, 1, 0),
        ("318bp", Kind.BASIS_POINTS, 318, 1, 0),
        ("1,234.56", Kind.PLAIN, 1234.56, 0.01, 0),
        ("1.234,56", Kind.PLAIN, 1234.56, 0.01, 0),
        ("1\u202f234,5", Kind.PLAIN, 1234.5, 0.1, 0),
        ("1억 2천만 달러", Kind.MONEY, 120_000_000, 10_000_000, 0),
        ("3만 5천 달러", Kind.MONEY, 35_000, 1_000, 0),
        ("10만 4,120달러", Kind.MONEY, 104_120, 1, 0),
        ("1억 2,093만 달러", Kind.MONEY, 120_930_000, 10_000, 0),
        ("이천만 달러", Kind.MONEY, 20_000_000, 1, 0),
        ("$1.2 million", Kind.MONEY, 1_200_000, 100_000, 0),
        ("USD 157.4k", Kind.MONEY, 157_400, 100, 0),
        ("-$1.2M", Kind.MONEY, 1_200_000, 100_000, -1),
        ("104,120 USD", Kind.MONEY, 104_120, 1, 0),
        ("7만 7,952원입니다", Kind.FOREIGN_MONEY, 77_952, 1, 0),
        ("€500", Kind.FOREIGN_MONEY, 500, 1, 0),
        ("twice", Kind.TIMES, 2, 1, 0),
        ("두 배", Kind.TIMES, 2, 1, 0),
        ("2.1배", Kind.TIMES, 2.1, 0.1, 0),
        ("two and a half times", Kind.TIMES, 2.5, 0.5, 0),
        ("half", Kind.SHARE, 0.5, 0, 0),
        ("절반", Kind.SHARE, 0.5, 0, 0),
        ("two-thirds", Kind.SHARE, 2 / 3, 0, 0),
        ("3분의 1", Kind.SHARE, 1 / 3, 0, 0),
        ("삼분의 이", Kind.SHARE, 2 / 3, 0, 0),
        ("세 번", Kind.COUNT, 3, 1, 0),
        ("마흔두 번", Kind.COUNT, 42, 1, 0),
        ("5회", Kind.COUNT, 5, 1, 0),
        ("다섯 개", Kind.COUNT, 5, 1, 0),
        ("백사십이 회", Kind.COUNT, 142, 1, 0),
        ("십이 점 삼 퍼센트", Kind.PERCENT, 12.3, 0.1, 0),
        ("forty-two trades", Kind.COUNT, 42, 1, 0),
        ("one hundred and four percent", Kind.PERCENT, 104, 1, 0),
        ("twelve point three percent", Kind.PERCENT, 12.3, 0.1, 0),
        ("two decades", Kind.YEARS, 20, 1, 0),
        ("four-year", Kind.YEARS, 4, 1, 0),
        ("20년간", Kind.YEARS, 20, 1, 0),
        ("14-day", Kind.DAYS, 14, 1, 0),
        ("50일선", Kind.DAYS, 50, 1, 0),
        ("5,031거래일", Kind.DAYS, 5031, 1, 0),
        ("200-week", Kind.WEEKS, 200, 1, 0),
        ("1위", Kind.RANK, 1, 1, 0),
        ("2nd", Kind.RANK, 2, 1, 0),
    ],
)
def test_a_number_is_read_with_its_unit(text: str, kind: Kind, value: float, step: float, sign: int) -> None:
    number = _only(text)
    assert (number.kind, number.sign) == (kind, sign)
    assert (number.value, number.step) == pytest.approx((value, step))


@each_line(
    ("text", "year", "month", "day"),
    [
        ("2018-12-31", 2018, 12, 31),
        ("2018.12.31", 2018, 12, 31),
        ("2018년 12월 31일", 2018, 12, 31),
        ("December 31, 2018", 2018, 12, 31),
        ("31 December 2018", 2018, 12, 31),
        ("the 2nd of January 2025", 2025, 1, 2),
        ("12월 30일", None, 12, 30),
        ("2018년 12월", 2018, 12, None),
        ("Dec 2018", 2018, 12, None),
        ("in 2018", 2018, None, None),
        ("2018년", 2018, None, None),
    ],
)
def test_a_date_is_read_as_far_as_it_is_written(
    text: str, year: int | None, month: int | None, day: int | None
) -> None:
    """And is no number besides."""
    found = find_numbers(text)
    (date,) = found.dates
    assert (date.year, date.month, date.day) == (year, month, day)
    assert found.numbers == ()


def test_a_range_of_years_is_two_dates_and_a_count_of_trades_none() -> None:
    assert [date.year for date in find_numbers("1999-2018, between 2003 and 2012").dates] == [1999, 2018, 2003, 2012]
    assert find_numbers("In 2018 trades it earned").dates == ()


@each_line(
    ("text", "hedge"),
    [
        ("about 40", Hedge.ABOUT),
        ("약 40", Hedge.ABOUT),
        ("40가량", Hedge.ABOUT),
        ("more than 40", Hedge.OVER),
        ("40 이상", Hedge.OVER),
        ("40회 넘게", Hedge.OVER),
        ("above 40", Hedge.ABOVE),
        ("40을 넘는", Hedge.ABOVE),
        ("less than 40", Hedge.UNDER),
        ("40 미만", Hedge.UNDER),
        ("1%가 채 안 된다", Hedge.UNDER),
        ("just below 0.8", Hedge.BELOW),
        ("0.8에 조금 못 미친다", Hedge.BELOW),
        ("거의 40", Hedge.BELOW),
        ("the 40", Hedge.EXACT),
        ("최대 낙폭 40", Hedge.EXACT),
    ],
)
def test_how_exactly_a_number_is_meant(text: str, hedge: Hedge) -> None:
    assert _only(text).hedge is hedge


@each_line(
    ("text", "part", "whole"),
    [
        ("three of five", 3, 5),
        ("39 of 93 trades", 39, 93),
        ("eight of the ten trades", 8, 10),
        ("nineteen days out of twenty", 19, 20),
        ("one trade in three", 1, 3),
        ("17회 중 13회", 13, 17),
        ("스물여덟 번 가운데 열여섯 번", 16, 28),
        ("열 번에 네 번", 4, 10),
    ],
)
def test_a_of_b_is_one_statement(text: str, part: int, whole: int) -> None:
    numbers = find_numbers(text).numbers
    assert [(number.value, number.whole) for number in numbers if number.whole] == [(part, whole)]
    assert [(number.value, number.part) for number in numbers if number.part] == [(whole, part)]


def test_a_record_of_wins_and_losses_counts_each() -> None:
    found = find_numbers("17전 13승 4패").numbers
    assert [(number.value, number.noun) for number in found] == [(17, "trades"), (13, "wins"), (4, "losses")]


def test_the_unit_of_a_list_and_of_a_range_is_that_of_all() -> None:
    assert {number.kind for number in find_numbers("periods of 12, 26 and 9 days").numbers} == {Kind.DAYS}
    assert {number.kind for number in find_numbers("3\u20135 trades").numbers} == {Kind.COUNT}


def test_the_arguments_of_an_indicator_are_numbers_each() -> None:
    """SMA(50,200) is not fifty point two."""
    assert [number.value for number in find_numbers("SMA(50,200), RSI(14), MACD(12, 26, 9)").numbers] == [
        *(50, 200),
        14,
        *(12, 26, 9),
    ]


@each_line(
    ("text", "said"),
    [
        ("1. Return", "1."),
        ("2) Risk", "2)"),
        ("3.1. Trades", "3.1."),
        ("see (1) the return, (2) the risk", "(1)"),
        ("제2장 위험", "제2장"),
        ("Table 3 shows it", "Table 3"),
        ("S&P 500", "S&P 500"),
        ("S&P 500을", "S&P 500"),
        ("Nasdaq 100", "Nasdaq 100"),
        ("코스피 200", "코스피 200"),
        ("at one point", "at one point"),
    ],
)
def test_what_is_written_like_a_number_without_being_one(text: str, said: str) -> None:
    found = find_numbers(text)
    assert found.numbers == ()
    assert found.no_claims[0].text == said


@pytest.mark.parametrize(
    "text",
    [
        "이번 사건은 일회성이다",
        "한편 두드러진 세계에서 네트워크가",
        "만년 적자",
        "이 전략은 열심히",
        "someone, done, often, weighty",
    ],
)
def test_syllables_inside_words_are_no_numbers(text: str) -> None:
    assert find_numbers(text).numbers == ()


def test_digits_in_a_name_are_not_read() -> None:
    text = "SMA 20/100 Crossover made 42.5%"
    assert [number.text for number in find_numbers(text, [(0, 20)]).numbers] == ["42.5%"]
