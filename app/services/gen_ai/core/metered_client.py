"""The one client of OpenAI: whatever is sent with it, or with what is made of it, goes through the meter."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import httpx2
from openai import AsyncOpenAI, OpenAIError
from openai._models import FinalRequestOptions
from typing_extensions import override

from app.ids import new_id
from app.services.gen_ai.core.ticket import EXTENSION, Caller, Sender, Ticket

UNATTRIBUTED = Caller("unattributed", "unattributed")
"""Whoever sends without saying for whom; the policies have a service of this name."""
_ID_DIGITS = 32
_OF_ONE_REQUEST = frozenset({b"content-length", b"host", b"x-stainless-read-timeout", b"x-stainless-retry-count"})


class NotMeteredError(OpenAIError):
    """A way round the meter was tried; the sentence says what to do in its place."""


class MeteredOpenAI(AsyncOpenAI):
    """`caller` is on whose account it sends. All copies share one pool of connections, under one meter."""

    def __init__(self, *, caller: Caller = UNATTRIBUTED, **options: Any) -> None:  # noqa: ANN401  AsyncOpenAI's own
        self.caller = caller
        self._urls: dict[str, httpx2.URL] = {}
        self._may_tell_socket_url = True
        super().__init__(**options)
        self._may_tell_socket_url = False

    def attributed(self, caller: Caller) -> "MeteredOpenAI":
        """The same client on somebody's account."""
        return self.copy(_extra_kwargs={"caller": caller})

    @override
    def copy(self, **changes: Any) -> Self:
        """As `AsyncOpenAI.copy`, on the same account.

        Raises:
            NotMeteredError: the copy would send another way, past the meter, or to somebody else.
        """
        for name in ("http_client", "base_url", "websocket_base_url", "provider", "data_residency"):
            if changes.get(name) is not None:
                raise NotMeteredError(
                    f"{name} cannot be changed on this client: what is sent another way is not metered; "
                    "OPENAI_BASE_URL says where requests go"
                )
        changes["_extra_kwargs"] = {"caller": self.caller, **changes.get("_extra_kwargs", {})}
        self._may_tell_socket_url = True
        try:
            return super().copy(**changes)
        finally:
            self._may_tell_socket_url = False

    with_options = copy

    @override
    async def close(self) -> None:
        """Does nothing, nor does leaving `async with client`: its connections are everybody's, and the container's to
        close.
        """

    @property
    def websocket_base_url(self) -> str | httpx2.URL | None:
        """Every connection of the SDK over a websocket asks for it first (realtime, live, responses.connect).

        Raises:
            NotMeteredError: always; no transport sees what passes over a websocket.
        """
        if self._may_tell_socket_url:
            return None
        raise NotMeteredError("Websockets cannot be metered; use responses.create or chat.completions.create")

    @websocket_base_url.setter
    def websocket_base_url(self, url: str | httpx2.URL | None) -> None:
        if url is not None:
            raise NotMeteredError("Websockets cannot be metered; leave websocket_base_url out")

    async def send_own(self, path: str, ticket: Ticket, content: bytes, *, seconds: float) -> None:
        """Sends a request of the gate's own; what comes of it, the transport leaves in the ticket.

        It is what `post` would send. That builds its headers and its URL anew for each request, which takes longer than
        all the rest.

        Raises: as the transport does.
        """
        timeout = httpx2.Timeout(seconds).as_dict()
        request = httpx2.Request(
            "POST",
            self._url_of(path),
            headers=self._own_headers,
            content=content,
            extensions={EXTENSION: ticket, "timeout": timeout},
        )
        await self._client.send(request)

    @cached_property
    def _own_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """Those that the SDK gives to every request."""
        options = FinalRequestOptions.construct(method="post", url="/", content=b"")
        headers = super()._build_request(options).headers
        return [(name, value) for name, value in headers.raw if name.lower() not in _OF_ONE_REQUEST]

    def _url_of(self, path: str) -> httpx2.URL:
        if path not in self._urls:
            self._urls[path] = httpx2.URL(str(self._prepare_url(path)))
        return self._urls[path]

    @override
    def _build_request(self, options: FinalRequestOptions, *, retries_taken: int = 0) -> httpx2.Request:
        request = super()._build_request(options, retries_taken=retries_taken)
        request.extensions[EXTENSION] = Sender(self.caller, _operation_id(options))
        return request


def _operation_id(options: FinalRequestOptions) -> str:
    """The SDK gives each call a key, which stays the same when it tries again by itself."""
    key = options.idempotency_key
    if key is None:
        return new_id("op")
    return f"op_{hashlib.sha256(key.encode()).hexdigest()[:_ID_DIGITS]}"
