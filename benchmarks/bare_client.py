"""OpenAI's client without the gate: what a call costs anyhow."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from openai import AsyncOpenAI


def bare_call(http_client: httpx2.AsyncClient, payload: dict[str, Any]) -> Callable[[], Awaitable[None]]:
    """Sends one request and reads its answer, with the raw call that is the cheapest of the SDK's."""
    client = AsyncOpenAI(api_key="bench", base_url="http://recorded.invalid/v1", max_retries=0, http_client=http_client)

    async def call() -> None:
        await client.post("/chat/completions", cast_to=httpx2.Response, body=payload, options={"timeout": 60})

    return call
