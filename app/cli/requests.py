"""Requests made from what somebody typed: what is wrong becomes a sentence that names the option."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from app.errors import InputError

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
    said = message.removeprefix("Value error, ")
    if not location:
        return said
    field, *rest = map(str, location)
    return f"{'.'.join([options.get(field, field), *rest])}: {said}"


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
