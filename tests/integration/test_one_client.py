"""Every way in which the official SDK sends, through the container to the simulator: each leaves a row, and the row is
what the simulator's own books say.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from app.bootstrap import running
from app.services.gen_ai.ledger.port import AttemptRow, UsageQuery
from app.services.gen_ai.rules.pricing import price_usage, read_usage
from app.simulator.faults import Fault
from app.vocabulary import AttemptStatus, Wire
from containers import Container

MODEL = "gpt-4o-mini"
CHAT: Any = {"model": MODEL, "messages": [{"role": "user", "content": "What is a drawdown?"}]}
CHAT_LIMIT: Any = CHAT | {"max_completion_tokens": 300}
RESPONSE: Any = {"model": MODEL, "input": "What is a drawdown?", "max_output_tokens": 300}
VECTOR: Any = {"model": "text-embedding-3-small", "input": ["drawdown", "Sharpe"]}
EMBEDDINGS, RESPONSES, COMPLETIONS = Wire.EMBEDDINGS, Wire.RESPONSES, Wire.CHAT_COMPLETIONS


class Answer(BaseModel):
    """A structure that the SDK's `parse` can ask for."""

    text: str


async def _read(stream: Any) -> None:
    async for _ in stream:
        pass


async def _chat_stream(client: openai.AsyncOpenAI) -> None:
    await _read(await client.chat.completions.create(**CHAT_LIMIT, stream=True))


async def _chat_helper(client: openai.AsyncOpenAI) -> None:
    async with client.chat.completions.stream(**CHAT_LIMIT) as stream:
        await _read(stream)


async def _chat_raw_stream(client: openai.AsyncOpenAI) -> None:
    raw = await client.chat.completions.with_raw_response.create(**CHAT_LIMIT, stream=True)
    await _read(raw.parse())


async def _chat_unread(client: openai.AsyncOpenAI) -> None:
    async with client.chat.completions.with_streaming_response.create(**CHAT_LIMIT) as response:
        assert response.status_code == 200


async def _chat_read_by_hand(client: openai.AsyncOpenAI) -> None:
    async with client.chat.completions.with_streaming_response.create(**CHAT_LIMIT) as response:
        assert b"chat.completion" in await response.read()


async def _parse(call: Awaitable[Any]) -> None:
    with suppress(openai.OpenAIError, ValueError):  # what it makes of the answer comes after the meter
        await call


async def _response_stream(client: openai.AsyncOpenAI) -> None:
    await _read(await client.responses.create(**RESPONSE, stream=True))


async def _response_helper(client: openai.AsyncOpenAI) -> None:
    async with client.responses.stream(**RESPONSE) as stream:
        await _read(stream)


SURFACES: dict[str, tuple[Wire, Callable[[openai.AsyncOpenAI], Awaitable[Any]]]] = {
    "chat": (COMPLETIONS, lambda client: client.chat.completions.create(**CHAT_LIMIT)),
    "chat without a limit": (COMPLETIONS, lambda client: client.chat.completions.create(**CHAT)),
    "chat, two choices": (COMPLETIONS, lambda client: client.chat.completions.create(**CHAT_LIMIT, n=2)),
    "chat stream": (COMPLETIONS, _chat_stream),
    "chat.stream": (COMPLETIONS, _chat_helper),
    "chat raw": (COMPLETIONS, lambda client: client.chat.completions.with_raw_response.create(**CHAT_LIMIT)),
    "chat raw stream": (COMPLETIONS, _chat_raw_stream),
    "chat streaming response, unread": (COMPLETIONS, _chat_unread),
    "chat streaming response": (COMPLETIONS, _chat_read_by_hand),
    "chat.parse": (
        COMPLETIONS,
        lambda client: _parse(client.chat.completions.parse(**CHAT_LIMIT, response_format=Answer)),
    ),
    "responses": (RESPONSES, lambda client: client.responses.create(**RESPONSE)),
    "responses raw": (RESPONSES, lambda client: client.responses.with_raw_response.create(**RESPONSE)),
    "responses stream": (RESPONSES, _response_stream),
    "responses.stream": (RESPONSES, _response_helper),
    "responses.parse": (RESPONSES, lambda client: _parse(client.responses.parse(**RESPONSE, text_format=Answer))),
    "embeddings": (EMBEDDINGS, lambda client: client.embeddings.create(**VECTOR)),
    "embeddings raw": (EMBEDDINGS, lambda client: client.embeddings.with_raw_response.create(**VECTOR)),
}


@pytest.fixture
async def opened(container: Container) -> AsyncIterator[Container]:
    async with running(container):
        yield container


async def _rows(container: Container) -> list[AttemptRow]:
    await container.gen_ai.background().close(60)
    rows, _ = await container.data.ledger().rows(UsageQuery(), limit=100, offset=0)
    return list(rows)


@pytest.mark.parametrize("surface", SURFACES)
async def test_each_surface_leaves_a_row_that_is_the_bill(opened: Container, surface: str) -> None:
    """Tokens and cost are those of the simulator's books; the reservation was no less."""
    wire, use = SURFACES[surface]
    await use(opened.gen_ai.manager().get_client("chatops_advanced", "alice"))
    (row,) = await _rows(opened)
    (bill,) = opened.gen_ai.simulator().account.bills
    assert row.settlement is not None
    assert (row.status, row.attempt.wire, row.attempt.upstream) == (AttemptStatus.MEASURED, wire, "simulator")
    assert row.settlement.tokens == read_usage(bill.usage)
    assert bill.client_request_id == row.attempt.attempt_id
    record = opened.rules.catalog().find(bill.model)
    assert record is not None
    cost = price_usage(read_usage(bill.usage), record, row.settlement.settled_at.date(), bill.service_tier)
    assert cost is not None
    assert row.attempt.worst_usd is not None
    assert row.settlement.cost_usd == cost.usd
    assert Decimal(0) < cost.usd <= row.attempt.worst_usd


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        (Fault(kind="failed"), AttemptStatus.MEASURED, None),
        (Fault(kind="cut_stream", chunks=4), None, None),
        (Fault(kind="no_usage"), None, "usage_missing"),
        (Fault(kind="status", status=500), AttemptStatus.UNKNOWN, "upstream_error"),
        (Fault(kind="disconnect"), AttemptStatus.UNKNOWN, "upstream_unreachable"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
async def test_responses_that_go_wrong_leave_a_settled_row(
    opened: Container, fault: Fault, status: AttemptStatus | None, error: str | None, *, stream: bool
) -> None:
    """A failed response is billed by the usage that it brings; what breaks off is never `measured`."""
    opened.gen_ai.simulator().faults.add(fault)
    client = opened.gen_ai.manager().get_client("chatops_advanced", "alice")
    with suppress(openai.APIError):
        answer = await client.responses.create(**RESPONSE, stream=stream)
        if stream:
            await _read(answer)
    (row,) = await _rows(opened)
    assert row.settlement is not None
    if status is None:
        assert row.status in {AttemptStatus.ESTIMATED, AttemptStatus.UNKNOWN}
    else:
        assert row.status is status
    if error is not None:
        assert row.settlement.error == error


async def test_who_hangs_up_on_a_response_leaves_a_measured_row(opened: Container) -> None:
    """The completed event is read for its usage, though nobody waits for it."""
    client = opened.gen_ai.manager().get_client("chatops_advanced", "alice")
    async with await client.responses.create(**RESPONSE, stream=True) as stream:
        await anext(aiter(stream))
    (row,) = await _rows(opened)
    assert row.status is AttemptStatus.MEASURED
