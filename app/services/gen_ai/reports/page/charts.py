"""The charts of a report, as SVG: equity, drawdown, years."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import floor, log10
from typing import Literal

from app.quant.words import Language
from app.services.gen_ai.reports.page.measured import Curves
from app.services.gen_ai.reports.page.number_style import axis_money, axis_percent, money, percent, signed_percent
from app.services.gen_ai.reports.page.words import ChartWords, Words


def thinned(places: Sequence[float], values: Sequence[float], columns: int) -> list[int]:
    """Which points to keep, in their order: the first, the last, and the lowest and highest of each column.

    `places` rise from 0 to 1 and are cut into so many columns of equal width. At most twice as many points as columns
    remain, and two more. The lowest and the highest of the whole curve are among them.
    """
    kept = {0, len(values) - 1}
    column, low, high = -1, 0, 0
    for point, (place, value) in enumerate(zip(places, values, strict=True)):
        here = min(int(place * columns), columns - 1)
        if here != column:
            kept |= {low, high}
            column, low, high = here, point, point
        elif value < values[low]:
            low = point
        elif value > values[high]:
            high = point
    return sorted(kept | {low, high})


# Round values for the axes.

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_MOST_TIMES = 10
"""Marks on a time axis: more labels would touch on a narrow page, where every second one is left out."""


def round_values(low: float, high: float, intervals: int) -> list[Decimal]:
    """Multiples of a round step, in rising order, that enclose both; as near to so many intervals as can be."""
    if low == high:
        margin = abs(low) / 100 or 1.0
        low, high = low - margin, high + margin
    power = Decimal(10) ** floor(log10((high - low) / intervals))
    step = min(
        (factor * power for factor in _STEPS), key=lambda each: abs(len(_multiples(low, high, each)) - 1 - intervals)
    )
    return _multiples(low, high, step)


def _multiples(low: float, high: float, step: Decimal) -> list[Decimal]:
    first = (Decimal(low) / step).to_integral_value(ROUND_FLOOR)
    last = (Decimal(high) / step).to_integral_value(ROUND_CEILING)
    return [number * step for number in range(int(first), int(last) + 1)]


@dataclass(frozen=True, slots=True)
class TimeTick:
    day: date
    label: str


def time_ticks(first: date, last: date) -> Sequence[TimeTick]:
    """First days of years, else of months, else days, so that there are at most ten."""
    for found in _scales(first, last):
        if len(found) <= _MOST_TIMES:
            return found
    raise ValueError(f"no scale for {first} to {last}")


def _scales(first: date, last: date) -> Iterator[list[TimeTick]]:
    """From the finest, which is tried first, to the coarsest."""
    length = (last - first).days
    for step in (1, 2, 7, 14):
        if length <= step * (_MOST_TIMES + 1):
            days = [first + timedelta(days=offset) for offset in range(0, length + 1, step)]
            yield [TimeTick(day, f"{day:%m-%d}") for day in days]
    for step in (1, 2, 3, 6):
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        starts = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
        yield [TimeTick(day, f"{day:%Y-%m}") for day in starts if first <= day]
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        years = [date(year, 1, 1) for year in range(first.year, last.year + 1) if year % step == 0]
        yield [TimeTick(day, str(day.year)) for day in years if first <= day]


# The two charts: everything that is drawn, as places and paths; the template makes SVG of it.
#
# Places are percentages of the plot, so that one drawing fits every width without its letters growing or shrinking;
# paths are in units of a plot of WIDTH by HEIGHT, which is stretched to the same plot.

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
    def story(template: str, values: Sequence[float]) -> str:
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

    stories = [story(words.equity_story, curves.equity)]
    if curves.benchmark is not None:
        stories.append(story(words.benchmark_story, curves.benchmark))
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
    def story(template: str, without: str, values: Sequence[float]) -> str:
        low = min(values)
        return template.format(low=percent(low), low_day=days[values.index(low)]) if low < 0 else without

    stories = [story(words.drawdown_story, words.no_drawdown_story, falls)]
    if market is not None:
        stories.append(story(words.benchmark_drawdown_story, words.no_benchmark_drawdown_story, market))
    return " ".join(stories)
