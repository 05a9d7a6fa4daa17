from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import pytest

from tests.conservation.account import SimulatorAccount
from tests.conservation.processes import ServerProcess, started

MakeSettings = Callable[..., dict[str, str]]


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=60) as client:
        yield client


@pytest.fixture
async def simulator() -> AsyncIterator[ServerProcess]:
    """The upstream, in a process of its own: it keeps its books whatever happens to Tollgate."""
    async with started("simulator") as process:
        yield process


@pytest.fixture
def account(http: httpx2.AsyncClient, simulator: ServerProcess) -> SimulatorAccount:
    return SimulatorAccount(http, simulator.url)


@pytest.fixture
def tollgate_settings(simulator: ServerProcess, tmp_path: Path) -> MakeSettings:
    """Tollgate's settings with the simulator as upstream; further ones by name."""

    def make(**further: str) -> dict[str, str]:
        return {
            "OPENAI_API_KEY": "sk-made-up",
            "OPENAI_BASE_URL": f"{simulator.url}/v1",
            "TOLLGATE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/tollgate.db",
            "TOLLGATE_LOG_LEVEL": "warning",
            **further,
        }

    return make
