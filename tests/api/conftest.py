"""The application over a database of each kind, for the endpoints of what is stored."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from dependency_injector import providers

from app.clock import FixedClock
from app.settings import Settings
from containers import Container
from tests.application import lent_container
from tests.fakes.callers import Become, serving_people
from tests.fakes.workers import InlineWorker


@pytest.fixture
def each_container(database_url: str, clock: FixedClock, tmp_path: Path) -> Iterator[Container]:
    """A container over a database of each kind; backtests run in this process."""
    with lent_container(Settings(database_url=database_url, journal_dir=tmp_path / "journal")) as lent:
        lent.core.clock.override(clock)
        lent.services.backtest_worker.override(providers.Factory(InlineWorker))
        yield lent


@pytest.fixture
async def people(each_container: Container) -> AsyncIterator[tuple[httpx2.AsyncClient, Become]]:
    async with serving_people(each_container) as served:
        yield served
