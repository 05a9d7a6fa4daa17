"""Days and moments on the command line."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, TypeAlias

import typer

from app.errors import InputError

SinceOption: TypeAlias = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="A day (UTC) or a moment; included")
]
UntilOption: TypeAlias = Annotated[
    str | None, typer.Option("--to", metavar="DAY", help="A day (UTC), included whole, or a moment, excluded")
]


def read_period(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """From `--from` to `--to`; None does not restrict.

    Raises:
        InputError: one is neither day nor moment, or nothing lies between the two.
    """
    first, end = read_moment("--from", since), read_moment("--to", until, end=True)
    if first is not None and end is not None and first >= end:
        raise InputError(f"--from {since}: it must lie before --to {until}")
    return first, end


def read_date(option: str, value: str) -> date:
    """A day.

    Raises:
        InputError: it is none; the message names the option.
    """
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InputError(f"{option} {value}: give a day in UTC such as 2026-11-23") from None


def read_moment(option: str, value: str | None, *, end: bool = False) -> datetime | None:
    """A moment with its zone, or the beginning of a day in UTC; as an `end`, a day is included whole.

    Raises:
        InputError: it is neither, or the moment has no zone; the message names the option.
    """
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return _moment(option, value)
    try:
        return datetime.combine(day, time(), UTC) + timedelta(days=int(end))
    except OverflowError:
        raise InputError(f"{option} {value}: the calendar ends there; leave it out") from None


def _moment(option: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InputError(
        f"{option} {value}: give a day in UTC such as 2026-11-23, or a moment with its zone such as 2026-11-23T12:00Z"
    )
