"""What it takes to render a report on a backtest over 20 years of daily bars, and how large it is.

All lanes take turns. Run it with `make bench`.
"""

import argparse
import asyncio
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from app.services.gen_ai.reports.page import ReportDocument, to_html, to_markdown
from benchmarks.statistics import Lane, Times, interleaved
from tests.fakes.report_documents import document

LIMIT_MS = 100.0
"""What is asked of one page, at the median."""

_LANES: dict[str, tuple[Callable[[ReportDocument], str], ReportDocument]] = {
    f"{name}, {language}": (render, document(language))
    for language in ("ko", "en")
    for name, render in (("HTML", to_html), ("Markdown", to_markdown))
}


def _lane(render: Callable[[ReportDocument], str], report: ReportDocument) -> Lane:
    async def run() -> None:
        render(report)

    return run


def _show(times: dict[str, Times]) -> None:
    table = Table(title="One report on 5,031 daily bars", title_justify="left")
    for heading in ("", "runs", "median ms", "p99 ms", "CPU median ms", "bytes"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, found in times.items():
        render, report = _LANES[name]
        size = len(render(report).encode())
        table.add_row(
            name,
            str(len(found.wall)),
            f"{found.median:.1f}",
            f"{found.p99:.1f}",
            f"{found.cpu_median:.1f}",
            f"{size:,}",
        )
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    times = asyncio.run(interleaved({name: _lane(*lane) for name, lane in _LANES.items()}, rounds=options.rounds))
    _show(times)
    if max(found.median for found in times.values()) > LIMIT_MS:
        Console(stderr=True).print(f"A median is above the {LIMIT_MS:g} ms that were asked for.")


if __name__ == "__main__":
    main()
