"""The curves by calendar year: for whoever wants figures, and for whoever cannot see the charts."""

from collections.abc import Sequence
from itertools import groupby

from app.services.gen_ai.report_page.figures import percent, signed_percent
from app.services.gen_ai.report_page.measured import Curves
from app.services.gen_ai.report_page.table import Cell, Column, Rows, Table
from app.services.gen_ai.report_page.words import Words


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
