"""`tollgate usage` and `tollgate savings`: what was used, what it cost, and what was saved; from the ledger alone."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import typer
from rich.table import Table

from app.cli.console import out, percent, print_json, table, usd_rounded
from app.cli.inputs import SinceOption, UntilOption, read_period
from app.cli.session import name_ledger, with_ledger
from app.schemas.gen_ai.usage import OtherUpstream, UsageFigures
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.ledger.savings import Saving, SavingsReport
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


def usage(group_by: UsageGroup, query: UsageQuery, *, as_json: bool) -> None:
    """Sum tokens and cost by service, model, day or upstream."""

    async def work(_rules: Reading, read: ReadLedger) -> None:
        summary = usage_summary(group_by, await read.usage.sums(query, group_by))
        name_ledger(read, as_json=as_json)
        if as_json:
            print_json(summary.model_dump(mode="json"))
            return
        rows = [[row.key, *_figures(row)] for row in summary.groups]
        columns = {group_by.value.capitalize(): "left"} | _FIGURES
        out.print(table(f"Usage of {summary.upstream}", columns, rows))
        if summary.measured_percent is not None:
            out.print(f"{summary.measured_percent:.2f} % of spend measured")
        show_others(summary.other_upstreams)

    with_ledger(work)


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


def savings(
    since: SinceOption = None,
    until: UntilOption = None,
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Compare what was spent with the baseline model and with each service's default, on the same tokens."""
    first, end = read_period(since, until)

    async def work(rules: Reading, read: ReadLedger) -> None:
        report = await rules.savings.of_ledger(read.ledger, UsageQuery(first, end or rules.clock.now()))
        name_ledger(read, as_json=json)
        if json:
            print_json(_as_json(report))
            return
        out.print(savings_table(report))
        if report.total.left_out:
            out.print(f"{report.total.left_out} attempts are left out: their tokens or their price are not known.")

    with_ledger(work)


def savings_table(report: SavingsReport, *, by_model: bool = False) -> Table:
    """One row for each service (and model), and the total."""
    columns = {
        "Service": "left",
        **({"Model": "left"} if by_model else {}),
        "Input": "right",
        "Cached": "right",
        "Output": "right",
        "USD": "right",
        report.baseline_model: "right",
        "Saving": "right",
        **({} if by_model else {"vs default": "right"}),
    }
    lines = [(list(key), saving) for key, saving in report.lines.items()] if by_model else [
        ([service], saving) for service, saving in report.services.items()
    ]  # fmt: skip
    lines.append((["in all", ""] if by_model else ["in all"], report.total))
    title = f"Cost against {report.baseline_model}" + ("" if by_model else " and each service's own default")
    rows = [names + _cells(saving) for names, saving in lines]
    return table(f"{title}, on the same tokens (USD)", columns, [row[: len(columns)] for row in rows])


def _cells(saving: Saving) -> list[str]:
    tokens = saving.tokens
    return [
        f"{tokens.input_tokens:,}",
        f"{tokens.input_cached:,}",
        f"{tokens.output_tokens:,}",
        usd_rounded(saving.cost_usd),
        usd_rounded(saving.baseline_usd),
        percent(saving.against_baseline_percent),
        percent(saving.against_default_percent),
    ]


def _as_json(report: SavingsReport) -> dict[str, Any]:
    return {
        "baseline_model": report.baseline_model,
        "services": {service: _saving_json(saving) for service, saving in report.services.items()},
        "total": _saving_json(report.total),
    }


def _saving_json(saving: Saving) -> dict[str, Any]:
    return {
        "attempts": saving.attempts,
        "left_out": saving.left_out,
        "input_tokens": saving.tokens.input_tokens,
        "cached_input_tokens": saving.tokens.input_cached,
        "output_tokens": saving.tokens.output_tokens,
        "cost_usd": saving.cost_usd,
        "baseline_usd": saving.baseline_usd,
        "default_usd": saving.default_usd,
        "saving_percent": saving.against_baseline_percent,
        "saving_against_default_percent": saving.against_default_percent,
    }
