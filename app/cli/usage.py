"""`tollgate usage`: what was used and what it cost, from the ledger alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, TypeAlias

import typer

from app.cli.console import out, print_json, say, table, usd_rounded
from app.cli.endings import say_endings_of_use
from app.cli.session import name_ledger, with_ledger
from app.schemas.gen_ai.usage import OtherUpstream, UsageFigures, UsageSummaryResponse, UsageSummaryRow
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.responses import usage_summary
from app.vocabulary import UNKNOWN_UPSTREAM, UsageGroup
from containers.reading import Reading, ReadLedger

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON")]


UpstreamOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Of this upstream (openai, simulator, a host, or unknown: from before they were told apart); "
        "without, of the one that is configured",
    ),
]
_FIGURES = {
    "Attempts": "right",
    "Cost unknown": "right",
    "Input": "right",
    "Cached": "right",
    "Output": "right",
    "Cost USD": "right",
}
_CACHING = {
    "Read": "right",
    "Written": "right",
    "For 12 h": "right",
    "Saved USD": "right",
    "Never read": "right",
    "Its USD": "right",
}


def usage(group_by: UsageGroup, query: UsageQuery, *, as_json: bool) -> None:
    """Sum tokens and cost by service, model, day or upstream."""

    async def work(rules: Reading, read: ReadLedger) -> None:
        summary = usage_summary(group_by, await read.usage.sums(query, group_by))
        name_ledger(read, as_json=as_json)
        await say_endings_of_use(rules, read, replace(query, upstream=summary.upstream), as_json=as_json)
        if as_json:
            print_json(summary.model_dump(mode="json"))
            return
        rows = [[row.key, *_figures(row)] for row in summary.groups]
        columns = {group_by.value.capitalize(): "left"} | _FIGURES
        out.print(table(f"Usage of {summary.upstream}", columns, rows))
        if summary.measured_percent is not None:
            out.print(f"{summary.measured_percent:.2f} % of spend measured")
        show_caching(summary)
        show_others(summary.other_upstreams)

    with_ledger(work)


def show_caching(summary: UsageSummaryResponse) -> None:
    """What was read from caches and written into them, what that saved, and what was written for nothing."""
    used = [row for row in summary.groups if row.cached_input_tokens or row.cache_write_tokens]
    if not used:
        return
    rows = [
        [
            row.key,
            f"{row.cached_input_tokens:,}",
            f"{row.cache_write_tokens:,}",
            f"{row.cache_write_12h_tokens:,}",
            usd_rounded(row.cache_saved_usd),
            f"{row.cache_unread_tokens:,}",
            usd_rounded(row.cache_unread_usd),
        ]
        for row in used
    ]
    columns = {summary.group_by.value.capitalize(): "left"} | _CACHING
    out.print(table(f"Caching at {summary.upstream} (tokens, USD)", columns, rows))
    for sentence in _remarks_on_caching(used):
        say(sentence)


def _remarks_on_caching(used: Sequence[UsageSummaryRow]) -> Iterator[str]:
    known = [row.cache_saved_usd for row in used if row.cache_saved_usd is not None]
    saved = sum(known, start=Decimal(0))
    if saved < 0:
        yield f"Caching is a loss: it cost {usd_rounded(-saved)} USD more than it saved."
    elif known:
        yield f"Caching saved {usd_rounded(saved)} USD against plain input."
    if unpriced := sum(row.cache_unpriced_attempts for row in used):
        yield f"Of {unpriced:,} attempts that used a cache nobody knows what that saved; they are not in it."


def show_others(others: Sequence[OtherUpstream]) -> None:
    """What was used of upstreams beside the one that the figures before are of."""
    if others:
        rows = [[other.upstream or UNKNOWN_UPSTREAM, *_figures(other)] for other in others]
        out.print(table("Other upstreams, in no sum with it", {"Upstream": "left"} | _FIGURES, rows))


def _figures(row: UsageFigures) -> list[str]:
    return [
        f"{row.attempts:,}",
        f"{row.uncosted_attempts:,}",
        f"{row.input_tokens:,}",
        f"{row.cached_input_tokens:,}",
        f"{row.output_tokens:,}",
        usd_rounded(row.cost_usd),
    ]
