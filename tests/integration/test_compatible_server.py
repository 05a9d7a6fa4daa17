"""With a key and a base URL, Tollgate works against any OpenAI-compatible server; here the simulator's own server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import uvicorn
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import ConfigDict, TypeAdapter, with_config

from app.bootstrap import build_container
from app.clock import FixedClock
from app.settings import Settings
from app.simulator import Simulator, create_simulator
from tests.conftest import serving

API = "/api/v1/gen-ai"
BACKTEST = {
    "strategy_name": "Buy and hold",
    "symbol": "GSPC",
    "start_date": "2010-01-04",
    "end_date": "2018-12-31",
    "metrics": {"total_return": 1.21, "sharpe_ratio": 0.62, "max_drawdown": -0.2},
}


@pytest.fixture
async def server(clock: FixedClock) -> AsyncIterator[tuple[Simulator, str]]:
    """A simulator behind a real socket, and its base URL."""
    simulator = create_simulator(clock)
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(simulator, log_config=None, lifespan="off"))
    task = asyncio.create_task(running.serve(sockets=[listener]))
    while not running.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0)
    yield simulator, f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    running.should_exit = True
    await task
    listener.close()


@pytest.fixture
async def http(
    server: tuple[Simulator, str], clock: FixedClock, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    keyed = settings.model_dump() | {"openai_api_key": "x", "openai_base_url": server[1]}
    container = build_container(Settings.model_validate(keyed))
    container.core.clock.override(clock)
    async with serving(container) as client:
        yield client
    container.unwire()


async def test_every_service_works_over_a_real_connection(
    http: httpx2.AsyncClient, server: tuple[Simulator, str]
) -> None:
    """With every model that each service may use; each request is one that OpenAI's own types describe."""
    simulator = server[0]
    session = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
    requests: dict[str, tuple[str, dict[str, Any]]] = {
        "strategy_builder": ("/strategy-builder", {"query": "Buy when RSI is below 30, sell above 70"}),
        "narrative_report": ("/narrative-report", {"backtest": BACKTEST, "language": "en"}),
        "chatops_advanced": (f"/chatops/sessions/{session}/chat", {"message": "What is RSI?"}),
    }
    calls = 0
    for service, (path, body) in requests.items():
        offer = (await http.get(f"{API}/models/{service}")).json()
        for model in offer["allowed_models"]:
            response = await http.post(API + path, json={**body, "model_id": model["model_id"]})
            assert response.status_code == 200, (service, model["model_id"], response.text)
            assert response.json()["upstream"] == "127.0.0.1"
            calls += 1
    assert len(simulator.account.bills) == calls
    published = TypeAdapter(with_config(ConfigDict(extra="forbid"))(CompletionCreateParamsNonStreaming))
    for sent in simulator.requests:
        published.validate_python(sent)
