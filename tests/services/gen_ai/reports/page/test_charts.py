"""The charts draw what was measured."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.reports.page.charts import HEIGHT, WIDTH, Chart, charts
from app.services.gen_ai.reports.page.measured import Curves
from app.services.gen_ai.reports.page.words_en import ENGLISH
from tests.fakes.bars import trading_days
from tests.fakes.report_documents import long_backtest

_VALUES = st.lists(st.floats(0.01, 1e9), min_size=2, max_size=400)


def _points(path: str) -> list[tuple[int, int]]:
    assert re.fullmatch(r"M\d+ \d+(L\d+ \d+)*Z?", path), path[:80]
    pairs = re.findall(r"(\d+) (\d+)", path)
    return [(int(across), int(down)) for across, down in pairs]


def _of(values: list[float], benchmark: list[float] | None = None) -> tuple[Chart, Chart]:
    curves = Curves(trading_days(len(values)), tuple(values), None if benchmark is None else tuple(benchmark))
    return charts(curves, ENGLISH, "en")


def _long() -> tuple[Chart, Chart]:
    found = long_backtest()
    return charts(Curves(found.days, found.equity, found.benchmark_equity), ENGLISH, "en")


def _number(label: str) -> float:
    return float(label.replace(",", "").replace("%", ""))


def _down(chart: Chart, value: float) -> int:
    """Where a value must be drawn, from the labels of the axis alone."""
    top, bottom = chart.values[-1], chart.values[0]
    high, low = _number(top.label), _number(bottom.label)
    upper, lower = (float(tick.place.removesuffix("%")) / 100 for tick in (top, bottom))
    return round((upper + (high - value) / (high - low) * (lower - upper)) * HEIGHT)


@given(_VALUES)
def test_the_lines_reach_the_extremes_of_the_curves(values: list[float]) -> None:
    """By the place on the plot: the highest value is drawn highest, whatever was thinned out."""
    equity, drawdown = _of(values)
    curves = Curves(trading_days(len(values)), tuple(values))
    downs = [down for _, down in _points(equity.lines[0].path)]
    ticks = [float(tick.place.removesuffix("%")) for tick in equity.values]
    assert ticks[0] == 100
    assert ticks[-1] == 0
    assert 0 <= min(downs) <= max(downs) <= HEIGHT
    falls = [down for _, down in _points(drawdown.lines[-1].path)]
    assert min(falls) == 0
    if min(curves.drawdown) < -0.01:
        assert drawdown.marker is not None
        assert abs(max(falls) / HEIGHT * 100 - float(drawdown.marker.y.removesuffix("%"))) < 0.1


def test_a_curve_of_twenty_years_is_drawn_with_its_extremes_at_the_right_height() -> None:
    found = long_backtest()
    equity, drawdown = _long()
    curves = {"benchmark": found.benchmark_equity, "strategy": found.equity}
    assert [line.who for line in equity.lines] == list(curves)
    for line, values in zip(equity.lines, curves.values(), strict=True):
        downs = [down for _, down in _points(line.path)]
        assert abs(min(downs) - _down(equity, max(values))) <= 1
        assert abs(max(downs) - _down(equity, min(values))) <= 1
        assert abs(downs[0] - _down(equity, values[0])) <= 1
        assert abs(downs[-1] - _down(equity, values[-1])) <= 1
    falls = [down for _, down in _points(drawdown.lines[-1].path)]
    assert abs(max(falls) - _down(drawdown, min(found.drawdown) * 100)) <= 1


def test_both_charts_have_the_same_time_axis_from_edge_to_edge() -> None:
    equity, drawdown = _long()
    assert equity.times == drawdown.times
    for line in (*equity.lines, *drawdown.lines):
        across = [across for across, _ in _points(line.path)]
        assert (across[0], across[-1]) == (0, WIDTH)
        assert across == sorted(across)


def test_the_area_of_the_drawdown_hangs_from_the_upper_edge() -> None:
    _, drawdown = _long()
    assert drawdown.area is not None
    assert drawdown.area.startswith(drawdown.lines[-1].path)
    assert _points(drawdown.area)[-2:] == [(WIDTH, 0), (0, 0)]


def test_the_labels_of_the_axes_are_round() -> None:
    equity, drawdown = _long()
    assert [tick.label for tick in equity.values] == ["50,000", "100,000", "150,000", "200,000", "250,000"]
    assert [tick.label for tick in drawdown.values] == ["0%", "-20%", "-40%", "-60%"]
    assert [tick.label for tick in equity.times if not tick.minor] == ["2000", "2004", "2008", "2012", "2016"]


def test_the_deepest_drawdown_is_marked_with_its_day() -> None:
    _, drawdown = _long()
    assert drawdown.marker is not None
    assert drawdown.marker.label == "-41.8% · 2003-04-09"
    assert not drawdown.marker.on_its_left


def test_a_mark_near_the_right_edge_has_its_label_on_the_left() -> None:
    _, drawdown = _of([100.0, 110, 120, 130, 90])
    assert drawdown.marker is not None
    assert drawdown.marker.on_its_left


def test_descriptions_say_what_the_charts_show() -> None:
    equity, drawdown = _long()
    assert equity.description == (
        "From 1999-01-04 to 2018-12-31 the account went from 100,000 to 147,876; its lowest value was 59,216 on "
        "2003-04-09, its highest 156,373 on 2018-09-20. The benchmark went from 100,000 to 204,124; its lowest value "
        "was 55,088 on 2009-03-09, its highest 238,641 on 2018-09-20."
    )
    assert drawdown.description == (
        "The deepest drawdown of the strategy was -41.8% on 2003-04-09. That of the benchmark was -56.8% on 2009-03-09."
    )
    assert [entry.value for entry in equity.legend] == ["147,876 (+47.9%)", "204,124 (+104.1%)"]


def test_without_a_benchmark_nothing_speaks_of_one() -> None:
    for chart in _of([100.0, 90, 95]):
        assert [line.who for line in chart.lines] == ["strategy"]
        assert [entry.who for entry in chart.legend] == ["strategy"]
        assert "benchmark" not in chart.description


def test_a_curve_that_never_falls_says_so_and_has_no_mark() -> None:
    _, drawdown = _of([100.0, 100, 101], [100.0, 100, 100])
    assert drawdown.marker is None
    assert drawdown.description == (
        "The strategy never fell below an earlier value. The benchmark never fell below an earlier value."
    )
    assert {down for _, down in _points(drawdown.lines[-1].path)} == {0}


@pytest.mark.parametrize("last", [date(2020, 1, 7), date(2020, 12, 31), date(2520, 1, 1)])
def test_two_days_are_enough(last: date) -> None:
    curves = Curves((date(2020, 1, 6), last), (100.0, 100.0))
    for chart in charts(curves, ENGLISH, "en"):
        assert [across for across, _ in _points(chart.lines[0].path)] == [0, WIDTH]
        assert chart.times


def test_days_are_placed_by_the_calendar_and_not_by_their_number() -> None:
    first = date(2020, 1, 1)
    days = (first, first + timedelta(days=25), first + timedelta(days=100))
    equity, _ = charts(Curves(days, (1.0, 2.0, 3.0)), ENGLISH, "en")
    assert [across for across, _ in _points(equity.lines[0].path)] == [0, WIDTH // 4, WIDTH]
