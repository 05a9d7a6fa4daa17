"""Where the upstream refuses a model: another answer, or the upstream's own words; and what the listing says."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.simulator import Fault
from containers import Container

API = "/api/v1/gen-ai"
BODY = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
SSE = {"accept": "text/event-stream"}
MINI, TERRA = "gpt-4o-mini", "gpt-6.1-terra"
WORDS = "The model does not exist or you do not have access to it."


def refuse(container: Container, model: str, *, times: int = 1) -> None:
    """The upstream does not know the model any more."""
    container.gen_ai.simulator().faults.add(
        Fault(kind="status", status=404, code="model_not_found", text=WORDS, model=model, times=times)
    )


async def _build(http: httpx2.AsyncClient, **fields: Any) -> httpx2.Response:
    return await http.post(f"{API}/strategy-builder", json=BODY | fields)


async def _listing(http: httpx2.AsyncClient, service: str = "strategy_builder") -> dict[str, Any]:
    listing: dict[str, Any] = (await http.get(f"{API}/models/{service}")).json()
    return listing


def _refused(listing: dict[str, Any]) -> dict[str, Any]:
    """What the listing says of models that were refused."""
    models = {model["model_id"]: model["refused_by_upstream"] for model in listing["allowed_models"]}
    return {model_id: refusal for model_id, refusal in models.items() if refusal is not None}


async def test_the_next_model_answers_and_the_answer_says_why(http: httpx2.AsyncClient, container: Container) -> None:
    """With the refused attempt, its words, and what it cost: nothing."""
    refuse(container, MINI)
    answer = (await _build(http)).json()
    assert (answer["model_id"], answer["requested_model_id"]) == (TERRA, None)
    assert answer["model_reason"].startswith(f"the upstream refused {MINI} at 12:00 UTC: {WORDS}")
    refused, accepted = answer["attempts"]
    assert (refused["model_id"], refused["status"], refused["error"]) == (MINI, "unbilled", "model_refused")
    assert (refused["upstream_message"], refused["upstream_code"]) == (WORDS, "model_not_found")
    assert (accepted["model_id"], accepted["upstream_message"]) == (TERRA, None)
    assert answer["cost_usd"] == accepted["cost_usd"]


async def test_the_listing_shows_a_refused_model_for_ten_minutes(
    http: httpx2.AsyncClient, container: Container, clock: FixedClock
) -> None:
    """With the upstream's words, in each service: a model that is unknown is so to all."""
    refuse(container, MINI)
    await _build(http)
    listing = await _listing(http)
    assert _refused(listing) == {
        MINI: {
            "refused_at": "2026-11-23T12:00:00Z",
            "until": "2026-11-23T12:10:00Z",
            "words": f"{WORDS} (code model_not_found)",
        }
    }
    assert listing["default_model"] == TERRA
    assert WORDS in listing["default_reason"]
    assert MINI in _refused(await _listing(http, "unattributed"))
    clock.move_to(clock.now() + timedelta(minutes=10))
    listing = await _listing(http)
    assert (_refused(listing), listing["default_model"], listing["default_reason"]) == ({}, MINI, None)


async def test_what_is_listed_stays_what_is_enforced(http: httpx2.AsyncClient, container: Container) -> None:
    """A refused model stays allowed, with a note: who chooses it is asked for, and an answer takes the note away."""
    refuse(container, MINI, times=2)
    allowed = [model["model_id"] for model in (await _listing(http))["allowed_models"]]
    await _build(http)
    assert [model["model_id"] for model in (await _listing(http))["allowed_models"]] == allowed
    again = await _build(http, model_id=MINI)
    assert (again.status_code, again.json()["code"]) == (400, "model_refused")
    assert MINI in _refused(await _listing(http))
    answer = (await _build(http, model_id=MINI)).json()
    assert (answer["model_id"], answer["model_reason"]) == (MINI, None)
    listing = await _listing(http)
    assert (_refused(listing), listing["default_model"]) == ({}, MINI)


