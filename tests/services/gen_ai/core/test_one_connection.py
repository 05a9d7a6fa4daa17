"""The meter reads bodies to their end, compressed or not, so that a connection serves the next call too."""

import asyncio
import gzip
from typing import Any

import httpx2

from app.vocabulary import AttemptStatus
from tests.fakes.gate import Gate
from tests.fakes.scripted_stream import DONE, chunk, usage_chunk
from tests.fakes.scripted_upstream import completion

CALLS = 100
BODY: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello."}], "max_completion_tokens": 300}
STREAM = b"".join((chunk("Hello."), chunk(finish_reason="stop"), usage_chunk(), DONE))


class Server:
    """Keeps its connections open and counts them; every second answer is compressed."""

    def __init__(self) -> None:
        self.connections = 0
        self.answers = 0
        self.closed = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                asked = await reader.readexactly(int(length.split(b":")[1]))
                writer.write(self._answer(streamed=b'"stream":true' in asked))
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()
            await writer.wait_closed()
            self.closed.set()

    def _answer(self, *, streamed: bool) -> bytes:
        self.answers += 1
        body = STREAM if streamed else completion().content
        kind = b"text/event-stream" if streamed else b"application/json"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind
        if self.answers % 2:
            body, head = gzip.compress(body), head + b"\r\nContent-Encoding: gzip"
        return (
            head
            + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
            + f"{len(body):x}".encode()
            + b"\r\n"
            + body
            + b"\r\n0\r\n\r\n"
        )


class _ToLoopback(httpx2.AsyncBaseTransport):
    """Connections to a server on this machine, whatever host is asked for."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def test_a_hundred_calls_take_one_connection() -> None:
    """Whole and streamed, the gate's own and anybody else's, one after the other."""
    upstream = Server()
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        async with Gate.build(inner=_ToLoopback(port)) as gate:
            client = gate.manager.get_client("chatops_advanced", "alice")
            for number in range(CALLS):
                if number % 4 == 0:
                    await client.chat.completions.create(**BODY)
                elif number % 4 == 1:
                    async for _ in await client.chat.completions.create(**BODY, stream=True):
                        pass
                elif number % 4 == 2:
                    await gate.caller.call(gate.operation(), gate.request(BODY), [])
                else:
                    stream = await gate.caller.stream(gate.operation(), gate.request(BODY | {"stream": True}), [])
                    async for _ in stream:
                        pass
                await gate.background.close(30)
        await upstream.closed.wait()
    assert [row.status for row in gate.ledger.opened] == [AttemptStatus.MEASURED] * CALLS
    assert (upstream.answers, upstream.connections) == (CALLS, 1)
