"""Axes have few labels, on round values."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.reports.page.charts import round_values, time_ticks

_ROUND = {Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5)}


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), st.integers(2, 6))
def test_round_values_enclose_both_ends_in_equal_round_steps(one: float, other: float, intervals: int) -> None:
    low, high = sorted((one, other))
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-3):
        low = high
    found = round_values(low, high, intervals)
    assert found[0] <= Decimal(low)
    assert found[-1] >= Decimal(high)
    steps = {later - earlier for earlier, later in pairwise(found)}
    assert len(steps) == 1
    step = steps.pop()
    assert step.scaleb(-step.adjusted()).normalize() in _ROUND
    assert 2 <= len(found) <= intervals * 2 + 2


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (55_088, 238_641, ["50000", "100000", "150000", "200000", "250000"]),
        (0, 100, ["0", "25", "50", "75", "100"]),
        (99_000, 101_500, ["99000", "99500", "100000", "100500", "101000", "101500"]),
    ],
)
def test_round_values_are_those_that_a_person_would_choose(low: float, high: float, found: list[str]) -> None:
    assert [str(value.to_integral_value()) for value in round_values(low, high, 4)] == found


def test_a_value_that_never_changes_still_has_an_axis_around_it() -> None:
    found = round_values(100_000, 100_000, 4)
    assert found[0] < 100_000 < found[-1]
    assert round_values(0, 0, 4)[0] < 0


@given(st.dates(date(1800, 1, 1), date(2200, 1, 1)), st.integers(1, 60_000))
def test_time_ticks_are_few_rise_and_lie_within_the_range(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = [tick.day for tick in time_ticks(first, last)]
    assert 1 <= len(found) <= 10
    assert found == sorted(set(found))
    assert first <= found[0]
    assert found[-1] <= last


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (date(1999, 1, 4), date(2018, 12, 31), [str(year) for year in range(2000, 2019, 2)]),
        (
            date(2018, 1, 2),
            date(2021, 12, 30),
            ["2018-07", "2019-01", "2019-07", "2020-01", "2020-07", "2021-01", "2021-07"],
        ),
        (date(2020, 1, 6), date(2020, 6, 29), ["2020-02", "2020-03", "2020-04", "2020-05", "2020-06"]),
        (date(2020, 1, 6), date(2020, 3, 27), ["01-06", "01-20", "02-03", "02-17", "03-02", "03-16"]),
        (date(2020, 1, 6), date(2020, 1, 10), ["01-06", "01-07", "01-08", "01-09", "01-10"]),
        (date(2020, 1, 6), date(2020, 2, 17), ["01-06", "01-13", "01-20", "01-27", "02-03", "02-10", "02-17"]),
    ],
)
def test_time_ticks_are_first_days_of_years_or_months_or_days(first: date, last: date, labels: list[str]) -> None:
    assert [tick.label for tick in time_ticks(first, last)] == labels
