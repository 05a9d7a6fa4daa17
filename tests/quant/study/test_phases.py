"""Rising and falling markets: the days of each, and what was earned on them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.study import phases

_CURVE = st.lists(st.tuples(st.floats(0.5, 2), st.floats(0.5, 2)), min_size=2, max_size=60)


def test_days_are_told_apart_by_where_the_benchmark_stood_before() -> None:
    """Two days back: 100, 110, 120 | 121 stands above 110, 100 below 120; the strategy earned 10 % and lost 20 %."""
    bull, bear = phases([100, 100, 100, 110, 88], [100, 110, 105, 121, 100], window=2)
    assert (bull.name, bull.days, bull.share) == ("bull", 2, 0.4)
    assert bull.total_return == pytest.approx(0.1)
    assert bull.benchmark_return == pytest.approx(105 / 110 * 121 / 105 - 1)
    assert (bear.name, bear.days, bear.share) == ("bear", 1, 0.2)
    assert bear.total_return == pytest.approx(-0.2)
    assert bear.benchmark_return == pytest.approx(100 / 121 - 1)


def test_a_kind_without_days_is_left_out() -> None:
    assert [each.name for each in phases([1, 2, 3], [1, 2, 3], window=1)] == ["bull"]
    assert [each.name for each in phases([1, 2, 3], [3, 2, 1], window=1)] == ["bear"]
    assert phases([1, 2, 3], [1, 1, 1], window=1) == ()


def test_a_curve_no_longer_than_the_window_has_no_phases() -> None:
    assert phases([1, 2], [1, 2], window=2) == ()
    assert phases([], []) == ()


@given(_CURVE, st.integers(1, 5))
def test_the_days_of_both_kinds_compounded_are_all_that_happened_after_the_first_window(
    curve: list[tuple[float, float]], window: int
) -> None:
    """As long as the market never stands where it stood before, no day is lost and none counts twice."""
    own, market = ([each[side] for each in curve] for side in (0, 1))
    moved = all(later != earlier for earlier, later in zip(market, market[window:], strict=False))
    found = phases(own, market, window)
    assert sum(each.days for each in found) <= max(0, len(curve) - window)
    if moved and found:
        assert sum(each.days for each in found) == len(curve) - window
        for values, name in ((own, "total_return"), (market, "benchmark_return")):
            growth = math.prod(1 + getattr(each, name) for each in found)
            assert growth == pytest.approx(values[-1] / values[window - 1])


@pytest.mark.parametrize(("equity", "window", "hint"), [([1.0], 1, "1 days and one of 2"), ([1.0, 2.0], 0, "at least")])
def test_curves_that_cannot_be_compared_are_refused(equity: list[float], window: int, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        phases(equity, [1.0, 2.0], window)
