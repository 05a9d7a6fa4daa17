import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI

from app.clock import FixedClock
from app.simulator.service import Simulator, create_simulator
from app.simulator.transport import StreamingASGITransport

Post = Callable[..., Awaitable[httpx2.Response]]
Events = Callable[[httpx2.Response], list[dict[str, Any]]]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 12, tzinfo=UTC))


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the simulator was told to wait; it does not wait in tests."""
    return []


@pytest.fixture
def simulator(clock: FixedClock, waits: list[float]) -> Simulator:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    return create_simulator(clock, sleep=sleep)


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    transport = StreamingASGITransport(simulator)
    headers = {"authorization": "Bearer sk-made-up"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://simulator", headers=headers) as client:
        yield client


@pytest.fixture
async def openai(simulator: Simulator) -> AsyncIterator[AsyncOpenAI]:
    http_client = httpx2.AsyncClient(transport=StreamingASGITransport(simulator))
    async with AsyncOpenAI(
        api_key="sk-made-up", base_url="http://simulator/v1", max_retries=0, http_client=http_client
    ) as client:
        yield client


@pytest.fixture
def post(http: httpx2.AsyncClient) -> Post:
    """Posts a chat completion; what is not told is one short user message to gpt-4o-mini."""

    async def send(**body: Any) -> httpx2.Response:
        told = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello."}]} | body
        return await http.post("/v1/chat/completions", json=told)

    return send


@pytest.fixture
def ask(http: httpx2.AsyncClient) -> Post:
    """Posts to Responses; what is not told is one short user message to gpt-4o-mini."""

    async def send(**body: Any) -> httpx2.Response:
        return await http.post("/v1/responses", json={"model": "gpt-4o-mini", "input": "Say hello."} | body)

    return send


@pytest.fixture
def embed(http: httpx2.AsyncClient) -> Post:
    """Posts to embeddings; what is not told is one short text to text-embedding-3-small."""

    async def send(**body: Any) -> httpx2.Response:
        return await http.post("/v1/embeddings", json={"model": "text-embedding-3-small", "input": "A word."} | body)

    return send


@pytest.fixture
def response_events() -> Events:
    """The events of a streamed response, each of which is named and numbered as it should be."""

    def read(response: httpx2.Response) -> list[dict[str, Any]]:
        blocks = [block.split("\n") for block in response.text.split("\n\n") if block]
        found: list[dict[str, Any]] = [json.loads(data.removeprefix("data: ")) for _, data in blocks]
        assert [name for name, _ in blocks] == [f"event: {event['type']}" for event in found]
        assert [event["sequence_number"] for event in found] == list(range(len(found)))
        return found

    return read


@pytest.fixture
def events() -> Events:
    """The chunks of a stream's body; its end mark is asserted."""

    def read(response: httpx2.Response) -> list[dict[str, Any]]:
        lines = [line for line in response.text.split("\n\n") if line]
        assert lines[-1] == "data: [DONE]"
        return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]

    return read
