"""Four ways of caching the same requests: how a request of each looks, and what the rules say that its input costs.

From gpt-5.6 on a prefix is written, and found again, at a breakpoint only. Left alone (implicit mode) there is one at
the end of the newest message; explicit mode has those that the request marks, and without any nothing is cached
(https://developers.openai.com/api/docs/guides/prompt-caching).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import httpx2

from app.services.gen_ai.rules.prices import Rates


class Mode(StrEnum):
    NONE = "no cache"
    IMPLICIT = "implicit, the default"
    IMPLICIT_AND_BREAKPOINT = "implicit + breakpoint"
    EXPLICIT_AND_BREAKPOINT = "explicit + breakpoint"
    """What the gate sends for the builder."""


class CacheFields(httpx2.AsyncBaseTransport):
    """Beneath the gate: what it sends is changed into a request of another mode, and is left as it is in its own.

    Raises:
        AssertionError: the gate sends another mode than this one thinks.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, mode: Mode) -> None:
        self._inner = inner
        self._mode = mode

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(await request.aread())
        marked = [part for part in _parts(body) if "prompt_cache_breakpoint" in part]
        assert body["prompt_cache_options"] == {"mode": "explicit"}, body["prompt_cache_options"]  # noqa: S101  see above
        assert len(marked) == 1, marked  # noqa: S101  see above
        if self._mode in (Mode.NONE, Mode.IMPLICIT):
            del marked[0]["prompt_cache_breakpoint"]
        if self._mode in (Mode.IMPLICIT, Mode.IMPLICIT_AND_BREAKPOINT):
            del body["prompt_cache_options"]
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
        edited = httpx2.Request(
            request.method, request.url, headers=headers, content=json.dumps(body), extensions=request.extensions
        )
        return await self._inner.handle_async_request(edited)


def _parts(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  any JSON
    """Every object within."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(inner)


@dataclass(frozen=True, slots=True)
class Prompts:
    """In tokens: how long each prompt is, how long the part that they begin with in common is up to the breakpoint,
    and how much at the end of each never enters a cache.
    """

    lengths: Sequence[int]
    constant: int
    trailing: int


def input_usd(mode: Mode, prompts: Prompts, rates: Rates) -> Decimal:
    """What the input of all costs, asked one after the other, no two of them alike behind the constant part."""
    plain, read, written = Decimal(0), Decimal(0), Decimal(0)
    for number, length in enumerate(prompts.lengths):
        end, constant = length - prompts.trailing, prompts.constant
        if mode is Mode.NONE:
            plain += length
        elif mode is Mode.IMPLICIT:
            written, plain = written + end, plain + prompts.trailing
        elif mode is Mode.IMPLICIT_AND_BREAKPOINT:
            found = constant if number else 0
            read, written, plain = read + found, written + end - found, plain + prompts.trailing
        elif number:
            read, plain = read + constant, plain + length - constant
        else:
            written, plain = written + constant, plain + length - constant
    return (plain * rates.input + read * rates.reading + written * rates.writing) / 1_000_000
