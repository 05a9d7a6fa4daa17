"""`tollgate budgets`: what is spent, reserved and left of each budget."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from app.api.security import LOCAL_CALLER
from app.cli.console import out, percent, print_json, table, usd, usd_rounded
from app.cli.inputs import read_date
from app.cli.session import name_ledger, with_ledger
from app.cli.usage import JsonOption, UpstreamOption
from app.clock import today
from app.errors import InputError
from app.services.gen_ai.ledger.budget_standings import BudgetOverview
from app.services.gen_ai.responses import budget_info
from app.services.gen_ai.rules.budgets import BudgetStanding
from containers.reading import Reading, ReadLedger

_PAGE = 500
_MOST_DAYS = 366
_BAR = 10
"""Characters."""
_COLUMNS = {
    "Budget": "wrap",
    "Limit": "right",
    "Spent": "right",
    "Reserved": "right",
    "Left": "right",
    "Used": "right",
}


def budgets(
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="From the periods of this day (UTC) on; else today")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Up to the periods of this day (UTC); else today")
    ] = None,
    upstream: UpstreamOption = None,
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Show what is spent, reserved and left of each budget, for every caller of this month."""

    async def work(rules: Reading, read: ReadLedger) -> None:
        days = _days(since, until, today(rules.clock))
        standings = await _of_days(read.budgets, days, upstream)
        whose = upstream or read.budgets.upstream
        others = await read.budgets.other_upstreams(days[-1], upstream)
        name_ledger(read, as_json=json)
        if json:
            infos = [budget_info(standing).model_dump(mode="json") for standing in standings]
            print_json({"upstream": whose, "other_upstreams": others, "budgets": infos, "total": len(infos)})
        elif not standings:
            out.print("No budget is set; the policies say how to write one.")
        else:
            dated = since is not None or until is not None
            out.print(budgets_table(standings, dated=dated, upstream=whose))
            if today(rules.clock) in days:
                out.print(_resets(standings))
            if others:
                out.print(
                    f"Each upstream counts on its own. Others of this month: {', '.join(others)}; see --upstream",
                    markup=False,
                )

    with_ledger(work)


def _days(since: str | None, until: str | None, today_: date) -> Sequence[date]:
    last = today_ if until is None else read_date("--to", until)
    first = min(today_, last) if since is None else read_date("--from", since)
    if first > last:
        raise InputError(f"--from {first}: it must not lie after --to {last}")
    if (last - first).days >= _MOST_DAYS:
        raise InputError(f"--from {first}: at most {_MOST_DAYS} days are shown at once; give a later day")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


async def _of_days(overview: BudgetOverview, days: Sequence[date], upstream: str | None) -> Sequence[BudgetStanding]:
    """Each period once, the earliest first."""
    found: dict[tuple[str, str], BudgetStanding] = {}
    for day in days:
        for standing in await all_budgets(overview, day, upstream):
            found.setdefault((standing.claim.budget.name, standing.claim.counter), standing)
    return list(found.values())


async def all_budgets(
    overview: BudgetOverview, day: date | None = None, upstream: str | None = None
) -> Sequence[BudgetStanding]:
    """As an admin of this machine sees them."""
    found: list[BudgetStanding] = []
    while True:
        page, total = await overview.page(
            LOCAL_CALLER.id, everybody=True, limit=_PAGE, offset=len(found), day=day, upstream=upstream
        )
        found += page
        if not page or len(found) >= total:
            return found


def budgets_table(standings: Sequence[BudgetStanding], *, dated: bool = False, upstream: str | None = None) -> Table:
    """Two lines for each: beside its name whom it is for (`dated`: since when), and a bar of what is spent and
    reserved.
    """
    title = "Budgets" if upstream is None else f"Budgets, as far as {upstream} used them"
    return table(title, _COLUMNS, [_row(standing, dated=dated) for standing in standings])


def _row(standing: BudgetStanding, *, dated: bool) -> list[str]:
    claim, counter = standing.claim, standing.counter
    budget = claim.budget
    period = f"{budget.period} {claim.starts_at:%Y-%m-%d}" if dated else budget.period
    whose = f"{period}, {budget.kind}" + (f", {claim.subject}" if claim.subject else "")
    cells: list[list[str]] = []
    if budget.limit_usd is not None:
        spent, reserved = counter.spent.usd, counter.reserved.usd
        cells.append([f"{usd(budget.limit_usd)} USD", *map(usd_rounded, (spent, reserved, standing.left_usd))])
    if budget.limit_tokens is not None:
        spent_tokens, reserved_tokens = counter.spent.tokens, counter.reserved.tokens
        figures = budget.limit_tokens, spent_tokens, reserved_tokens, standing.left_tokens or 0
        limit, *rest = (f"{figure:,}" for figure in figures)
        cells.append([f"{limit} tokens", *rest])
    amounts = ["\n".join(lines) for lines in zip(*cells, strict=True)]
    return [escape(f"{budget.name}\n  {whose}"), *amounts, f"{percent(standing.used_percent)}\n{_bar(standing)}"]


def _bar(standing: BudgetStanding) -> str:
    """Spent, reserved, left: ██▒░░░░░░░."""
    spent, taken = _marks(standing.used_percent), _marks(standing.taken_percent)
    return "█" * spent + "▒" * (taken - spent) + "░" * (_BAR - taken)


def _marks(used_percent: Decimal) -> int:
    return min(_BAR, int(used_percent * _BAR / 100))


def _resets(standings: Sequence[BudgetStanding]) -> str:
    moments = {standing.claim.budget.period: standing.claim.resets_at for standing in standings}
    return "Resets: " + ", ".join(f"{period} at {moment:%Y-%m-%d %H:%M} UTC" for period, moment in moments.items())
