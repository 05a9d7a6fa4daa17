"""A server that says where it listens once it does, and stops within one deadline, with every call written down."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from errno import EADDRINUSE, EADDRNOTAVAIL
from socket import SOCK_STREAM, create_server, getaddrinfo, socket
from typing import Any

import uvicorn

from app.errors import ConfigurationError

_WRITE_DOWN_SECONDS = 2.0
"""After the deadline, for what was cut off to be written down."""

Drain = Callable[[float], Awaitable[None]]
"""Waits so many seconds for work that no request waits for, then cuts it off."""


class LoopbackServer(uvicorn.Server):
    """Opens `resources` before it listens, so that what is wrong with them reaches the caller as it is; closes them
    when the last call has been written down. `announce` is told its address.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401  any ASGI application
        *,
        host: str,
        port: int,
        announce: Callable[[str], None],
        resources: AbstractAsyncContextManager[Any],
        shutdown_seconds: float,
        drain: Drain | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            lifespan="off",  # `resources` stand in for it: uvicorn would turn their complaint into a stack trace
            timeout_graceful_shutdown=math.ceil(shutdown_seconds),
        )
        super().__init__(config)
        self._announce = announce
        self._resources = resources
        self._drain = drain
        self._shutdown_seconds = shutdown_seconds
        self._opened = AsyncExitStack()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await self._opened.enter_async_context(self._resources)
        try:
            await super().startup(sockets or self._listeners())
        except BaseException:
            await self._opened.aclose()
            raise
        host, port, *_ = self.servers[0].sockets[0].getsockname()
        self._announce(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    def _listeners(self) -> list[socket]:
        """Opened here: uvicorn would log an errno and end the process.

        Raises:
            ConfigurationError: the port is in use, or not to be had.
        """
        host, port = self.config.host, self.config.port
        found: list[socket] = []
        try:
            addresses = {info[4][0]: info[0] for info in getaddrinfo(host, port or None, type=SOCK_STREAM)}
            for address, family in addresses.items():
                found.append(create_server((str(address), port), family=family, backlog=self.config.backlog))
        except OSError as error:
            if found and error.errno == EADDRNOTAVAIL:  # localhost is ::1 too, which not every machine has
                return found
            for listener in found:
                listener.close()
            why = "is in use" if error.errno == EADDRINUSE else f"cannot be listened on: {error.strerror}"
            raise ConfigurationError(f"Port {port} of {host} {why}; name another with --port, 0 takes any") from error
        return found

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """One deadline for all: first for who waits for an answer, then for what goes on in the background."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._shutdown_seconds
        async with self._opened:
            await super().shutdown(sockets)
            # uvicorn cancels requests that take longer, and does not wait for what they still have to write down.
            if self.server_state.tasks:
                await asyncio.wait(set(self.server_state.tasks), timeout=_WRITE_DOWN_SECONDS)
            left = 0.0 if self.force_exit else ends - loop.time()
            if self._drain is not None:
                await self._drain(max(left, _WRITE_DOWN_SECONDS))
