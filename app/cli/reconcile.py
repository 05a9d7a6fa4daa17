"""`tollgate reconcile`: what was billed against what the ledger recorded, and what the bill decides of the rest."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import out, percent, print_json, table, usd, usd_rounded
from app.cli.export import progress
from app.cli.inputs import read_date
from app.cli.resolve import os_user
from app.cli.session import with_ledger
from app.cli.usage import UpstreamOption, show_others
from app.clock import Clock
from app.errors import InputError
from app.services.gen_ai.ledger.bill_evidence import Proof, Undecided, Verdict
from app.services.gen_ai.ledger.openai_costs import (
    BilledCosts,
    BilledItem,
    CostsPage,
    billed_costs,
    fetch_pages,
    read_pages,
)
from app.services.gen_ai.ledger.port import Resolution, UsageLedger
from app.services.gen_ai.ledger.reconciliation import Amounts, Reconciliation
from app.services.gen_ai.ledger.reconciliation import reconcile as compare
from app.services.gen_ai.ledger.resolutions import NotResolvableError
from app.services.gen_ai.responses import other_upstreams
from app.settings import Settings
from containers.reading import Reading, ReadLedger

_COLUMNS = {
    "Day": "left",
    "Model": "left",
    "Category": "left",
    "Billed": "right",
    "Recorded": "right",
    "Difference": "right",
    "%": "right",
}


def show(found: Reconciliation) -> None:
    if not found.days:
        out.print("The costs speak of no day; there is nothing to compare.")
        return
    rows = [
        [day.isoformat(), model, category.value.replace("_", " "), *_cells(amounts)]
        for (day, model, category), amounts in found.lines.items()
    ]
    shown = table(f"Billed by {found.upstream} and recorded here (USD)", _COLUMNS, rows)
    shown.add_section()
    shown.add_row("in all", "", "tokens", *_cells(found.tokens))
    out.print(shown)
    if found.other_items:
        others = [[item.day.isoformat(), _name(item), usd_rounded(item.usd)] for item in found.other_items]
        out.print(table("Billed, but not by tokens", {"Day": "left", "Line item": "wrap", "Billed": "right"}, others))
    for sentence in _sentences(found):
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)
    show_others(other_upstreams(found.other_upstreams))


def show_verdict(verdict: Verdict, *, applied: bool) -> None:
    """What the bill decides of attempts whose cost was not known, and what it leaves open."""
    if verdict.proofs:
        rows = [[proof.attempt_id, *_place(proof), _cost(proof)] for proof in verdict.proofs]
        title = "Settled by the bill" if applied else "What the bill decides"
        out.print(table(title, _ATTEMPT | {"Cost (USD)": "right"}, rows))
        if not applied:
            out.print("Nothing is settled yet; run it again with --apply.")
    if verdict.undecided:
        rows = [[left.attempt_id, *_place(left), left.why] for left in verdict.undecided]
        out.print(table("What the bill does not decide", _ATTEMPT | {"Why": "wrap"}, rows))
        out.print("Settle one by hand with `usage resolve`.", markup=False)


_ATTEMPT = {"Attempt": "left", "Day": "left", "Model": "left"}


def _place(found: Proof | Undecided) -> tuple[str, str]:
    return found.day.isoformat(), found.model


def _cost(proof: Proof) -> str:
    return "not billed" if proof.cost_usd is None else usd(proof.cost_usd)


def _sentences(found: Reconciliation) -> list[str]:
    total, tokens = found.total, found.tokens
    measured, estimated = usd(total.measured_usd), usd(total.unmeasured_usd)
    sentences = [
        f"Capture rate (recorded / billed): {percent(total.capture_percent)}",
        f"Capture rate of what is billed by tokens: {percent(tokens.capture_percent)}",
        f"Recorded: {usd(total.recorded_usd)} USD, {measured} of it measured and {estimated} estimated",
    ]
    if unknown := found.unknown.attempts:
        high = "an unknown amount" if found.unknown.high_usd is None else f"{usd(found.unknown.high_usd)} USD"
        sentences.append(
            f"Not in these sums: {unknown} attempts of unknown cost, "
            f"between {usd(found.unknown.low_usd)} USD and {high} in all"
        )
    return sentences


def _cells(amounts: Amounts) -> list[str]:
    return [
        usd_rounded(amounts.billed_usd),
        usd_rounded(amounts.recorded_usd),
        usd_rounded(amounts.difference_usd),
        percent(amounts.difference_percent).removesuffix(" %"),
    ]


def _name(item: BilledItem) -> str:
    return "(not grouped by line item)" if item.line_item is None else item.line_item


def as_json(found: Reconciliation, verdict: Verdict, *, applied: bool) -> dict[str, Any]:
    unknown = found.unknown
    return {
        "upstream": found.upstream,
        "days": [day.isoformat() for day in found.days],
        "lines": [
            {"day": day.isoformat(), "model": model, "category": category.value, **_amounts(amounts)}
            for (day, model, category), amounts in found.lines.items()
        ],
        "other_items": [
            {
                "day": item.day.isoformat(),
                "line_item": item.line_item,
                "project_id": item.project_id,
                "billed_usd": item.usd,
            }
            for item in found.other_items
        ],
        "billed_by_project": [
            {"project_id": project_id, "billed_usd": billed} for project_id, billed in found.billed_by_project.items()
        ],
        "unknown": {"attempts": unknown.attempts, "low_usd": unknown.low_usd, "high_usd": unknown.high_usd},
        "tokens": _amounts(found.tokens) | {"capture_percent": found.tokens.capture_percent},
        "total": _amounts(found.total) | {"capture_percent": found.total.capture_percent},
        "resolutions": {
            "applied": applied,
            "proved": [_attempt(proof) | {"cost_usd": proof.cost_usd, "note": proof.note} for proof in verdict.proofs],
            "undecided": [_attempt(left) | {"why": left.why} for left in verdict.undecided],
        },
        "other_upstreams": [other.model_dump(mode="json") for other in other_upstreams(found.other_upstreams)],
    }


def _attempt(found: Proof | Undecided) -> dict[str, Any]:
    return {"attempt_id": found.attempt_id, "day": found.day.isoformat(), "model": found.model}


def _amounts(amounts: Amounts) -> dict[str, Any]:
    return {
        "billed_usd": amounts.billed_usd,
        "recorded_usd": amounts.recorded_usd,
        "measured_usd": amounts.measured_usd,
        "unmeasured_usd": amounts.unmeasured_usd,
        "difference_usd": amounts.difference_usd,
        "difference_percent": amounts.difference_percent,
    }


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
    upstream: UpstreamOption = None,
    apply: Annotated[bool, typer.Option("--apply", help="Settle what the bill decides, with a trace")] = False,  # noqa: FBT002  Typer's form of a flag
    json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Compare what was billed with the ledger: drift per day, model and category, and how much was captured.

    It also says what the bill decides of attempts whose cost is not known.
    """
    days = _days(since, until)
    if fetch == bool(costs):
        raise InputError("Give either --costs FILE, once or more often, or --fetch with --from DATE and --to DATE")
    pages = [page for file in costs or () for page in read_pages(file, _bytes(file))]

    async def work(rules: Reading, read: ReadLedger) -> None:
        fetched = await _fetch(rules.settings, *days) if fetch else pages
        billed = _only(billed_costs(fetched), days, project)
        whose = upstream or whose_bill(rules.settings, fetched=fetch)
        compared = partial(compare, billed, read.ledger, rules.catalog, now=rules.clock.now(), upstream=whose)
        found = await compared()
        verdict = found.verdict
        if apply and verdict.proofs:
            verdict = await _apply(verdict, read.ledger, rules.clock)
            found = await compared()
        if json:
            print_json(as_json(found, verdict, applied=apply))
        else:
            show(found)
            show_verdict(verdict, applied=apply)

    with_ledger(work)


def whose_bill(settings: Settings, *, fetched: bool) -> str:
    """The upstream that the costs speak of: what is fetched without another address is OpenAI's, also where only the
    admin key is set and the simulator answers.
    """
    return "openai" if fetched and settings.openai_base_url is None else settings.upstream


async def _apply(verdict: Verdict, ledger: UsageLedger, clock: Clock) -> Verdict:
    """What came of it: what somebody else has settled meanwhile is left."""
    proofs, undecided = list[Proof](), list(verdict.undecided)
    with progress() as shown:
        for proof in shown.track(verdict.proofs, description="Settling"):
            order = Resolution(proof.attempt_id, proof.cost_usd, proof.note, os_user(), clock.now())
            try:
                await ledger.resolve(order)
            except NotResolvableError as error:
                undecided.append(Undecided(proof.attempt_id, proof.day, proof.model, error.detail))
            else:
                proofs.append(proof)
    return Verdict(proofs, undecided)


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
