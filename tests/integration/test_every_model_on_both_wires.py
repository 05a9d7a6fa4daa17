"""Every service, with every model that it may use, on both of OpenAI's text APIs, whole and streamed.

The simulator's rules for each model are of the committed extract, not of the catalogue: what it takes, OpenAI takes.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.clock import FixedClock
from app.services.gen_ai.ledger.port import UsageQuery
from app.settings import Settings
from app.vocabulary import AttemptStatus, Wire
from tests.application import lent_container
from tests.conftest import serving

API = "/api/v1/gen-ai"
QUERY = "RSI 30 이하에서 사고 70 이상에서 팔아줘"
METRICS = {"total_return": 1.21, "sharpe_ratio": 0.62, "max_drawdown": -0.2}
REPORT = {
    "backtest": {
        "strategy_name": "Buy and hold", "symbol": "GSPC", "start_date": "2010-01-04", "end_date": "2018-12-31",
        "metrics": METRICS,
    }
}  # fmt: skip
COMPARISON = {
    "strategies": [{"name": "A", "metrics": METRICS}, {"name": "B", "metrics": METRICS | {"sharpe_ratio": 0.4}}],
    "language": "en",
}
LOOKS_UP = "What did this month cost?"
STRONG: dict[str, set[str]] = {
    "chat_completions": {"gpt-6-sol"},
    "responses": {"gpt-6.1-terra", "gpt-6.2-sol"},
    "auto": {"gpt-6.1-terra", "gpt-6.2-sol", "gpt-6-sol"},
}
"""Of the models that call functions on a wire."""
WIRES = {
    "chat_completions": {Wire.CHAT_COMPLETIONS},
    "responses": {Wire.RESPONSES},
    "auto": {Wire.CHAT_COMPLETIONS, Wire.RESPONSES},
}
TODAY, AFTER_GPT_4O = datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2027, 1, 15, 9, tzinfo=UTC)


async def post(http: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = await http.post(API + path, json=body)
    assert response.is_success, f"{path} {body.get('model_id')}: {response.text}"
    answer: dict[str, Any] = response.json()
    return answer


async def allowed(http: httpx2.AsyncClient, service: str) -> list[str]:
    listed = (await http.get(f"{API}/models/{service}")).json()["allowed_models"]
    return [model["model_id"] for model in listed]


async def chatted(http: httpx2.AsyncClient, model_id: str) -> None:
    """Plain words, and words that need tools, in one conversation; whole, then streamed."""
    session = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
    path = f"/chatops/sessions/{session}/chat"
    for message in ("What is the Sharpe ratio?", LOOKS_UP):
        body = {"message": message, "model_id": model_id}
        answer = await post(http, path, body)
        assert answer["model_id"] == model_id
        assert answer["answer"]
        assert bool(answer["tools"]) is (message == LOOKS_UP), f"{model_id}: {message}"
        streamed = await http.post(API + path, json=body, headers={"accept": "text/event-stream"})
        assert "event: done" in streamed.text, streamed.text
        assert ("event: tool" in streamed.text) is (message == LOOKS_UP), f"{model_id}: {message}"


CASES = [("chat_completions", TODAY), ("responses", TODAY), ("auto", AFTER_GPT_4O)]


@pytest.mark.parametrize(("wire", "now"), CASES, ids=[f"{wire}-{now:%Y-%m-%d}" for wire, now in CASES])
async def test_every_service_answers_with_every_model_that_it_may_use(
    tmp_path: Path, sqlite_url: str, wire: Any, now: datetime
) -> None:
    """Structured answers, plain ones, tools and streams; every attempt is measured, on the wire that was asked for.

    On 2027-01-15 gpt-4o and gpt-4o-mini are gone: what each service takes in their place answers as well.
    """
    settings = Settings(database_url=sqlite_url, journal_dir=tmp_path / "journal", wire=wire)
    with lent_container(settings) as container:
        container.core.clock.override(FixedClock(now))
        async with serving(container) as http:
            for model_id in (None, *await allowed(http, "strategy_builder")):
                await post(http, "/strategy-builder", {"query": QUERY, "model_id": model_id})
            for model_id in (None, *await allowed(http, "narrative_report")):
                await post(http, "/narrative-report", REPORT | {"model_id": model_id})
            chatting = await allowed(http, "chatops_advanced")
            for model_id in chatting:
                await post(http, "/chatops/compare", COMPARISON | {"model_id": model_id})
                await chatted(http, model_id)
            rows, _ = await container.data.ledger().rows(UsageQuery(), limit=1000, offset=0)
    assert {"gpt-6-luna"} | STRONG[wire] <= set(chatting)
    assert {row.status for row in rows} == {AttemptStatus.MEASURED}
    assert {row.attempt.wire for row in rows} == WIRES[wire]
