"""`tollgate serve` and `tollgate simulator`: the two servers, on loopback only.

They say where they listen once they do, and stop within one deadline, with every call written down.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from errno import EADDRINUSE, EADDRNOTAVAIL
from ipaddress import ip_address
from socket import SOCK_STREAM, create_server, getaddrinfo, socket
from typing import Annotated, Any

import typer
import uvicorn

from app.bootstrap import build_container, running
from app.cli.console import err
from app.clock import SystemClock
from app.errors import ConfigurationError
from app.main import create_app
from app.simulator import create_simulator

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


_SIMULATOR_SECONDS = 5
"""How long a stop of the simulator waits for answers under way: nothing of it has to be kept."""

PortOption = Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port")]


def serve(host: Annotated[str, typer.Option(help="A loopback address")] = "127.0.0.1", port: PortOption = 8000) -> None:
    """Serve the API."""
    require_loopback(host)
    container = build_container()

    def announce(url: str) -> None:
        if container.core.settings().upstream == "simulator":
            _say("Answers come from the embedded simulator. Set OPENAI_API_KEY to use OpenAI itself.")
        _say(f"Tollgate on {url}, documentation on {url}/docs. Ctrl-C stops it.")

    LoopbackServer(
        create_app(container),
        host=host,
        port=port,
        announce=announce,
        resources=running(container, serves=True),
        drain=container.gen_ai.background().close,
        shutdown_seconds=container.core.settings().shutdown_seconds,
    ).run()


def simulator(port: PortOption = 8001) -> None:
    """Serve the embedded OpenAI-compatible simulator, for any OpenAI client."""
    LoopbackServer(
        create_simulator(SystemClock()),
        host="127.0.0.1",
        port=port,
        announce=lambda url: _say(f"Simulated OpenAI on {url}/v1. No model answers here, only rules. Ctrl-C stops it."),
        resources=nullcontext(),
        shutdown_seconds=_SIMULATOR_SECONDS,
    ).run()


def _say(sentence: str) -> None:
    err.print(sentence, soft_wrap=True)


def require_loopback(host: str) -> None:
    """Lets only loopback addresses through.

    Raises:
        ConfigurationError: for any other address.
    """
    if host == "localhost":
        return
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigurationError(
            f"--host {host}: there is no authentication yet, so Tollgate listens on loopback only "
            "(127.0.0.1, ::1 or localhost); whoever could reach it could spend your money"
        )
