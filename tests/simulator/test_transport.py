import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from app.simulator.service import create_simulator
from app.simulator.transport import StreamingASGITransport

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": [(b"x-test", b"yes")]}


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


def client_of(app: Any, **more: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=StreamingASGITransport(app), base_url="http://app", **more)


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    """Whatever a test does, the transport leaves no task behind."""
    before = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() <= before | {asyncio.current_task()}


async def test_the_first_part_arrives_before_the_last_is_written() -> None:
    """The application writes its second part only once the client has read the first."""
    first_was_read = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"first"))
        await first_was_read.wait()
        await send(part(b"last", more=False))

    async with client_of(app) as client, client.stream("GET", "/") as response:
        parts = response.aiter_bytes()
        assert await anext(parts) == b"first"
        first_was_read.set()
        assert [rest async for rest in parts] == [b"last"]


async def test_the_application_waits_for_a_slow_reader() -> None:
    """It gets a few messages ahead and no further."""
    written = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal written
        await send(START)
        for _ in range(100):
            await send(part(b"x"))
            written += 1
        await send(part(b"", more=False))

    async with client_of(app) as client, client.stream("GET", "/") as response:
        parts = response.aiter_raw()
        await anext(parts)
        assert 1 <= written < 10
        assert len([rest async for rest in parts]) == 99
    assert written == 100


async def test_hanging_up_stops_the_application() -> None:
    """Closing a response that is not read to its end cancels the application where it stands."""
    was_cancelled = False

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal was_cancelled
        await send(START)
        try:
            while True:
                await send(part(b"x"))
        except asyncio.CancelledError:
            was_cancelled = True
            raise

    async with client_of(app) as client, client.stream("GET", "/") as response:
        await anext(response.aiter_raw())
    assert was_cancelled


async def test_closing_the_client_closes_what_is_open() -> None:
    """A response that nobody closed does not keep its application running."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await asyncio.Event().wait()

    client = client_of(app)
    await client.send(client.build_request("GET", "/"), stream=True)
    await client.aclose()


async def test_an_application_may_wait_for_the_client_to_go() -> None:
    """After the whole answer, it is told that the client has gone, and may end in peace."""
    heard: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"all", more=False))
        heard.extend([(await receive())["type"], (await receive())["type"]])

    async with client_of(app) as client:
        assert (await client.get("/")).content == b"all"
    assert heard == ["http.request", "http.disconnect"]


async def test_an_application_that_dies_within_its_answer() -> None:
    """The client reads what was sent, then a ReadError whose cause is the application's own exception."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"some"))
        raise ZeroDivisionError

    async with client_of(app) as client, client.stream("GET", "/") as response:
        parts = response.aiter_raw()
        assert await anext(parts) == b"some"
        with pytest.raises(httpx2.ReadError) as died:
            await anext(parts)
    assert isinstance(died.value.__cause__, ZeroDivisionError)


async def test_an_application_that_dies_after_its_answer() -> None:
    """The client has all it wanted: there is nothing to tell."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"all", more=False))
        raise ZeroDivisionError

    async with client_of(app) as client:
        assert (await client.get("/")).content == b"all"


@pytest.mark.parametrize("messages", [[], [START], [START, part(b"some")]])
async def test_an_application_that_ends_too_early(messages: list[Any]) -> None:
    """A connection that closes without the end of the answer is a protocol error."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    async with client_of(app) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/")


async def test_an_application_that_is_cancelled() -> None:
    """Cancelled from within is closed, seen from outside."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    async with client_of(app) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/")


@pytest.mark.parametrize("messages", [[], [START], [START, part(b"some")]])
async def test_the_read_timeout_holds(messages: list[Any]) -> None:
    """It counts from one message to the next, as on a real connection."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)
        await asyncio.Event().wait()

    async with client_of(app, timeout=0.01) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("/")


async def test_the_application_sees_the_whole_request() -> None:
    """Method, path, query, headers and body arrive as a server would give them."""
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope, body=(await receive())["body"])
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async with client_of(app) as client:
        response = await client.put("/a%20b?c=d", content=b"body", headers={"X-Asked": "1"})
    assert (response.status_code, response.content) == (204, b"")
    assert (seen["method"], seen["path"], seen["raw_path"]) == ("PUT", "/a b", b"/a%20b")
    assert (seen["query_string"], seen["body"]) == (b"c=d", b"body")
    assert (b"x-asked", b"1") in seen["headers"]


async def test_many_answers_at_once_stay_apart() -> None:
    """Fifty requests in flight each get their own answer."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        for _ in range(10):
            await asyncio.sleep(0)
            await send(part(scope["query_string"]))
        await send(part(b"", more=False))

    async with client_of(app) as client:
        answers = await asyncio.gather(*(client.get(f"/?{number:02}") for number in range(50)))
    assert [answer.text for answer in answers] == [f"{number:02}" * 10 for number in range(50)]


async def test_other_protocols_are_left_to_the_framework() -> None:
    """A server's lifespan messages reach the application unharmed."""
    simulator = create_simulator()
    messages = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}]
    sent: list[str] = []

    async def receive() -> Any:
        return messages.pop()

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await simulator({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
