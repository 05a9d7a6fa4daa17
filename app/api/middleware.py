"""What happens to each request before a route sees it: the size of its body, its headers, a server that stops."""

import asyncio
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import problem

MAX_BODY_BYTES = 1_048_576


class BodyLimit:
    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                # FastAPI turns every other exception within the reading of a body into a 400.
                detail = f"the body is larger than {self._max_bytes} bytes; send less"
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
            return message

        await self._app(scope, counted if scope["type"] == "http" else receive, send)


# Tells whoever waits that the server is stopping: it cancels what takes longer than a shutdown may.

log = structlog.get_logger(__name__)


class StopNotice:
    """An answer that has begun breaks off; its reader sees that it has no end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
            # The cancellation ends here: the task has nothing more to do, and a server would log it as a failure.
            log.warning("request_cut_off", path=scope["path"], answer_begun=begun)
            if not begun:
                await _NOTICE(scope, receive, send)


_NOTICE = problem(
    503,
    "shutting_down",
    "The server is stopping",
    "The server stops before the answer is there; what it has cost is recorded. Ask again when the server is back",
)