async def test_whoever_chose_the_model_gets_the_upstreams_own_words(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """400, as a problem document, and the same in the log."""
    error = {"message": "Unsupported value: 'none'.", "code": "unsupported_value"}
    fault = Fault(kind="status", status=400, code=error["code"], text=error["message"])
    container.gen_ai.simulator().faults.add(fault)
    with capture_logs() as logs:
        response = await _build(http, model_id=TERRA)
    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert (problem["code"], problem["upstream_status"]) == ("model_refused", 400)
    assert (problem["upstream_message"], problem["upstream_code"]) == (error["message"], error["code"])
    assert {"upstream_param", "upstream_type", "upstream_request_id", "operation_id", "cost_usd"} <= problem.keys()
    assert error["message"] in problem["detail"]
    assert [event["upstream_message"] for event in logs if event["event"] == "upstream_error"] == [error["message"]]


async def test_where_nobody_chose_and_all_are_refused_it_is_the_upstreams_error(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """502 with every attempt; the listing then shows them all, and still says what is asked first."""
    allowed = [model["model_id"] for model in (await _listing(http))["allowed_models"]]
    for model in allowed:
        refuse(container, model)
    with capture_logs() as logs:
        response = await _build(http)
    problem = response.json()
    assert (response.status_code, problem["code"], problem["upstream_message"]) == (502, "model_refused", WORDS)
    assert sorted(attempt["model_id"] for attempt in problem["attempts"]) == sorted(allowed)
    (failed,) = (event for event in logs if event["event"] == "request_failed")
    assert (failed["upstream_message"], failed["upstream_code"]) == (WORDS, "model_not_found")
    listing = await _listing(http)
    assert sorted(_refused(listing)) == sorted(allowed)
    assert listing["default_model"] == MINI


async def _chat(http: httpx2.AsyncClient, **fields: Any) -> httpx2.Response:
    session_id = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
    question = {"message": "What does the Sharpe ratio tell me?"} | fields
    return await http.post(f"{API}/chatops/sessions/{session_id}/chat", json=question, headers=SSE)


def _events(response: httpx2.Response) -> list[tuple[str, dict[str, Any]]]:
    pairs = (event.split("\n") for event in response.text.strip().split("\n\n"))
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


async def test_a_stream_comes_from_the_next_model(http: httpx2.AsyncClient, container: Container) -> None:
    refuse(container, "gpt-4o")
    events = _events(await _chat(http))
    name, done = events[-1]
    assert name == "done"
    assert done["model_id"] != "gpt-4o"
    assert WORDS in done["model_reason"]
    assert "error" not in [name for name, _ in events]


async def test_a_stream_of_a_chosen_model_that_is_refused_never_begins(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """An ordinary 400, not an event."""
    refuse(container, "gpt-4o")
    response = await _chat(http, model_id="gpt-4o")
    assert (response.status_code, response.json()["upstream_message"]) == (400, WORDS)


async def test_an_error_in_the_middle_of_a_stream_is_told_in_its_words(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """In the last event, and in the log."""
    said = "The engine is overloaded."
    container.gen_ai.simulator().faults.add(Fault(kind="error", text=said, code="overloaded", chunks=1))
    with capture_logs() as logs:
        name, problem = _events(await _chat(http))[-1]
    assert (name, problem["code"]) == ("error", "upstream_stream_failed")
    assert (problem["upstream_message"], problem["upstream_code"]) == (said, "overloaded")
    assert {event["event"] for event in logs if event.get("upstream_message") == said} == {
        "upstream_error",
        "stream_failed",
    }


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_no_error_of_the_upstream_loses_its_words(
    http: httpx2.AsyncClient, container: Container, status: int
) -> None:
    """Whatever it means, and whatever our own sentence says."""
    fault = Fault(kind="status", status=status, text=f"said with {status}", headers={"x-should-retry": "false"})
    container.gen_ai.simulator().faults.add(fault)
    problem = (await _build(http)).json()
    assert (problem["upstream_status"], problem["upstream_message"]) == (status, f"said with {status}")
