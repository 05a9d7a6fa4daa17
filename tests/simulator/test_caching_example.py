"""What caching costs on the bill, request by request, on both text APIs.

A constant part of 2,300 tokens (tools, schema and instructions), a user's message of 471 that is another one each time,
and 3 tokens that never enter a cache. The rules: https://developers.openai.com/api/docs/guides/prompt-caching, read on
2026-11-30. Rates are USD per 1M tokens, from the models' pages of that day.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

import httpx2
import pytest

from app.clock import FixedClock
from app.simulator.service import Simulator

Wire = Literal["chat_completions", "responses"]
Split = tuple[int, int, int, int]
"""Tokens of a prompt: plain, read, written for 30 minutes, written for 12 hours."""

CONSTANT, QUESTION, TRAILING = 2_300, 471, 3
FRAME = 4
"""Tokens of a message beside its text."""
MARK = {"prompt_cache_breakpoint": {"mode": "explicit"}}
FUNCTION = {"name": "last_price", "parameters": {"type": "object", "properties": {"ticker": {"type": "string"}}}}
SCHEMA = {"name": "answer", "schema": {"type": "object", "properties": {"text": {"type": "string"}}}}
RATES = {  # of what Split tells apart
    "gpt-6-luna": ("0.10", "0.01", "0.125", "0.25"),
    "gpt-6.1-terra": ("1.00", "0.05", "1.25", "2.50"),
    "gpt-6.2-sol": ("2.00", "0.10", "2.50", "5.00"),
    "gpt-6.2-astra": ("8.00", "0.40", "10.00", "20.00"),
}


def body_of(wire: Wire, model: str, instructions: str, question: str, *, marked: bool) -> dict[str, Any]:
    """A request with tools, a schema, instructions and a question. On Chat Completions only luna has tools here."""
    text = {"text": instructions} | (MARK if marked else {})
    if wire == "responses":
        told = {"role": "developer", "content": [{"type": "input_text", **text}]}
        return {
            "model": model,
            "input": [told, {"role": "user", "content": question}],
            "tools": [{"type": "function", **FUNCTION}],
            "text": {"format": {"type": "json_schema", **SCHEMA}},
        }
    told = {"role": "developer", "content": [{"type": "text", **text}]}
    tools = {"tools": [{"type": "function", "function": FUNCTION}], "reasoning_effort": "none"}
    return {
        "model": model,
        "messages": [told, {"role": "user", "content": question}],
        "response_format": {"type": "json_schema", "json_schema": SCHEMA},
    } | (tools if model == "gpt-6-luna" else {})


class Asker:
    """Sends the example's requests and reads their bills; instructions are as long as the constant part needs."""

    def __init__(self, http: httpx2.AsyncClient, simulator: Simulator) -> None:
        self._http = http
        self._simulator = simulator
        self._questions = 0
        self._rest: dict[tuple[Wire, str], int] = {}

    async def ask(self, wire: Wire, model: str, *, constant: int = CONSTANT, marked: bool, **more: Any) -> Split:
        """The split of a request with another question than ever before."""
        self._questions += 1
        if (wire, model) not in self._rest:
            self._rest[wire, model] = sum(await self._sent(body_of(wire, model, "", "one", marked=False)))
        instructions = " word" * (constant + FRAME + 1 + TRAILING - self._rest[wire, model])
        question = f" {self._questions}" + " one" * (QUESTION - FRAME - 2)
        return await self._sent(body_of(wire, model, instructions, question, marked=marked) | more)

    async def _sent(self, body: dict[str, Any]) -> Split:
        path = "/v1/responses" if "input" in body else "/v1/chat/completions"
        response = await self._http.post(path, json=body)
        assert response.status_code == 200, response.text
        usage = self._simulator.account.bills[-1].usage
        if "input" in body:
            tokens, details = usage["input_tokens"], usage["input_tokens_details"]
            written = details["cache_write_tokens_details"]
            split = written["ttl_30m_tokens"], written["ttl_12h_tokens"]
        else:
            tokens, details = usage["prompt_tokens"], usage["prompt_tokens_details"]
            split = details["cache_write_tokens"], 0
        assert sum(split) == details["cache_write_tokens"]
        return tokens - details["cached_tokens"] - sum(split), details["cached_tokens"], *split


@pytest.fixture
def asker(http: httpx2.AsyncClient, simulator: Simulator) -> Asker:
    return Asker(http, simulator)


def price(model: str, split: Split) -> Decimal:
    rates = RATES[model]
    return sum((Decimal(rate) * tokens for rate, tokens in zip(rates, split, strict=True)), Decimal()) / 1_000_000


EXPLICIT: dict[str, Any] = {"prompt_cache_options": {"mode": "explicit"}}
LONG: dict[str, Any] = {"prompt_cache_options": {"mode": "explicit", "ttl": "12h"}}
CASES: dict[str, tuple[bool, dict[str, Any], Split, Split]] = {
    "A, no cache": (False, EXPLICIT, (2_774, 0, 0, 0), (2_774, 0, 0, 0)),
    "B, implicit": (False, {}, (3, 0, 2_771, 0), (3, 0, 2_771, 0)),
    "C, both": (True, {}, (3, 0, 2_771, 0), (3, 2_300, 471, 0)),
    "D, explicit": (True, EXPLICIT, (474, 0, 2_300, 0), (474, 2_300, 0, 0)),
    "D for 12 hours": (True, LONG, (474, 0, 0, 2_300), (474, 2_300, 0, 0)),
}
SUMS = {  # of two requests, in USD
    "gpt-6-luna": (".000555", ".000693", ".000429", ".000405", None),
    "gpt-6.1-terra": (".005548", ".006934", ".004174", ".003938", ".006813"),
    "gpt-6.2-sol": (".011096", ".013867", ".008347", ".007876", None),
    "gpt-6.2-astra": (".044384", ".055468", ".033388", ".031504", None),
}


