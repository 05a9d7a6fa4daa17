"""Tells whoever waits that the server is stopping: it cancels what takes longer than a shutdown may."""

import asyncio

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import problem

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
