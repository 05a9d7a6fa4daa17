"""What a check found, as a table for people."""

from rich.markup import escape
from rich.table import Table

from app.cli.console import table
from app.schemas.gen_ai.fact_check import ClaimInfo, FactCheckInfo, NumberInfo

_COLUMNS = {"": "left", "Said": "wrap", "Fact": "wrap"}


def check_table(found: FactCheckInfo) -> Table:
    """The numbers, then the claims, each in the order of the text."""
    rows = [_number(number) for number in found.numbers] + [_claim(claim) for claim in found.claims]
    return table("Numbers and claims", _COLUMNS, [[escape(cell) for cell in row] for row in rows])


def verdict(found: FactCheckInfo) -> str:
    """One line for each violation, or one that says that there is none."""
    if found.passed:
        return f"{len(found.numbers)} numbers and {len(found.claims)} claims: nothing is wrong."
    return "\n".join(["Wrong:", *(f"- {violation.removeprefix('text: ')}" for violation in found.violations)])


def _number(number: NumberInfo) -> list[str]:
    fact = number.fact
    if fact is None:
        return [number.status.replace("_", " "), number.text, number.reason]
    return ["matched", number.text, f"{fact.name} = {fact.printed}"]


def _claim(claim: ClaimInfo) -> list[str]:
    return ["agrees" if claim.agrees else "disagrees", claim.text, claim.reason]
