"""What `tollgate price` is asked: reads a usage object, or a whole answer, from a file or from standard input."""

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from app.clock import Clock, today
from app.errors import InputError


@dataclass(frozen=True, slots=True)
class Question:
    """`source` names the file in messages; `service_tier` None: nobody named one."""

    source: str
    model: str
    usage: dict[str, Any]
    service_tier: str | None


def read_question(file: str, model: str | None, service_tier: str | None) -> Question:
    """Reads `file` (`-`: standard input). What an answer says of itself stands in for what is not given.

    Raises:
        InputError: with the file, and why it cannot be used.
    """
    source = "standard input" if file == "-" else file
    content = _json_object(source, _bytes(file, source))
    answer = content if "usage" in content else {}
    usage = answer.get("usage", content)
    if not isinstance(usage, dict):
        raise InputError(f"{source}: its member `usage` is {orjson.dumps(usage).decode()}, not an object of counts")
    named = _text(answer.get("model")) if model is None else model
    if named is None:
        raise InputError(f"{source} names no model; say which one answered: --model MODEL")
    tier = _text(answer.get("service_tier")) if service_tier is None else service_tier
    return Question(source, named, usage, tier)


def _bytes(file: str, source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputError(
            f"{source}: {error.strerror}; give the path of a JSON file, or - for standard input"
        ) from error
    except ValueError as error:
        raise InputError(f"{source!r}: {error}; give the path of a JSON file") from error


def _json_object(source: str, body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{source}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{source}: JSON, but not an object; give a usage object or a whole answer")
    return content


def _text(value: object) -> str | None:
    """A model or a tier, where the answer names one; as in `open_envelope`, anything but text is none."""
    return value if isinstance(value, str) else None


def read_day(at: str | None, clock: Clock) -> date:
    """The day in UTC, on which a price depends: of `at`, a day or a moment with its zone, or the present one.

    Raises:
        InputError: it is neither, or the moment has no zone.
    """
    if at is None:
        return today(clock)
    try:
        return date.fromisoformat(at)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).date()
    except (ValueError, OverflowError):
        raise InputError(
            f"--at {at}: give a day in UTC such as 2026-11-23, or a moment such as 2026-11-23T12:00:00Z"
        ) from None
    raise InputError(f"--at {at}: prices change at midnight UTC, so a moment needs its zone, for instance {at}Z")
