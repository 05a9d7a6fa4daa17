"""Figures are printed in one way."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from app.services.gen_ai.reports.page import Fact
from app.services.gen_ai.reports.page.measured import Unit
from app.services.gen_ai.reports.page.number_style import (
    axis_money,
    count,
    dollars,
    moment,
    money,
    percent,
    price,
    printed_fact,
    ratio,
    signed_percent,
)
from tests.tables import each_line


@each_line(
    ("fraction", "text"),
    [
        (1.0412, "104.1%"),
        (-0.5678, "-56.8%"),
        (0.01, "1.0%"),
        (0.0031, "0.31%"),
        (-0.0031, "-0.31%"),
        (0.0, "0.0%"),
        (-0.0, "0.0%"),
        (-0.000001, "0.00%"),
        (12.5, "1,250.0%"),
    ],
)
def test_percent_has_one_decimal_and_two_where_it_is_small(fraction: float, text: str) -> None:
    assert percent(fraction) == text


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.125, "+12.5%"), (-0.125, "-12.5%"), (0.0, "0.0%"), (0.0001, "0.0%"), (-0.0001, "0.0%")]
)
def test_a_change_has_a_sign_unless_it_is_none(fraction: float, text: str) -> None:
    assert signed_percent(fraction) == text


def test_money_prices_ratios_and_counts_have_separators_and_no_currency() -> None:
    assert [money(1_234_567.8), money(99.5), money(-5236.6), money(0.0)] == ["1,234,568", "99.50", "-5,237", "0.00"]
    assert [price(1391.915), price(0.12345), price(1.0)] == ["1,391.91", "0.1235", "1.00"]
    assert [ratio(0.178), ratio(-0.001)] == ["0.18", "0.00"]
    assert count(1234) == "1,234"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("0.00042150"), "USD 0.0004215"),
        (Decimal(0), "USD 0"),
        (Decimal("0E-9"), "USD 0"),
        (Decimal(100), "USD 100"),
    ],
)
def test_what_openai_billed_is_printed_exactly(amount: Decimal, text: str) -> None:
    assert dollars(amount) == text


def test_times_are_printed_in_utc() -> None:
    seoul = timezone(timedelta(hours=9))
    assert moment(datetime(2026, 11, 24, 8, 30, tzinfo=seoul)) == "2026-11-23 23:30 UTC"
    assert moment(datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) == "2026-11-23 12:00 UTC"


@each_line(
    ("unit", "value", "decimals", "english", "korean"),
    [
        ("fraction", 0.1234, 1, "12.3%", "12.3%"),
        ("fraction", 0.0012, 1, "0.1%", "0.1%"),
        ("relative", 0.5, 0, "50%", "50%"),
        ("points", 0.074, 1, "7.4 percentage points", "7.4%p"),
        ("multiple", 2.0, 2, "2.00 times", "2.00배"),
        ("ratio", 1.2345, 2, "1.23", "1.23"),
        ("money", 147875.6, 0, "147,876", "147,876"),
        ("count", 47.0, 0, "47", "47"),
        ("level", 30.0, 0, "30", "30"),
        ("date", date(1999, 1, 4), 0, "1999-01-04", "1999-01-04"),
    ],
)
def test_a_fact_is_printed_with_exactly_its_decimals(
    unit: Unit, value: float | date, decimals: int, english: str, korean: str
) -> None:
    fact = Fact("a", value, unit, decimals)
    assert (printed_fact(fact, "en"), printed_fact(fact, "ko")) == (english, korean)


@pytest.mark.parametrize(
    ("value", "greatest", "english", "korean"),
    [
        (150_000, 200_000, "150,000", "150,000"),
        (0, 12_500_000, "0", "0"),
        (12_500_000, 12_500_000, "12.5M", "1,250만"),
        (2_500_000_000, 10_000_000_000, "2.5B", "25억"),
        (15_000_000_000_000, 20_000_000_000_000, "15T", "15조"),
    ],
)
def test_large_values_on_an_axis_are_counted_in_the_units_of_the_language(
    value: int, greatest: int, english: str, korean: str
) -> None:
    given = Decimal(value), Decimal(greatest)
    assert (axis_money(*given, "en"), axis_money(*given, "ko")) == (english, korean)
