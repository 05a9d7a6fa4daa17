from collections.abc import AsyncIterator

import pytest

from app.services.gen_ai.rules.catalog_file import CatalogFile
from tests.fakes.gate import CATALOG_FILE, Gate


@pytest.fixture
def catalog_file() -> CatalogFile:
    """The shipped catalogue."""
    return CATALOG_FILE


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were slept between tries; nobody sleeps in tests."""
    slept: list[float] = []

    async def nap(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("stamina._core._smart_sleep", nap)
    return slept


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    """The gate over an upstream without a script: tests add the steps with `gate.upstream.then`."""
    async with Gate.build() as built:
        yield built
