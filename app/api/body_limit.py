"""Refuses bodies that no request needs, before they fill the memory. Pure ASGI: it costs nothing to speak of."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import problem

MAX_BODY_BYTES = 1_048_576


class _TooLargeError(Exception):
    pass


class BodyLimit:
    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise _TooLargeError
            return message

        try:
            await self._app(scope, counted, send)
        except _TooLargeError:
            # The body is read before anything is sent, so the answer can still be made here.
            detail = f"The body is larger than {self._max_bytes} bytes; send less"
            refusal = problem(413, "content_too_large", "The request is too large", detail)
            await refusal(scope, receive, send)
