"""`tollgate budgets`: what is spent, reserved and left of each budget."""

from collections.abc import Sequence
from decimal import Decimal

from rich.markup import escape
from rich.table import Table

from app.api.security import LOCAL_CALLER
from app.cli.console import out, percent, print_json, table, usd, usd_rounded
from app.cli.session import with_container
from app.cli.usage import JsonOption
from app.services.gen_ai.core.budget_standing import BudgetStanding
from app.services.gen_ai.responses import budget_info
from containers import Container

_PAGE = 500
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


def budgets(json: JsonOption = False) -> None:  # noqa: FBT002  Typer's form of a flag
    """Show what is spent, reserved and left of each budget, for every caller of this month."""

    async def work(container: Container) -> None:
        standings = await all_budgets(container)
        if json:
            infos = [budget_info(standing).model_dump(mode="json") for standing in standings]
            print_json({"budgets": infos, "total": len(infos)})
        elif not standings:
            out.print("No budget is set; the policies say how to write one.")
        else:
            out.print(budgets_table(standings))
            out.print(_resets(standings))

    with_container(work)


async def all_budgets(container: Container) -> Sequence[BudgetStanding]:
    """As an admin of this machine sees them."""
    found: list[BudgetStanding] = []
    overview = container.services.budgets()
    while True:
        page, total = await overview.page(LOCAL_CALLER.id, everybody=True, limit=_PAGE, offset=len(found))
        found += page
        if not page or len(found) >= total:
            return found


def budgets_table(standings: Sequence[BudgetStanding]) -> Table:
    """Two lines for each: beside its name whom it is for, and a bar of what is spent and reserved."""
    return table("Budgets", _COLUMNS, [_row(standing) for standing in standings])


def _row(standing: BudgetStanding) -> list[str]:
    claim, counter = standing.claim, standing.counter
    budget = claim.budget
    whose = f"{budget.period}, {budget.kind}" + (f", {claim.subject}" if claim.subject else "")
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
