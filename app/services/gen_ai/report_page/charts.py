"""The two charts: everything that is drawn, as places and paths; the template makes SVG of it.

Places are percentages of the plot, so that one drawing fits every width without its letters growing or shrinking;
paths are in units of a plot of WIDTH by HEIGHT, which is stretched to the same plot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.quant.words import Language
from app.services.gen_ai.report_page.figures import axis_money, axis_percent, money, percent, signed_percent
from app.services.gen_ai.report_page.measured import Curves
from app.services.gen_ai.report_page.thinning import thinned
from app.services.gen_ai.report_page.ticks import round_values, time_ticks
from app.services.gen_ai.report_page.words import ChartWords, Words

WIDTH, HEIGHT = 1600, 1000
COLUMNS = 800
"""Columns of the plot of which the extremes are kept: about one for each pixel of a wide page."""

_LEAST_FALL = 0.01
"""What the axis of drawdowns shows at least: rounding errors are no falls."""

_MOST_ON_NARROW = 5
"""Labels of the time axis that a narrow page has room for."""

_LEFT_OF_TROUGH = 0.5
"""Further right than this, the label of the deepest fall stands on its left."""

Who = Literal["strategy", "benchmark"]


@dataclass(frozen=True, slots=True)
class Tick:
    """`minor`: left out where the page is narrow."""

    place: str
    label: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    who: Who
    path: str


@dataclass(frozen=True, slots=True)
class LegendEntry:
    who: Who
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Marker:
    x: str
    y: str
    label: str
    on_its_left: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """`area` is the path of what hangs down from the upper edge."""

    key: Literal["equity", "drawdown"]
    title: str
    description: str
    legend: tuple[LegendEntry, ...]
    times: tuple[Tick, ...]
    values: tuple[Tick, ...]
    lines: tuple[Line, ...]
    area: str | None = None
    marker: Marker | None = None


class _Plot:
    """Where days and values are: fractions of the plot, from its left and from its upper edge."""

    def __init__(self, days: Sequence[date], low: float, high: float) -> None:
        self._first, self._length = days[0], (days[-1] - days[0]).days
        self._high, self._range = high, high - low
        self.places = [self.across(day) for day in days]

    def across(self, day: date) -> float:
        return (day - self._first).days / self._length

    def down(self, value: float) -> float:
        return (self._high - value) / self._range

    def path(self, values: Sequence[float]) -> str:
        points = (
            f"{self.places[point] * WIDTH:.0f} {self.down(values[point]) * HEIGHT:.0f}"
            for point in thinned(self.places, values, COLUMNS)
        )
        return "M" + "L".join(points)

    def times(self, last: date) -> tuple[Tick, ...]:
        ticks = time_ticks(self._first, last)
        many = len(ticks) > _MOST_ON_NARROW
        return tuple(
            Tick(_place(self.across(tick.day)), tick.label, minor=many and number % 2 == 1)
            for number, tick in enumerate(ticks)
        )


def _place(fraction: float) -> str:
    return f"{fraction * 100:.2f}%"


def charts(curves: Curves, words: Words, language: Language) -> tuple[Chart, Chart]:
    """Equity over drawdown, on the same days."""
    return _equity(curves, words, language), _drawdown(curves, words)


def _equity(curves: Curves, words: Words, language: Language) -> Chart:
    drawn: list[tuple[Who, str, Sequence[float]]] = [("strategy", words.strategy, curves.equity)]
    if curves.benchmark is not None:
        drawn.insert(0, ("benchmark", words.benchmark, curves.benchmark))
    lowest, highest = (f(f(values) for _, _, values in drawn) for f in (min, max))
    marks = round_values(lowest, highest, 4)
    plot = _Plot(curves.days, float(marks[0]), float(marks[-1]))
    return Chart(
        key="equity",
        title=words.chart.equity,
        description=_equity_story(curves, words.chart),
        legend=tuple(LegendEntry(who, name, _grown(values)) for who, name, values in reversed(drawn)),
        times=plot.times(curves.days[-1]),
        values=tuple(Tick(_place(plot.down(float(mark))), axis_money(mark, marks[-1], language)) for mark in marks),
        lines=tuple(Line(who, plot.path(values)) for who, _, values in drawn),
    )


def _grown(values: Sequence[float]) -> str:
    return f"{money(values[-1])} ({signed_percent(values[-1] / values[0] - 1)})"


def _equity_story(curves: Curves, words: ChartWords) -> str:
    def told(template: str, values: Sequence[float]) -> str:
        low, high = min(values), max(values)
        return template.format(
            first_day=curves.days[0],
            last_day=curves.days[-1],
            first=money(values[0]),
            last=money(values[-1]),
            low=money(low),
            low_day=curves.days[values.index(low)],
            high=money(high),
            high_day=curves.days[values.index(high)],
        )

    stories = [told(words.equity_story, curves.equity)]
    if curves.benchmark is not None:
        stories.append(told(words.benchmark_story, curves.benchmark))
    return " ".join(stories)


def _drawdown(curves: Curves, words: Words) -> Chart:
    falls, market = curves.drawdown, curves.benchmark_drawdown
    deepest = min(falls)
    lowest = min(*falls, *(market or ()), -_LEAST_FALL)
    marks = round_values(lowest, 0.0, 3)
    plot = _Plot(curves.days, float(marks[0]), 0.0)
    line = plot.path(falls)
    legend = [LegendEntry("strategy", words.strategy, percent(deepest))]
    if market is not None:
        legend.append(LegendEntry("benchmark", words.benchmark, percent(min(market))))
    return Chart(
        key="drawdown",
        title=words.chart.drawdown,
        description=_drawdown_story(curves.days, falls, market, words.chart),
        legend=tuple(legend),
        times=plot.times(curves.days[-1]),
        values=tuple(Tick(_place(plot.down(float(mark))), axis_percent(mark)) for mark in reversed(marks)),
        lines=(*([] if market is None else [Line("benchmark", plot.path(market))]), Line("strategy", line)),
        area=f"{line}L{WIDTH} 0L0 0Z",
        marker=_trough(plot, curves.days, falls) if deepest < 0 else None,
    )


def _trough(plot: _Plot, days: Sequence[date], falls: Sequence[float]) -> Marker:
    point = falls.index(min(falls))
    place = plot.places[point]
    label = f"{percent(falls[point])} · {days[point]}"
    return Marker(_place(place), _place(plot.down(falls[point])), label, on_its_left=place > _LEFT_OF_TROUGH)


def _drawdown_story(
    days: Sequence[date], falls: Sequence[float], market: Sequence[float] | None, words: ChartWords
) -> str:
    def told(template: str, without: str, values: Sequence[float]) -> str:
        low = min(values)
        return template.format(low=percent(low), low_day=days[values.index(low)]) if low < 0 else without

    stories = [told(words.drawdown_story, words.no_drawdown_story, falls)]
    if market is not None:
        stories.append(told(words.benchmark_drawdown_story, words.no_benchmark_drawdown_story, market))
    return " ".join(stories)
