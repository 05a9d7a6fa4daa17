"""A range of a series, and the days before it."""

from datetime import date

import numpy as np
import pytest

from app.errors import InputError
from app.quant.market import Bars
from tests.fakes.bars import flat_bars, random_bars, trading_days

DAYS = trading_days(10)


def test_a_range_includes_both_of_its_days_and_keeps_the_days_before_for_the_warm_up() -> None:
    bars = flat_bars(*range(1, 11)).between(DAYS[4], DAYS[6])
    assert (bars.first_day, bars.last_day, bars.warm_up, len(bars)) == (DAYS[4], DAYS[6], 4, 7)
    assert bars.close.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_a_day_without_trade_means_the_next_one_after_or_before() -> None:
    saturday, sunday = date(2020, 1, 11), date(2020, 1, 12)
    bars = flat_bars(*range(1, 11))
    assert bars.between(start=saturday).first_day == date(2020, 1, 13)
    assert bars.between(end=sunday).last_day == date(2020, 1, 10)


def test_without_a_day_the_range_is_open_and_a_range_of_a_range_never_widens_it() -> None:
    bars = flat_bars(*range(1, 11))
    assert bars.between().days == bars.days
    inner = bars.between(DAYS[2], DAYS[7]).between(DAYS[0], DAYS[9])
    assert (inner.first_day, inner.last_day) == (DAYS[2], DAYS[7])


@pytest.mark.parametrize(
    ("start", "end"),
    [(date(2021, 1, 1), None), (None, date(2019, 1, 1)), (DAYS[5], DAYS[4]), (date(2020, 1, 11), date(2020, 1, 12))],
)
def test_a_range_without_a_bar_is_refused_and_told_what_there_is(start: date | None, end: date | None) -> None:
    with pytest.raises(InputError, match=r"TEST has no bars from .* to .*; it has 2020-01-06 to 2020-01-17"):
        flat_bars(*range(1, 11)).between(start, end)


def test_nobody_can_change_a_price() -> None:
    bars = random_bars(1, 5)
    with pytest.raises(ValueError, match="read-only"):
        bars.close[0] = 1.0


def test_columns_of_different_lengths_are_no_series() -> None:
    one = np.ones(2)
    with pytest.raises(ValueError, match="TEST: 2 days, but a column of 3 values"):
        Bars("TEST", DAYS[:2], one, one, one, np.ones(3), one)
