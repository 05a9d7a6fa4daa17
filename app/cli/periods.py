"""Days and moments on the command line."""

from datetime import UTC, date, datetime, time, timedelta

from app.errors import InputError


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
