"""A curve in one line of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.console import sparkline

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300)


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], 4, "▂▄▆█"),
        ([7, 0], 80, "█▁"),
        ([5, 5, 5], 3, "▁▁▁"),
        ([-0.2, -0.1, 0], 3, "▁▅█"),
        ([1, 2, 3], 0, ""),
        ([], 8, ""),
    ],
)
def test_lines(values: list[float], width: int, line: str) -> None:
    assert sparkline(values, width) == line


@given(VALUES, st.integers(1, 120))
def test_it_is_as_wide_as_it_may_be_and_ends_with_the_end(values: list[float], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) == min(width, len(values))
    assert line[-1] == sparkline([min(values), max(values), values[-1]], 3)[-1]


@given(VALUES)
def test_what_rises_never_falls(values: list[float]) -> None:
    line = sparkline(sorted(values), 50)
    assert list(line) == sorted(line)
