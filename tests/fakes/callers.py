"""The application as different people use it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import FastAPI

from app.api.dependencies import current_caller
from app.api.security import Caller
from containers import Container
from tests.application import application

Become = Callable[[str], None]


@asynccontextmanager
async def serving_people(container: Container) -> AsyncIterator[tuple[httpx2.AsyncClient, Become]]:
    """A client, and what makes it another person's from the next request on; at first it is Ann's."""
    app = application(container)
    become = _becoming(app)
    become("ann")
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url="http://x") as http:
        yield http, become


def _becoming(app: FastAPI) -> Become:
    def become(name: str) -> None:
        app.dependency_overrides[current_caller] = lambda: Caller(name, "user")

    return become


BUILDER = "/api/v1/gen-ai/strategy-builder"
WISH = {"query": "Buy when RSI is below 30 and sell above 70", "language": "en"}


async def built(http: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    """What the strategy builder answers."""
    response = await http.post(BUILDER, json=WISH | more)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def stored_id(http: httpx2.AsyncClient) -> str:
    """The id of a strategy that was just stored."""
    strategy_id = (await built(http, require_approval=False))["strategy_id"]
    assert isinstance(strategy_id, str)
    return strategy_id
