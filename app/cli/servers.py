"""`tollgate serve` and `tollgate simulator`: the two servers, on loopback only."""

from contextlib import nullcontext
from ipaddress import ip_address
from typing import Annotated

import typer

from app.bootstrap import build_container, running
from app.cli.console import err
from app.cli.loopback_server import LoopbackServer
from app.clock import SystemClock
from app.errors import ConfigurationError
from app.main import create_app
from app.simulator import create_simulator

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
