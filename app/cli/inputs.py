"""What somebody typed: days and moments, files, and requests whose faults become sentences that name the option."""

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import orjson
import typer
from pydantic import BaseModel, ValidationError

from app.errors import InputError, own_words

RequestT = TypeVar("RequestT", bound=BaseModel)


def request_of(kind: type[RequestT], values: Mapping[str, Any], options: Mapping[str, str]) -> RequestT:
    """The request; `options` says which option a field comes from.

    Raises:
        InputError: everything that is wrong with it, one line each.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        lines = [_line(details["loc"], details["msg"], options) for details in error.errors(include_url=False)]
        raise InputError("\n".join(lines)) from error


def _line(location: tuple[int | str, ...], message: str, options: Mapping[str, str]) -> str:
    problem = own_words(message)
    if not location:
        return problem
    field, *rest = map(str, location)
    return f"{'.'.join([options.get(field, field), *rest])}: {problem}"


def in_options(error: InputError, options: Mapping[str, str]) -> InputError:
    """An error of a service with the options in the place of the fields of a request's body."""
    errors = error.fields.get("errors")
    if not errors:
        return error
    lines = []
    for each in errors:
        field = each["where"].removeprefix("body.")
        lines.append(f"{options.get(field, field)}: {each['message']}")
    return InputError("\n".join(lines))


def read_json_object(option: str, file: str) -> dict[str, Any]:
    """The JSON object in a file; `-` is the standard input.

    Raises:
        InputError: it cannot be read, or is no JSON object; the message names the option and the file.
    """
    try:
        body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{option} {file}: not JSON: {error}") from error
    except OSError as error:
        raise InputError(f"{option} {file}: {error.strerror}; give the path of a JSON file, or -") from error
    except ValueError as error:
        raise InputError(f"{option} {file!r}: {error}; give the path of a JSON file, or -") from error
    if not isinstance(found, dict):
        raise InputError(
            f"{option} {file}: JSON, but not an object; give a strategy such as `strategy show --json` has"
        )
    return found


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
