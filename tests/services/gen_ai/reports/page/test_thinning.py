"""A thinned curve looks like the whole one."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.reports.page.charts import thinned

_VALUES = st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=300)


def _places(count: int) -> list[float]:
    return [point / (count - 1) for point in range(count)]


@given(_VALUES, st.integers(1, 50))
def test_every_column_keeps_its_lowest_and_its_highest_value(values: list[float], columns: int) -> None:
    places = _places(len(values))
    kept = thinned(places, values, columns)
    for column in range(columns):
        here = [point for point, place in enumerate(places) if min(int(place * columns), columns - 1) == column]
        if here:
            left = [values[point] for point in here if point in kept]
            assert min(left) == min(values[point] for point in here)
            assert max(left) == max(values[point] for point in here)


@given(_VALUES, st.integers(1, 50))
def test_what_is_kept_rises_begins_and_ends_as_the_curve_does_and_is_not_much(
    values: list[float], columns: int
) -> None:
    kept = thinned(_places(len(values)), values, columns)
    assert kept == sorted(set(kept))
    assert (kept[0], kept[-1]) == (0, len(values) - 1)
    assert len(kept) <= 2 * columns + 2


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=100), st.data())
def test_columns_may_be_empty_and_of_very_different_size(gaps: list[int], data: st.DataObject) -> None:
    """Days are not evenly spread: there are holidays, and years without prices."""
    days = [0, *accumulate(gaps)]
    places = [day / days[-1] for day in days]
    values = data.draw(st.lists(st.floats(-1, 1), min_size=len(days), max_size=len(days)))
    kept = [values[point] for point in thinned(places, values, 20)]
    assert (min(kept), max(kept)) == (min(values), max(values))
    assert kept[0] == values[0]
    assert kept[-1] == values[-1]


def test_a_curve_with_fewer_points_than_columns_is_kept_whole() -> None:
    values = [3.0, 1.0, 2.0, 5.0]
    assert thinned(_places(4), values, 100) == [0, 1, 2, 3]
