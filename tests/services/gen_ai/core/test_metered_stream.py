"""A stream is settled once, with what is known by then, whoever stops listening or reading, and when."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx2
import pytest

from app.errors import UpstreamError, UpstreamTimeoutError
from app.services.gen_ai.core.metered_stream import MeteredStream, broken_stream
from app.services.gen_ai.ledger.port import Settlement
from app.tokenizer import count_tokens
from app.vocabulary import AttemptStatus
from tests.fakes.gate import Gate
from tests.fakes.memory_ledger import SlowLedger
from tests.fakes.scripted_stream import DONE, Part, ScriptedBody, chunk, streamed, usage_chunk

PAYLOAD = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi."}], "stream": True}
MEASURED, ESTIMATED = AttemptStatus.MEASURED, AttemptStatus.ESTIMATED
COST = Decimal("0.00027")
"""The scripted usage at gpt-4o-mini's price: 1_000 x 0.15 + 200 x 0.60 = 270 per million."""
ENDING = (chunk(finish_reason="stop"), usage_chunk(), DONE)


async def begin(gate: Gate, *parts: Part, seconds: float = 60) -> tuple[MeteredStream[str], ScriptedBody]:
    """A stream of which nothing has been read yet."""
    body = ScriptedBody(*parts)
    gate.upstream.then(streamed(body))
    return await gate.caller.stream(gate.operation(seconds=seconds), gate.request(PAYLOAD), []), body


async def next_of(stream: MeteredStream[str]) -> str:
    """The next piece, or what the listener is told in its place."""
    try:
        return await anext(stream)
    except StopAsyncIteration:
        if (error := broken_stream(stream)) is not None:
            raise error from None
        raise


async def settled(gate: Gate) -> Settlement:
    """What the one row says when all work is done."""
    await gate.background.close(60)
    (row,) = gate.ledger.opened
    assert row.settlement is not None
    return row.settlement


async def test_a_stream_is_measured_by_its_last_chunk(gate: Gate) -> None:
    """The text comes piece by piece; when it ends, the settlement is there."""
    stream, body = await begin(gate, chunk("Good "), chunk("day."), *ENDING)
    assert [piece async for piece in stream] == ["Good ", "day."]
    assert stream.settlement is not None
    assert (stream.settlement.status, stream.settlement.cost_usd) == (MEASURED, COST)
    assert (stream.settlement.upstream_id, stream.settlement.upstream_request_id) == ("chatcmpl-7", "req_stream")
    assert body.closed
    assert await settled(gate) == stream.settlement


async def test_the_end_stays_the_end(gate: Gate) -> None:
    """Who asks once more is told once more."""
    stream, _ = await begin(gate, chunk("Hi."), *ENDING)
    assert [piece async for piece in stream] == ["Hi."]
    assert [piece async for piece in stream] == []


async def test_who_goes_while_waiting_for_the_next_piece_does_not_break_the_reading_off(gate: Gate) -> None:
    """Most who hang up do it then: the answer is read on, and measured."""
    go = asyncio.Event()
    stream, body = await begin(gate, chunk("Good "), go, chunk("day."), *ENDING)
    assert await next_of(stream) == "Good "
    listening = asyncio.create_task(next_of(stream))
    await body.waits.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    stream.hang_up()
    go.set()
    assert ((await settled(gate)).status, (await settled(gate)).cost_usd) == (MEASURED, COST)


async def test_who_goes_before_the_first_piece_leaves_a_measured_row(gate: Gate) -> None:
    """Closed without ever having been read."""
    stream, _ = await begin(gate, chunk("Hi."), *ENDING)
    stream.hang_up()
    stream.hang_up()
    assert (await settled(gate)).status is MEASURED


async def test_a_stream_that_nobody_ever_read_or_closed_is_measured(gate: Gate) -> None:
    """The reading does not depend on its listener's manners."""
    await begin(gate, chunk("Hi."), *ENDING)
    assert (await settled(gate)).status is MEASURED


async def test_reading_for_nobody_is_bounded() -> None:
    """After the drain's seconds it is an estimate from the text that came, between that text and the worst case."""
    async with Gate.build(drain_seconds=0.01) as gate:
        await _estimated(gate)


async def _estimated(gate: Gate) -> None:
    text = "It tells what a risk has earned. "
    stream, body = await begin(gate, chunk(text), asyncio.Event(), *ENDING)
    assert await next_of(stream) == text
    await body.waits.wait()
    stream.hang_up()
    end = await settled(gate)
    assert (end.status, end.error, end.upstream_id) == (ESTIMATED, "stream_cut", "chatcmpl-7")
    assert end.counts_worst, "what broke off may have gone on: in budgets it is no estimate"
    assert end.tokens is not None
    assert end.tokens.output_tokens == count_tokens(text, "o200k_base")
    assert (end.cost_low_usd, end.cost_high_usd) == (
        Decimal(count_tokens(text, "o200k_base")) * Decimal("0.60") / 1_000_000,
        gate.ledger.opened[0].attempt.worst_usd,
    )
    assert end.cost_low_usd is not None
    assert end.cost_usd is not None
    assert end.cost_high_usd is not None
    assert end.cost_low_usd < end.cost_usd < end.cost_high_usd
    assert body.closed


