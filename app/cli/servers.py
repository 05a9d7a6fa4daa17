"""`tollgate serve` and `tollgate simulator`: the two servers, on loopback only."""

import asyncio
from ipaddress import ip_address
from typing import Annotated

import typer
import uvicorn

from app.bootstrap import build_container, check_database
from app.cli.console import err
from app.clock import SystemClock
from app.errors import ConfigurationError
from app.main import create_app
from app.simulator import create_simulator

PortOption = Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port")]


def serve(host: Annotated[str, typer.Option(help="A loopback address")] = "127.0.0.1", port: PortOption = 8000) -> None:
    """Serve the API."""
    require_loopback(host)
    container = build_container()
    asyncio.run(check_database(container))
    if container.core.settings().upstream == "simulator":
        err.print("Answers come from the embedded simulator. Set OPENAI_API_KEY to use OpenAI itself.")
    err.print(f"Tollgate on http://{host}:{port}, documentation on http://{host}:{port}/docs. Ctrl-C stops it.")
    uvicorn.run(create_app(container), host=host, port=port, log_config=None)


def simulator(port: PortOption = 8001) -> None:
    """Serve the embedded OpenAI-compatible simulator, for any OpenAI client."""
    err.print(f"Simulated OpenAI on http://127.0.0.1:{port}/v1. No model answers here, only rules. Ctrl-C stops it.")
    uvicorn.run(create_simulator(SystemClock()), host="127.0.0.1", port=port, log_config=None)


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
