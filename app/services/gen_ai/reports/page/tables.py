"""The tables of a report: metrics, years, trades."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.quant.backtest import Trade
from app.quant.backtest.result import exit_reason_in_words
from app.quant.words import Language
from app.services.gen_ai.reports.page.measured import OF_EACH, ChosenTrade, Curves, Measured, chosen_trades
from app.services.gen_ai.reports.page.number_style import (
    HEADLINES,
    METRICS,
    NOTHING,
    Metric,
    absence,
    count,
    metric_named,
    money,
    percent,
    price,
    printed,
    signed_percent,
)
from app.services.gen_ai.reports.page.words import TradeWords, Words


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """`note`: the mark of a note under the table. `code`: a technical name beside the text."""

    text: str
    note: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that belong together, under a heading if they have one. The first cell of a row names the row."""

    rows: tuple[tuple[Cell, ...], ...]
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """`key` is unique on a page and made of letters; `lead` is a sentence above the table."""

    key: str
    name: str
    columns: tuple[Column, ...]
    groups: tuple[Rows, ...]
    lead: str | None = None
    notes: tuple[Note, ...] = ()


class Notes:
    """Collects notes: one mark for each text, a, b, c in the order of their first use."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}

    def mark(self, text: str) -> str:
        return self._marks.setdefault(text, chr(ord("a") + len(self._marks)))

    def all(self) -> tuple[Note, ...]:
        return tuple(Note(mark, text) for text, mark in self._marks.items())


# The strategy's figures beside those of the benchmark.


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure at the top of the page; `benchmark` None: there is none to set beside it."""

    label: str
    value: str
    benchmark: str | None


def headlines(measured: Measured, words: Words) -> tuple[Headline, ...]:
    """Of the most telling figures those that have a value."""
    found = []
    for metric in map(metric_named, HEADLINES):
        value, market = measured.strategy.get(metric.name), measured.benchmark.get(metric.name)
        if value is not None:
            beside = None if market is None else printed(market, metric.kind)
            found.append(Headline(words.metrics[metric.name], printed(value, metric.kind), beside))
    return tuple(found)


def metric_table(measured: Measured, words: Words) -> Table:
    """All figures that were measured of the strategy or of the benchmark; a missing one has a note that says why."""
    notes = Notes()
    shown = [metric for metric in METRICS if metric.name in measured.strategy or metric.name in measured.benchmark]

    def row(metric: Metric) -> tuple[Cell, ...]:
        strategy = _cell(metric, measured.strategy, notes, words, of_benchmark=False)
        if not measured.benchmark:
            return Cell(words.metrics[metric.name]), strategy
        market = _cell(metric, measured.benchmark, notes, words, of_benchmark=True)
        return Cell(words.metrics[metric.name]), strategy, market

    groups = tuple(
        Rows(tuple(row(metric) for metric in metrics), words.groups[group])
        for group, metrics in groupby(shown, key=lambda metric: metric.group)
    )
    benchmark = [Column(words.benchmark, numeric=True)] if measured.benchmark else []
    return Table(
        key="figures",
        name=words.figures,
        columns=(Column(words.figure), Column(words.strategy, numeric=True), *benchmark),
        groups=groups,
        notes=notes.all(),
    )


def _cell(
    metric: Metric, figures: Mapping[str, float | None], notes: Notes, words: Words, *, of_benchmark: bool
) -> Cell:
    value = figures.get(metric.name)
    if value is not None:
        return Cell(printed(value, metric.kind))
    reason = words.absences[absence(metric, figures, of_benchmark=of_benchmark)]
    return Cell(NOTHING, note=notes.mark(reason))


# What was bought and sold.


def trade_table(trades: Sequence[Trade], words: TradeWords, language: Language) -> Table:
    """The trades that are listed; with a column that says why, where others are not."""
    chosen = chosen_trades(trades)
    selected = len(chosen) < len(trades)
    if selected:
        lead = words.some.format(total=count(len(trades)), listed=len(chosen), each=OF_EACH)
    else:
        lead = words.all.format(total=len(trades)) if trades else words.none
    columns = [
        Column("#", numeric=True),
        Column(words.bought),
        Column(words.entry_price, numeric=True),
        Column(words.sold),
        Column(words.exit_price, numeric=True),
        Column(words.profit, numeric=True),
        Column(words.fraction, numeric=True),
        Column(words.days, numeric=True),
        Column(words.reason),
    ]
    if selected:
        columns.append(Column(words.mark))
    rows = tuple(_row(each, words, language, selected=selected) for each in chosen)
    return Table("trades", words.heading, tuple(columns), (Rows(rows),) if rows else (), lead)


def _row(chosen: ChosenTrade, words: TradeWords, language: Language, *, selected: bool) -> tuple[Cell, ...]:
    trade = chosen.trade
    texts = [
        str(chosen.number),
        str(trade.entry_day),
        price(trade.entry_price),
        str(trade.exit_day or NOTHING),
        NOTHING if trade.exit_price is None else price(trade.exit_price),
        money(trade.profit),
        signed_percent(trade.profit_fraction),
        NOTHING if trade.days_held is None else count(trade.days_held),
        exit_reason_in_words(trade.exit_reason, language),
    ]
    if selected:
        texts.append(", ".join(words.marks[mark] for mark in chosen.marks))
    return tuple(Cell(text) for text in texts)


# The curves by calendar year: for whoever wants figures, and for whoever cannot see the charts.


def year_table(curves: Curves, words: Words) -> Table:
    """For each year what was gained since the last day of the year before, and the deepest drawdown."""
    days, market = curves.days, curves.benchmark
    falls = curves.drawdown
    rows, begin = [], 0
    for year, members in groupby(range(len(days)), key=lambda place: days[place].year):
        end = list(members)[-1]
        cells = [str(year), _gain(curves.equity, begin, end)]
        if market is not None:
            cells.append(_gain(market, begin, end))
        cells.append(percent(min(falls[begin + (begin > 0) : end + 1]), 1))
        rows.append(tuple(Cell(text) for text in cells))
        begin = end
    benchmark = [Column(words.benchmark, numeric=True)] if market is not None else []
    return Table(
        key="years",
        name=words.years,
        columns=(
            Column(words.year),
            Column(words.strategy, numeric=True),
            *benchmark,
            Column(words.year_drawdown, numeric=True),
        ),
        groups=(Rows(tuple(rows)),),
        lead=words.years_note.format(first=days[0], last=days[-1]),
    )


def _gain(values: Sequence[float], begin: int, end: int) -> str:
    return signed_percent(values[end] / values[begin] - 1)
