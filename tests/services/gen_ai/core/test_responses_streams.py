"""Streams of Responses that break off, or are not as OpenAI sends them: neither changes what was said or is billed."""

import asyncio
import json
from collections.abc import Sequence
from decimal import Decimal

import pytest

from app.services.gen_ai.core import metered_stream
from app.services.gen_ai.core.operation import Streamed
from app.tokenizer import count_tokens
from tests.fakes.responses_gate import (
    COST,
    CUT,
    FAILED,
    SAID,
    TERRA,
    TEXT,
    WAYS,
    Way,
    booked,
    build,
    money,
    outcome,
    task,
)
from tests.fakes.responses_upstream import (
    MODEL,
    Event,
    call,
    declined,
    events,
    failed_instead,
    message,
    sent,
    thought,
    valid,
)
from tests.fakes.scripted_stream import ScriptedBody, streamed
from tests.tables import each_line

# Streams that break off: an estimate of what was written, where the model does not think; else nobody knows.

WHOLE = events(message(TEXT), model=TERRA)
WITHOUT_PIECES = [one for one in WHOLE if one["type"] in ("response.created", "response.output_item.done")]
CUTS: Sequence[tuple[Sequence[Event], str]] = (
    (WHOLE[:2], ""),
    (WHOLE[:5], TEXT[: len(TEXT) // 2]),
    (WHOLE[:-1], TEXT),
    (WITHOUT_PIECES, TEXT),
    (events(call("weather", TEXT), model=TERRA)[:-1], "weather" + TEXT),
    (events(message(declined(TEXT)), model=TERRA)[:-1], TEXT),
    ([*WHOLE[:-1], failed_instead()], TEXT),
)


@each_line(("told", "written"), CUTS)
async def test_a_stream_that_is_cut_is_an_estimate_of_what_came(told: Sequence[Event], written: str) -> None:
    """Up to the worst case, which a budget counts. Of a model that thinks nothing is estimated."""
    for model, status in ((TERRA, "estimated"), (MODEL, "unknown")):
        renamed = [
            one | ({"response": one["response"] | {"model": model}} if "response" in one else {}) for one in told
        ]
        async with build(sent(renamed)) as gate:
            assert str(await outcome(WAYS[1], gate, requested_model_id=model)).startswith("upstream_stream_")
            end = await booked(gate)
            worst = gate.ledger.opened[0].attempt.worst_usd
        rate = {TERRA: Decimal(5), MODEL: Decimal(10)}[model]
        assert (end.status.value, end.counts_worst, end.cost_high_usd) == (status, True, worst)
        assert (end.tokens is None) == (status == "unknown")
        assert end.cost_low_usd == count_tokens(written) * rate / 1_000_000


async def test_what_is_cut_off_of_another_model_has_the_least_of_that_one() -> None:
    """It was asked of gpt-6.2-sol: what gpt-6-luna wrote costs a twentieth, and of an unknown model nobody knows."""
    for model, rate in (("gpt-6-luna", Decimal("0.5")), ("gpt-99", Decimal(0))):
        async with build(sent(events(message(TEXT), model=model)[:-1])) as gate:
            await outcome(WAYS[1], gate)
            end = await booked(gate)
        assert end.cost_low_usd == count_tokens(TEXT) * rate / 1_000_000


async def test_a_stream_that_is_cut_after_its_end_is_whole() -> None:
    """What follows is not waited for, and not read."""
    later = [*events(SAID), failed_instead(), *events(message("again"))]
    async with build(sent(later)) as gate:
        assert await outcome(WAYS[1], gate) == TEXT
        assert money(await booked(gate)) == ("measured", COST)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_an_answer_without_a_usage_is_an_estimate_or_unknown(way: Way) -> None:
    """As on Chat Completions."""
    async with build(way.answer(message(TEXT), model=TERRA, used=None)) as gate:
        assert await outcome(way, gate, requested_model_id=TERRA) == TEXT
        end = await booked(gate)
    expected = "estimated" if way.name == "streamed" else "unknown"
    assert (end.status.value, end.error) == (expected, "usage_missing")


# Streams that are not as they should be.


def _without(*kinds: str) -> list[Event]:
    return [one for one in events(thought(1, "Hm."), SAID) if one["type"] not in kinds]


def _bare_end(told: Sequence[Event]) -> list[Event]:
    """The last event repeats nothing, as some servers send it."""
    return [*told[:-1], told[-1] | {"response": told[-1]["response"] | {"output": []}}]


FULL = events(thought(1, "Hm."), SAID)
PADDING = {"type": "keepalive", "sequence_number": 4}
ANNOTATED = valid({"type": "response.output_text.annotation.added", "item_id": "msg_1", "output_index": 1,
                   "content_index": 0, "annotation_index": 0, "sequence_number": 9,
                   "annotation": {"type": "file_path", "index": 3, "file_id": "f"}})  # fmt: skip
LATER = {"type": "response.later_kind.delta", "delta": "not for anybody", "output_index": 1}
DONE = next(one for one in FULL if one["type"] == "response.output_text.done")
ODD_STREAMS: Sequence[Sequence[Event]] = (
    FULL,
    [piece for one in FULL for piece in (one, PADDING, LATER)],
    [*FULL[:-1], ANNOTATED, FULL[-1]],
    [*FULL[:-1], DONE, DONE, FULL[-1]],
    [{name: value for name, value in one.items() if name != "sequence_number"} for one in FULL],
    [one | {"obfuscation": "A" * 5000} for one in FULL],
    _without("response.created", "response.in_progress"),
    _without("response.output_item.added", "response.content_part.added"),
    _without("response.output_text.delta"),
    _without("response.output_item.done"),
    _bare_end(FULL),
    _bare_end(_without("response.output_text.delta")),
    [FULL[0], *reversed([one for one in FULL if "output_item" in one["type"]]), FULL[-1]],
    [
        *[one for one in FULL[:-1] if "done" in one["type"]],
        *[one for one in FULL[:-1] if "done" not in one["type"]],
        FULL[-1],
    ],
    [
        *FULL[:-1],
        FULL[-1] | {"response": {name: value for name, value in FULL[-1]["response"].items() if name != "status"}},
    ],
)


@each_line("told", ODD_STREAMS)
async def test_what_is_odd_in_a_stream_changes_neither_text_nor_bill(told: Sequence[Event]) -> None:
    """Padding, unknown events, pieces or items left out, repeated, or in another order."""
    async with build(sent(told)) as gate:
        pieces: list[Streamed] = [piece async for piece in gate.generator.stream(task())]
        assert "".join(piece for piece in pieces if isinstance(piece, str)) == TEXT
        assert money(await booked(gate)) == ("measured", COST)


async def test_a_failed_or_incomplete_end_is_one_without_a_status_too() -> None:
    """The name of the event tells it."""
    for ending, told in (
        (FAILED, "upstream_stream_failed"),
        (CUT, ["the answer was cut off at the limit of 300 tokens"]),
    ):
        *before, last = events(message("What a"), **ending)
        bare = {name: value for name, value in last["response"].items() if name not in ("status", "error")}
        async with build(sent([*before, last | {"response": bare}])) as gate:
            assert await outcome(WAYS[1], gate) == told


async def test_a_server_that_hangs_after_an_error_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An end may come after it, and is given a second: whoever asks is told of the error, not of the time."""
    monkeypatch.setattr(metered_stream, "_SECONDS_AFTER_END", 0.01)
    begun = "".join(f"data: {json.dumps(one)}\n\n" for one in [*events(message(TEXT))[:5], failed_instead()])
    async with build(streamed(ScriptedBody(begun.encode(), asyncio.Event()))) as gate:
        assert await outcome(WAYS[1], gate) == "upstream_stream_failed"
        assert (await booked(gate)).status.value == "unknown"
