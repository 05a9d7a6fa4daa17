"""JSON as servers really write it: half an emoji, a byte order mark, a NaN must not cost an answer that was paid for.

OpenAI's own answers never leave the quick way; the slow one is taken only where it fails.
"""

import json
from typing import Any

import orjson

REPLACEMENT = "\ufffd"
"""Stands where a character came in a form that cannot be read."""
_MANY_DIGITS = 400
"""More than any float has."""


def read_json(data: bytes) -> Any:  # noqa: ANN401  JSON is anything
    """The value of a JSON text. Its texts may hold halves of surrogate pairs: see `mended`.

    Raises:
        ValueError: it is no JSON, also where all that is forgiven is forgiven.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(_decoded(data), strict=False, parse_int=_number)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _number(digits: str) -> int | float:
    """Python reads no integer of more than 4,300 digits; as a float it is infinite, and no count of anything."""
    return int(digits) if len(digits) < _MANY_DIGITS else float(digits)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8-sig", "replace")


def mended(text: str) -> str:
    """The text with the halves of surrogate pairs joined; a half without the other becomes a replacement character.

    A lone half cannot be sent or stored.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def text_or_empty(value: object) -> str:
    """A text, mended; what is none counts as nothing said."""
    return mended(value) if isinstance(value, str) else ""


def text_or_none(value: object) -> str | None:
    """A text that says something, mended; an empty one, or what is none, is absent."""
    return mended(value) if isinstance(value, str) and value else None


def as_json(value: object) -> str:
    """A JSON value as a text; nothing, where it is nested too deep to be written."""
    try:
        return mended(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return ""
