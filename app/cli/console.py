"""What the commands print with: tables for people, JSON for programs, and complaints on standard error."""

import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from app.errors import TollgateError, in_full

out = Console()
err = Console(stderr=True)


def program() -> str:
    """The command as the person who started it can type it again: `.venv/bin/tollgate` where it is not on the path."""
    started = Path(sys.argv[0])
    if started.name != "tollgate":  # python -c, -m: what is installed beside the interpreter
        started = Path(sys.executable).with_name("tollgate")
    found = shutil.which("tollgate")
    if str(started) == "tollgate" or (found is not None and Path(found).absolute() == started.absolute()):
        return "tollgate"
    path, here = started.absolute(), Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def typeable(sentence: str) -> str:
    """The commands that a sentence names in backquotes, as they can be typed here."""
    return re.sub(r"`tollgate(?=[ `])", lambda _: f"`{program()}", sentence)


def say(sentence: str) -> None:
    """A line that programs can read too: never wrapped."""
    out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def complain(sentence: str) -> None:
    """On standard error, as a whole: programs and people may search it."""
    err.print(typeable(sentence), style="red", markup=False, highlight=False, soft_wrap=True)


def whole(error: TollgateError) -> str:
    """What an error says, as the API's problem has it: what was wrong with an answer that was rejected, one line each,
    or what the upstream said in its own words.
    """
    return "\n".join([in_full(error), *(f"- {violation}" for violation in error.fields.get("violations", ()))])


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


_LEVELS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """The curve in `width` characters at most: each stands for the last value of its part, on a scale of all values."""
    count = min(width, len(values))
    if count < 1:
        return ""
    lowest = min(values)
    step = (max(values) - lowest) / (len(_LEVELS) - 1)
    if step == 0:
        return _LEVELS[0] * count
    ends = (len(values) * (place + 1) // count - 1 for place in range(count))
    return "".join(_LEVELS[round((values[end] - lowest) / step)] for end in ends)