async def test_an_estimate_is_never_more_than_was_asked_for(gate: Gate) -> None:
    """A count of ours may differ from the upstream's; the limit of the request is a limit of the bill."""
    gate.upstream.then(streamed(ScriptedBody(chunk("one two three four five six"), httpx2.ReadError("reset"))))
    request = gate.request(PAYLOAD | {"max_completion_tokens": 3})
    await gate.caller.stream(gate.operation(), request, [])
    end = await settled(gate)
    assert end.tokens is not None
    assert (end.status, end.tokens.output_tokens) == (ESTIMATED, 3)


async def test_leaving_while_it_is_being_settled_changes_nothing() -> None:
    """All has been read: there is no reading left to bound."""
    ledger = SlowLedger()
    async with Gate.build(ledger=ledger) as gate:
        stream, _ = await begin(gate, chunk("Hi."), *ENDING)
        await ledger.settling.wait()
        stream.hang_up()
        ledger.go.set()
        assert (await settled(gate)).status is MEASURED


async def test_an_answer_that_stalls_beyond_the_deadline_is_an_estimate(gate: Gate) -> None:
    """The listener is told that it took too long, after the pieces that came."""
    stream, _ = await begin(gate, chunk("Good "), asyncio.Event(), *ENDING, seconds=0.02)
    assert await next_of(stream) == "Good "
    with pytest.raises(UpstreamTimeoutError, match="did not finish its answer in time"):
        await next_of(stream)
    assert stream.settlement is not None
    assert (stream.settlement.status, stream.settlement.error) == (ESTIMATED, "stream_cut")


async def test_a_timeout_of_the_transport_is_a_timeout_too(gate: Gate) -> None:
    """Whoever notices first, the listener is told the same."""
    stream, _ = await begin(gate, chunk("Good "), httpx2.ReadTimeout("slow"))
    assert await next_of(stream) == "Good "
    with pytest.raises(UpstreamTimeoutError):
        await next_of(stream)
    assert (await settled(gate)).status is ESTIMATED


@pytest.mark.parametrize(
    "end", [(httpx2.ReadError("reset"),), (httpx2.RemoteProtocolError("cut"),), ()], ids=["reset", "cut", "no end mark"]
)
async def test_a_stream_that_breaks_is_an_estimate(gate: Gate, end: tuple[Part, ...]) -> None:
    """Also one that ends in good order but without its end mark."""
    stream, body = await begin(gate, chunk("Good "), chunk("day."), *end)
    assert [await next_of(stream), await next_of(stream)] == ["Good ", "day."]
    with pytest.raises(UpstreamError) as caught:
        await next_of(stream)
    assert caught.value.code == "upstream_stream_cut"
    assert caught.value.fields == {"upstream_status": 200, "upstream_request_id": "req_stream"}
    assert (await settled(gate)).status is ESTIMATED
    assert body.closed


async def test_a_stream_that_breaks_after_its_usage_is_measured(gate: Gate) -> None:
    """What it cost is known, although the listener did not get a whole answer."""
    stream, _ = await begin(gate, chunk("Hi."), usage_chunk(), httpx2.ReadError("reset"))
    assert await next_of(stream) == "Hi."
    with pytest.raises(UpstreamError):
        await next_of(stream)
    assert ((await settled(gate)).status, (await settled(gate)).cost_usd) == (MEASURED, COST)


async def test_a_streamed_refusal_is_counted_in_the_estimate(gate: Gate) -> None:
    """It is no text of the answer, but it is billed as output."""
    stream, _ = await begin(gate, chunk(refusal="I cannot help with that."), httpx2.ReadError("reset"))
    with pytest.raises(UpstreamError):
        await next_of(stream)
    end = await settled(gate)
    assert end.tokens is not None
    assert end.tokens.output_tokens == count_tokens("I cannot help with that.", "o200k_base")


async def test_a_page_instead_of_a_stream_is_an_estimate_that_may_be_nothing(gate: Gate) -> None:
    """A 200 with HTML: nobody knows whether it was billed."""
    stream, _ = await begin(gate, b"<html><body>502 Bad Gateway</body></html>")
    with pytest.raises(UpstreamError):
        await next_of(stream)
    end = await settled(gate)
    assert (end.status, end.error, end.cost_low_usd) == (ESTIMATED, "stream_cut", Decimal(0))


async def test_an_event_that_breaks_off_is_left_out(gate: Gate) -> None:
    """The text around it and the usage count all the same."""
    stream, _ = await begin(
        gate, chunk("Good "), b'data: {"choices": [{"del\n\n', b"data: []\n\n", chunk("day."), *ENDING
    )
    assert [piece async for piece in stream] == ["Good ", "day."]
    assert (await settled(gate)).status is MEASURED


async def test_a_stream_that_is_cut_off_leaves_no_iterator_to_the_garbage_collector() -> None:
    """Which would close it anywhere, and complain."""
    left = asyncio.Event()

    class Body(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                yield chunk("Hello.")
                await asyncio.Event().wait()
            finally:
                left.set()

    async with Gate.build(httpx2.Response(200, stream=Body()), drain_seconds=0) as gate:
        stream = await gate.caller.stream(gate.operation(), gate.request(PAYLOAD), [])
        assert await next_of(stream) == "Hello."
        stream.hang_up()
        await gate.background.close(60)
        assert left.is_set()


async def test_a_shutdown_settles_what_it_cuts_off(gate: Gate) -> None:
    """No row stays open, and the listener does not wait for ever."""
    stream, body = await begin(gate, chunk("Good "), asyncio.Event(), *ENDING)
    assert await next_of(stream) == "Good "
    await body.waits.wait()
    await gate.background.close(0)
    with pytest.raises(UpstreamError):
        await next_of(stream)
    assert (await settled(gate)).status is ESTIMATED
