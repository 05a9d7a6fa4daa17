"""What the commands print with: tables for people, JSON for programs, and complaints on standard error."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

out = Console()
err = Console(stderr=True)


def print_json(value: Any) -> None:  # noqa: ANN401  anything that JSON can hold
    """One JSON document; decimals as exact strings."""
    out.print(
        orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2).decode(),
        highlight=False,
        soft_wrap=True,
        markup=False,
    )


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return usd(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def usd(value: Decimal | None) -> str:
    """An exact amount, without needless zeros; a dash where it is unknown."""
    return "-" if value is None else f"{value.normalize():f}"


def usd_rounded(value: Decimal | None) -> str:
    """An amount for the eye, to a millionth of a dollar; JSON has it exactly."""
    return "-" if value is None else f"{value:.6f}"


def percent(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:.1f} %"


def table(title: str, columns: Mapping[str, str], rows: Sequence[Sequence[str]]) -> Table:
    """A table; `columns` says for each heading how it is justified (`left`, `right`, or `wrap` for sentences)."""
    result = Table(title=title, title_justify="left", header_style="bold underline", box=None, padding=(0, 1, 0, 0))
    for heading, justify in columns.items():
        # Figures and names stay whole, sentences may wrap: 80 columns are enough for every table.
        sentence = justify == "wrap"
        result.add_column(
            heading, justify="right" if justify == "right" else "left", no_wrap=not sentence, overflow="fold"
        )
    for row in rows:
        result.add_row(*row)
    return result
