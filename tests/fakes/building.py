"""Asks the strategy builder over HTTP, for tests."""

from typing import Any

import httpx2

API = "/api/v1/gen-ai"
QUERY = "Buy when RSI falls below 30 and sell when it rises above 70, with a stop loss of 5 %"


async def ask(http: httpx2.AsyncClient, query: str = QUERY, **body: Any) -> httpx2.Response:
    return await http.post(f"{API}/strategy-builder", json={"query": query} | body)


async def build(http: httpx2.AsyncClient, query: str = QUERY, **body: Any) -> dict[str, Any]:
    """The answer, which must be an accepted one."""
    response = await ask(http, query, **body)
    assert response.status_code == 200, response.text
    built: dict[str, Any] = response.json()
    return built


async def ledger_rows(http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    """The attempts of the ledger, the oldest first."""
    rows: list[dict[str, Any]] = (await http.get(f"{API}/usage")).json()["usage"]
    return rows[::-1]
