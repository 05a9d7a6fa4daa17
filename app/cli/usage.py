"""`tollgate usage`: what was used and what it cost, from the ledger alone."""

from datetime import datetime
from typing import Annotated, TypeAlias

import typer

from app.cli.console import out, print_json, table, usd_rounded
from app.cli.endings import say_endings_of_use
from app.cli.session import name_ledger, with_ledger
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.responses import measured_percent, usage_summary_row
from app.vocabulary import UsageGroup
from containers.reading import Reading, ReadLedger

Period: TypeAlias = tuple[datetime | None, datetime | None]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON")]


def usage(group_by: UsageGroup, period: Period, *, as_json: bool) -> None:
    """Sum tokens and cost by service, model or day."""

    async def work(rules: Reading, read: ReadLedger) -> None:
        found = await read.ledger.sums(UsageQuery(*period), group_by)
        sums = [usage_summary_row(group) for group in found]
        name_ledger(read, as_json=as_json)
        await say_endings_of_use(rules, read, UsageQuery(*period), as_json=as_json)
        if as_json:
            print_json([row.model_dump(mode="json") for row in sums])
            return
        columns = {
            group_by.value.capitalize(): "left",
            "Attempts": "right",
            "Cost unknown": "right",
            "Input": "right",
            "Cached": "right",
            "Output": "right",
            "Cost USD": "right",
        }
        rows = [
            [
                row.key,
                f"{row.attempts:,}",
                f"{row.uncosted_attempts:,}",
                f"{row.input_tokens:,}",
                f"{row.cached_input_tokens:,}",
                f"{row.output_tokens:,}",
                usd_rounded(row.cost_usd),
            ]
            for row in sums
        ]
        out.print(table("Usage", columns, rows))
        measured = measured_percent(found)
        if measured is not None:
            out.print(f"{measured:.2f} % of spend measured")

    with_ledger(work)
