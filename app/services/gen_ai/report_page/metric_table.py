"""The strategy's figures beside those of the benchmark."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from app.services.gen_ai.report_page.figures import NOTHING, printed
from app.services.gen_ai.report_page.measured import Measured
from app.services.gen_ai.report_page.metric_list import HEADLINES, METRICS, Metric, absence, metric_named
from app.services.gen_ai.report_page.table import Cell, Column, Notes, Rows, Table
from app.services.gen_ai.report_page.words import Words


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
