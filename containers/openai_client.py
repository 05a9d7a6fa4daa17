"""Builds the one AsyncOpenAI: to OpenAI, to a compatible server, or to the embedded simulator in this process."""

from collections.abc import AsyncIterator, Callable

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from app.settings import Settings
from app.simulator import Simulator, StreamingASGITransport

_SIMULATOR_URL = "http://simulator.invalid/v1"
"""Never looked up: the transport hands every request to the simulator in this process."""


def build_client(settings: Settings, simulator: Callable[[], Simulator]) -> AsyncOpenAI:
    """The client, without retries of its own: the gate decides what is tried again, and counts each try."""
    if settings.openai_api_key is None:
        return AsyncOpenAI(
            api_key="simulator",
            base_url=_SIMULATOR_URL,
            max_retries=0,
            http_client=httpx2.AsyncClient(transport=StreamingASGITransport(simulator())),
        )
    return AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=str(settings.openai_base_url) if settings.openai_base_url else "https://api.openai.com/v1",
        organization=settings.openai_org_id,
        project=settings.openai_project_id,
        max_retries=0,
        timeout=settings.request_deadline_seconds,
        http_client=DefaultAsyncHttpxClient(),
    )


async def open_client(client: AsyncOpenAI) -> AsyncIterator[AsyncOpenAI]:
    """A container resource: closes the client's connections at the end."""
    yield client
    await client.close()
