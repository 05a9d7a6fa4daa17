"""Calls an ASGI application in this process as if over a connection: the answer streams while it is written.

httpx2's own ASGITransport collects the whole body first, so that a stream arrives in one piece at its end.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import httpx2

_AHEAD = 4
"""Messages that the application may be ahead of its reader, as if in the connection's buffers."""

_Message = MutableMapping[str, Any]
_App = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]],
    Awaitable[None],
]


class StreamingASGITransport(httpx2.AsyncBaseTransport):
    """For `httpx2.AsyncClient(transport=...)`. Asyncio only; lifespan and websockets are not its business."""

    def __init__(self, app: _App) -> None:
        self._app = app
        self._open: set[_Exchange] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Returns as soon as the application has sent the headers.

        Raises:
            httpx2.RemoteProtocolError: the application ended without an answer, or within it.
            httpx2.ReadError: the application raised an exception; it is the cause.
            httpx2.ReadTimeout: nothing came within the client's read timeout, in seconds.
        """
        exchange = _Exchange(self._app, _scope(request), await request.aread(), _read_timeout(request), self._open)
        try:
            start = await exchange.next_message()
        except BaseException:
            await exchange.aclose()
            raise
        return httpx2.Response(start["status"], headers=start.get("headers", []), stream=exchange)

    async def aclose(self) -> None:
        for exchange in tuple(self._open):
            await exchange.aclose()


class _Exchange(httpx2.AsyncByteStream):
    """One request: the application's task on one side, the body that the client reads on the other."""

    def __init__(
        self, app: _App, scope: dict[str, Any], body: bytes, timeout: float | None, siblings: "set[_Exchange]"
    ) -> None:
        self._messages: asyncio.Queue[_Message | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_AHEAD)
        self._body: bytes | None = body
        self._timeout = timeout
        self._hung_up = asyncio.Event()
        self._complete = False
        self._siblings = siblings
        self._siblings.add(self)
        self._task = asyncio.ensure_future(app(scope, self._receive, self._send))
        self._task.add_done_callback(lambda _: self._messages.put_nowait(None))

    async def next_message(self) -> _Message:
        try:
            async with asyncio.timeout(self._timeout):
                message = await self._messages.get()
        except TimeoutError as expired:
            raise httpx2.ReadTimeout(f"nothing came within {self._timeout} s") from expired
        if message is not None:
            self._room.release()
            return message
        failure = None if self._task.cancelled() else self._task.exception()
        if failure is not None:
            raise httpx2.ReadError("the application died") from failure
        raise httpx2.RemoteProtocolError("the application closed the connection without completing its answer")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self._complete:
            message = await self.next_message()
            self._complete = not message.get("more_body", False)
            if message.get("body"):
                yield message["body"]

    async def aclose(self) -> None:
        """Leaves no task behind: an unread answer is cancelled, a finished one may end what it is doing."""
        self._hung_up.set()
        if not self._complete:
            self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            # Asking for the exception marks it as seen; the reader has had it, or did not wait for it.
            self._task.exception()
        self._siblings.discard(self)

    async def _receive(self) -> _Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: _Message) -> None:
        await self._room.acquire()
        self._messages.put_nowait(message)


def _scope(request: httpx2.Request) -> dict[str, Any]:
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
    }


def _read_timeout(request: httpx2.Request) -> float | None:
    timeout: float | None = request.extensions.get("timeout", {}).get("read")
    return timeout
