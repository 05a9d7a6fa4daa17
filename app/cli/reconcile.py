"""`tollgate reconcile`: what OpenAI billed against what the ledger recorded."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import print_json
from app.cli.periods import read_date
from app.cli.reconcile_report import as_json, show
from app.cli.session import with_ledger
from app.errors import InputError
from app.services.gen_ai.reconciliation import reconcile as compare
from app.services.gen_ai.reconciliation_costs import BilledCosts, CostsPage, billed_costs, read_pages
from app.services.gen_ai.reconciliation_fetch import fetch_pages
from app.settings import Settings
from containers.reading import Reading, ReadLedger

_OPENAI = "https://api.openai.com/v1"

Pages = list[tuple[str, CostsPage]]


def reconcile(  # noqa: PLR0917  Typer calls it by name
    costs: Annotated[
        list[str] | None, typer.Option(help="The JSON answer of OpenAI's costs endpoint; repeat it for further pages")
    ] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch the costs with OPENAI_ADMIN_KEY")] = False,  # noqa: FBT002  Typer's form of a flag
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day (UTC)")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day (UTC)")] = None,
    project: Annotated[list[str] | None, typer.Option(help="Only what these projects were billed")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Compare what OpenAI billed with the ledger: drift per day, model and category, and how much was captured."""
    days = _days(since, until)
    if fetch == bool(costs):
        raise InputError("Give either --costs FILE, once or more often, or --fetch with --from DATE and --to DATE")
    pages = [page for file in costs or () for page in read_pages(file, _bytes(file))]

    async def work(rules: Reading, read: ReadLedger) -> None:
        fetched = await _fetch(rules.settings, *days) if fetch else pages
        billed = _only(billed_costs(fetched), days, project)
        now = rules.clock.now()
        found = await compare(billed, read.ledger, rules.catalog, now=now)
        if json:
            print_json(as_json(found))
        else:
            show(found)

    with_ledger(work)


async def _fetch(settings: Settings, since: date | None, until: date | None) -> Pages:
    if since is None or until is None:
        raise InputError("--fetch needs --from DATE and --to DATE")
    if settings.openai_admin_key is None:
        raise InputError(
            "--fetch needs OPENAI_ADMIN_KEY, an admin key of the organization; without one, "
            "save the answer of the costs endpoint in a file and give it with --costs"
        )
    base_url = str(settings.openai_base_url or _OPENAI)
    return await fetch_pages(base_url, settings.openai_admin_key.get_secret_value(), since, until)


def _days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    first = None if since is None else read_date("--from", since)
    last = None if until is None else read_date("--to", until)
    if first is not None and last is not None and first > last:
        raise InputError(f"--from {first}: it must not lie after --to {last}")
    return first, last


def _only(costs: BilledCosts, days: tuple[date | None, date | None], projects: list[str] | None) -> BilledCosts:
    first, last = days
    kept = frozenset(day for day in costs.days if (first or day) <= day <= (last or day))
    items = (item for item in costs.items if item.day in kept and (not projects or item.project_id in projects))
    return BilledCosts(tuple(items), kept)


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{file}: {reason}; give the path of a JSON file") from error
