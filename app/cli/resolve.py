"""`tollgate usage resolve`: what was not known of an attempt, settled by what the bill shows."""

import os
import pwd
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from app.cli.console import out, print_json, usd
from app.cli.session import name_ledger, with_ledger
from app.cli.usage import JsonOption
from app.errors import InputError
from app.services.gen_ai.ledger.port import Resolution, Resolved
from app.services.gen_ai.ledger.resolutions import resolved_sentence
from app.services.gen_ai.responses import usage_row
from containers.reading import Reading, ReadLedger

_LONGEST_NOTE = 1000


def resolve(
    attempt: Annotated[str, typer.Argument(help="The attempt's id; `usage export` lists them all")],
    note: Annotated[str, typer.Option(help="Why: where the bill shows it; kept with the attempt")],
    unbilled: Annotated[bool, typer.Option("--unbilled", help="It was not billed")] = False,  # noqa: FBT002  Typer's form of a flag
    cost_usd: Annotated[str | None, typer.Option(metavar="USD", help="What it was billed with, exact")] = None,
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Settle an attempt whose cost is not known by what the bill shows; once, and with a trace."""
    if unbilled == (cost_usd is not None):
        raise InputError("Give either --unbilled or --cost-usd USD")
    if not note.strip() or len(note) > _LONGEST_NOTE:
        raise InputError(f"--note: say in 1 to {_LONGEST_NOTE:,} characters where the bill shows it")
    amount = None if cost_usd is None else _amount(cost_usd)

    async def work(rules: Reading, read: ReadLedger) -> None:
        order = Resolution(attempt, amount, note.strip(), os_user(), rules.clock.now())
        row = await read.ledger.resolve(order)
        name_ledger(read, as_json=json)
        if json:
            print_json(usage_row(row).model_dump(mode="json"))
        elif row.resolved is not None:
            shown = f"{attempt}: {resolved_sentence(row.resolved)}. {_before(row.resolved)}"
            out.print(shown, markup=False, highlight=False, soft_wrap=True)

    with_ledger(work)


def os_user() -> str:
    """Who runs this process, as the system knows; the environment could say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InputError(f"--cost-usd {text}: give a decimal number such as 0.0125") from None


def _before(was: Resolved) -> str:
    if was.was_cost_usd is not None:
        return f"It was {was.was_status}, at {usd(was.was_cost_usd)} USD."
    low = usd(was.was_cost_low_usd or Decimal(0))
    high = "an amount that is not known" if was.was_cost_high_usd is None else f"{usd(was.was_cost_high_usd)} USD"
    return f"It was {was.was_status}, between {low} USD and {high}."
