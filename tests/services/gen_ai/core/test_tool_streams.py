"""Tools in a streamed answer: each call is told, text streams on, and whoever goes leaves closed rows."""

import asyncio
from typing import Any

import httpx2
import pytest

from app.errors import UpstreamError
from app.services.gen_ai.core.operation import Generated, GenerationTask, PlainText, Streamed
from app.services.gen_ai.wire.messages import Message, Tool, ToolCall, ToolUse
from app.vocabulary import AttemptStatus
from tests.fakes.gate import Gate
from tests.fakes.scripted_upstream import streamed
from tests.fakes.tools import PARIS, Weather

TALK = (Message("instruction", "Be brief."), Message("user", "How is the weather in Paris?"))


def task(*tools: Tool[Any]) -> GenerationTask[PlainText, None]:
    return GenerationTask("chatops_advanced", "chat", "alice", TALK, PlainText, 300, tools=tools)


def calling(*pieces: str, name: str = "weather", text: str = "") -> httpx2.Response:
    """A stream that says something, perhaps, and calls a tool with arguments in pieces."""
    opening = {"index": 0, "id": "call_a", "type": "function", "function": {"name": name, "arguments": ""}}
    rest = [{"index": 0, "function": {"arguments": piece}} for piece in pieces]
    deltas = [{"tool_calls": [delta]} for delta in (opening, *rest)]
    return streamed(*([{"content": text}] if text else []), *deltas, finish_reason="tool_calls")


def saying(*pieces: str) -> httpx2.Response:
    return streamed(*({"content": piece} for piece in pieces))


async def completion_of(gate: Gate, asked: GenerationTask[PlainText, None]) -> list[Streamed]:
    return [piece async for piece in gate.generator.stream(asked)]


async def test_a_stream_tells_each_call_and_its_end_and_goes_on_with_text(gate: Gate) -> None:
    """Arguments are put together from their pieces; the answer is what comes after the call."""
    weather = Weather()
    gate.upstream.then(calling('{"city": "Pa', 'ris", "days": 2}', text="I look."), saying("It is ", "clear."))
    *pieces, done = await completion_of(gate, task(weather.tool))
    call = ToolCall("call_a", "weather", PARIS)
    assert pieces == ["I look.", call, ToolUse(call), "It is ", "clear."]
    assert isinstance(done, Generated)
    assert (done.answer.text, done.tools) == ("It is clear.", (ToolUse(call),))
    assert [(item.settlement.status.value, item.tool_calls) for item in done.receipt.attempts] == [
        ("measured", ("weather",)),
        ("measured", ()),
    ]
    assert {row.attempt.operation_id for row in gate.ledger.opened} == {done.receipt.operation_id}
    assert gate.upstream.bodies[1]["messages"][-2]["tool_calls"][0]["function"]["arguments"] == PARIS


async def test_a_stream_ends_after_five_rounds_too(gate: Gate) -> None:
    """Then with tool_choice none."""
    weather = Weather()
    gate.upstream.then(*(calling(PARIS) for _ in range(5)), saying("Enough."))
    *_, done = await completion_of(gate, task(weather.tool))
    assert isinstance(done, Generated)
    assert (done.answer.text, len(weather.asked)) == ("Enough.", 5)
    assert gate.upstream.bodies[-1]["tool_choice"] == "none"


async def test_a_stream_that_breaks_within_a_call_runs_nothing(gate: Gate) -> None:
    """Half a call is no call; the row is an estimate of all that was written, the call's arguments included."""
    weather = Weather()
    pieces = [{"index": 0, "id": "c", "function": {"name": "weather", "arguments": '{"city": "Paris and all its'}}]
    gate.upstream.then(streamed({"tool_calls": pieces}, done=False))
    with pytest.raises(UpstreamError, match="broke off"):
        await completion_of(gate, task(weather.tool))
    assert weather.asked == []
    (row,) = gate.ledger.opened
    assert row.settlement is not None
    assert row.settlement.tokens is not None
    assert (row.status, row.settlement.error) == (AttemptStatus.ESTIMATED, "stream_cut")
    assert row.settlement.tokens.output_tokens > 5


async def test_a_listener_who_goes_while_a_tool_runs_leaves_closed_rows(gate: Gate) -> None:
    """The call was told, the listener is gone: no second request is made, and the first is measured."""
    gate.upstream.then(calling(PARIS))
    weather = Weather()
    stream = gate.generator.stream(task(weather.tool))
    assert isinstance(await anext(stream), ToolCall)
    await stream.aclose()
    assert (weather.asked, len(gate.upstream.bodies)) == ([], 1)
    assert [row.status.value for row in gate.ledger.opened] == ["measured"]


async def test_a_listener_who_is_cancelled_while_a_tool_runs_stops_the_tool(gate: Gate) -> None:
    """The tool ends with its listener; the request before it is measured, and none comes after it."""
    gate.upstream.then(calling(PARIS))
    began, ended = asyncio.Event(), asyncio.Event()

    class Slow(Weather):
        async def _look(self, arguments: Any) -> Any:
            began.set()
            try:
                return await asyncio.Future()
            finally:
                ended.set()

    listening = asyncio.create_task(completion_of(gate, task(Slow().tool)))
    await began.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert ended.is_set()
    assert [row.status.value for row in gate.ledger.opened] == ["measured"]


async def test_a_listener_who_goes_in_the_second_request_leaves_closed_rows(gate: Gate) -> None:
    """What is left of the answer is read in the background, for its usage."""
    gate.upstream.then(calling(PARIS), saying("It is ", "clear."))
    stream = gate.generator.stream(task(Weather().tool))
    told = [await anext(stream) for _ in range(3)]
    assert told[-1] == "It is "
    await stream.aclose()
    await gate.background.close(1)
    assert [row.status.value for row in gate.ledger.opened] == ["measured", "measured"]