@pytest.mark.parametrize(
    ("wire", "case"),
    # Twelve hours are for Responses.
    [(wire, case) for wire in get_args(Wire) for case in CASES if (wire, CASES[case][1]) != ("chat_completions", LONG)],
)
async def test_two_requests_with_the_same_instructions(asker: Asker, wire: Wire, case: str) -> None:
    """Every token is billed at one rate, and the sums are those of the worked example, rounded to the millionth."""
    marked, more, first, second = CASES[case]
    for model, sums in SUMS.items():
        splits = [await asker.ask(wire, model, marked=marked, prompt_cache_key="k", **more) for _ in range(2)]
        assert splits == [first, second], model
        expected = sums[list(CASES).index(case)]
        if expected is not None:
            cost = sum(price(model, split) for split in splits)
            assert abs(cost - Decimal(expected)) <= Decimal("0.0000005"), model


async def test_a_hundred_requests_on_terra(asker: Asker) -> None:
    """Caching what is constant pays: .2774 without a cache, .3467 left alone, .0617 with a breakpoint."""
    for case, expected in (("A, no cache", ".2774"), ("B, implicit", ".3467"), ("D, explicit", ".0617")):
        marked, more, *_ = CASES[case]
        name = "gpt-6.1-terra"
        splits = [await asker.ask("responses", name, marked=marked, **more) for _ in range(100)]
        cost = sum(price(name, split) for split in splits)
        assert round(cost, 4) == Decimal(expected), case


async def test_a_short_constant_part_is_not_cached(asker: Asker) -> None:
    """With 1,023 tokens before the breakpoint nothing is written there; left alone, the whole prompt is."""
    for constant, split in ((1_023, (1_497, 0, 0, 0)), (1_024, (474, 0, 1_024, 0))):
        assert await asker.ask("responses", "gpt-6.1-terra", constant=constant, marked=True, **EXPLICIT) == split
    assert await asker.ask("responses", "gpt-6.2-sol", constant=1_023, marked=True) == (3, 0, 1_494, 0)


async def test_half_an_hour_later(asker: Asker, clock: FixedClock) -> None:
    """A prefix that nobody read for more than its time is written again; one of twelve hours is still there."""
    for more, read in ((EXPLICIT, 0), (LONG, 2_300)):
        for minutes, expected in ((0, 0), (30, 2_300), (31, read)):
            clock.move_to(clock.now() + timedelta(minutes=minutes))
            split = await asker.ask("responses", "gpt-6.2-sol", marked=True, **more)
            assert split[1] == expected, (more, minutes)
        clock.move_to(clock.now() + timedelta(hours=13))


BREAKS: list[tuple[Wire, dict[str, Any]]] = [
    ("responses", {"tools": [{"type": "function", **FUNCTION, "description": "Tells a price."}]}),
    ("responses", {"parallel_tool_calls": False}),
    ("responses", {"text": {"format": {"type": "json_schema", **SCHEMA}, "verbosity": "low"}}),
    ("responses", {"text": {"format": {"type": "text"}}}),
    ("responses", {"reasoning": {"effort": "high"}}),
    ("chat_completions", {"verbosity": "low"}),
    ("chat_completions", {"reasoning_effort": "low"}),
    ("chat_completions", {"response_format": {"type": "text"}}),
]
KEEPS: list[tuple[Wire, dict[str, Any]]] = [
    ("responses", {"reasoning": {"effort": "medium", "summary": "auto"}, "parallel_tool_calls": True}),
    ("responses", {"tool_choice": "none", "max_output_tokens": 500, "metadata": {"a": "b"}, "stream": True}),
    ("responses", {"prompt_cache_key": "other", "safety_identifier": "somebody", "service_tier": "fast"}),
    ("responses", {"instructions": "Be short."}),
    ("chat_completions", {"reasoning_effort": "medium", "verbosity": "medium"}),
]


@pytest.mark.parametrize(
    ("wire", "change", "read"), [(*way, 0) for way in BREAKS] + [(*way, CONSTANT) for way in KEEPS]
)
async def test_what_breaks_a_prefix(asker: Asker, wire: Wire, change: dict[str, Any], read: int) -> None:
    """What is rendered before it, and how the model is set; a key alone partitions nothing here."""
    await asker.ask(wire, "gpt-6.2-sol", marked=True, **EXPLICIT)
    assert (await asker.ask(wire, "gpt-6.2-sol", marked=True, **EXPLICIT, **change))[1] == read


async def test_instructions_are_never_cached_on_the_newest_models(asker: Asker) -> None:
    """gpt-6.2 reads them last, so that they cost their whole price each time; older models read them first."""
    for model, plain in (("gpt-6.2-sol", TRAILING + FRAME + 3), ("gpt-6.1-sol", TRAILING)):
        for _ in range(2):
            split = await asker.ask("responses", model, marked=False, instructions="Be very short")
            assert split[0] == plain, model
