"""Chat sessions over HTTP: they belong to somebody, remember, and end."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.api.dependencies import current_caller
from app.api.security import Caller
from app.clock import FixedClock
from containers import Container
from tests.application import application

API = "/api/v1/gen-ai/chatops"


async def _begin(http: httpx2.AsyncClient) -> str:
    response = await http.post(f"{API}/sessions")
    assert response.status_code == 201
    session_id: str = response.json()["session_id"]
    return session_id


async def _say(http: httpx2.AsyncClient, session_id: str, message: str, **more: Any) -> httpx2.Response:
    return await http.post(f"{API}/sessions/{session_id}/chat", json={"message": message, **more})


async def test_a_session_lives_for_24_hours(http: httpx2.AsyncClient, clock: FixedClock) -> None:
    session_id = await _begin(http)
    clock.move_to(clock.now() + timedelta(hours=24) - timedelta(seconds=1))
    assert (await _say(http, session_id, "What is RSI?")).status_code == 200
    clock.move_to(clock.now() + timedelta(seconds=1))
    gone = await _say(http, session_id, "What is RSI?")
    assert (gone.status_code, gone.json()["code"]) == (404, "session_not_found")


async def test_the_model_sees_the_last_ten_turns(http: httpx2.AsyncClient, container: Container) -> None:
    session_id = await _begin(http)
    for number in range(7):
        assert (await _say(http, session_id, f"Question {number}: what is RSI?")).status_code == 200
    sent = container.gen_ai.simulator().requests[-1]["messages"]
    spoken = [message for message in sent if message["role"] in ("user", "assistant")]
    assert len(spoken) == 11  # ten turns and the question
    assert spoken[0]["content"].startswith("Question 1")


async def test_without_history_the_model_sees_the_question_alone(
    http: httpx2.AsyncClient, container: Container
) -> None:
    session_id = await _begin(http)
    await _say(http, session_id, "What is RSI?")
    await _say(http, session_id, "What is MACD?", include_history=False)
    spoken = [m for m in container.gen_ai.simulator().requests[-1]["messages"] if m["role"] != "system"]
    assert [message["content"] for message in spoken] == ["What is MACD?"]


@pytest.mark.parametrize("message", ["", "   ", "x" * 4001])
async def test_a_message_has_1_to_4000_characters(http: httpx2.AsyncClient, message: str) -> None:
    assert (await _say(http, await _begin(http), message)).status_code == 422


async def test_a_wrong_model_is_400_and_leaves_no_turn(http: httpx2.AsyncClient, container: Container) -> None:
    session_id = await _begin(http)
    refused = await _say(http, session_id, "What is RSI?", model_id="gpt-6-astra")
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith("Model gpt-6-astra not allowed for service chatops_advanced")
    assert list(await container.data.chat_sessions().latest(session_id, 10)) == []


async def test_a_strangers_session_is_404_as_if_it_never_was(container: Container) -> None:
    app = application(container)
    caller = Caller("ann", "user")
    app.dependency_overrides[current_caller] = lambda: caller
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            session_id = await _begin(http)
            caller = Caller("bob", "user")
            refused = await _say(http, session_id, "What did Ann say?")
            caller = Caller("ann", "user")
            answered = await _say(http, session_id, "What is RSI?")
    assert (refused.status_code, answered.status_code) == (404, 200)
    assert "ann" not in refused.text


async def test_a_user_sees_their_own_usage_and_an_admin_everybodys(container: Container) -> None:
    app = application(container)
    caller = Caller("ann", "user")
    app.dependency_overrides[current_caller] = lambda: caller
    totals = {}
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            await _say(http, await _begin(http), "What is RSI?")
            for caller in (Caller("ann", "user"), Caller("bob", "user"), Caller("root", "admin")):
                totals[caller.id] = (await http.get("/api/v1/gen-ai/usage")).json()["total"]
    assert totals == {"ann": 1, "bob": 0, "root": 1}


async def test_compare_ranks_by_code_and_explains(http: httpx2.AsyncClient) -> None:
    strategies = [
        {"name": "Trend", "metrics": {"total_return": 0.42, "sharpe_ratio": 0.9, "max_drawdown": -0.18}},
        {"name": "Reversal", "metrics": {"total_return": 0.31, "sharpe_ratio": 1.2, "max_drawdown": -0.11}},
    ]
    response = await http.post(f"{API}/compare", json={"strategies": strategies, "language": "en"})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert [rank["name"] for rank in answer["ranking"]] == ["Reversal", "Trend"]
    assert "Reversal" in answer["recommendation"]
