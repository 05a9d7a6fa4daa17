"""Chat as server-sent events: the text as it is written, then what it cost; and the right row whatever happens."""

import json
from typing import Any

import httpx2
import pytest

from app.simulator import Fault
from containers import Container

API = "/api/v1/gen-ai"
SSE = {"accept": "text/event-stream"}
QUESTION = {"message": "What does the Sharpe ratio tell me?"}


def _events(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in text.strip().split("\n\n"):
        event, data = block.split("\n")
        found.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def _session(http: httpx2.AsyncClient) -> str:
    session_id: str = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
    return session_id


async def _chat(http: httpx2.AsyncClient, **body: Any) -> tuple[str, httpx2.Response]:
    session_id = await _session(http)
    path = f"{API}/chatops/sessions/{session_id}/chat"
    return session_id, await http.post(path, json={**QUESTION, **body}, headers=SSE)


async def _rows(http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await http.get(f"{API}/usage")).json()["usage"]
    return rows


async def test_deltas_then_usage_then_done(http: httpx2.AsyncClient, container: Container) -> None:
    session_id, response = await _chat(http)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    events = _events(response.text)
    names = [name for name, _ in events]
    assert names[-2:] == ["usage", "done"]
    assert set(names[:-2]) == {"delta"}
    assert len(names) > 4
    done = events[-1][1]
    assert "".join(data["text"] for name, data in events if name == "delta") == done["answer"]
    turns = await container.data.chat_sessions().latest(session_id, 10)
    assert [turn.role for turn in turns] == ["user", "assistant"]
    assert turns[1].text == done["answer"]


async def test_a_stream_costs_what_the_same_answer_in_one_piece_costs(http: httpx2.AsyncClient) -> None:
    await _chat(http, include_history=False)  # from now on OpenAI knows the beginning of the prompt
    _, streamed = await _chat(http, include_history=False)
    path = f"{API}/chatops/sessions/{await _session(http)}/chat"
    whole = (await http.post(path, json={**QUESTION, "include_history": False})).json()
    done = _events(streamed.text)[-1][1]
    assert (done["usage"], done["cost_usd"]) == (whole["usage"], whole["cost_usd"])
    rows = (await _rows(http))[:2]
    assert {(row["status"], row["cost_usd"]) for row in rows} == {("measured", whole["cost_usd"])}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({"model_id": "gpt-4"}, 400, "model_not_allowed"), ({"message": ""}, 422, "invalid_request")],
)
async def test_what_is_wrong_before_the_first_piece_is_an_ordinary_error(
    http: httpx2.AsyncClient, body: dict[str, str], status: int, code: str
) -> None:
    _, response = await _chat(http, **body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await _rows(http) == []


async def test_a_refused_request_is_an_ordinary_error_too(http: httpx2.AsyncClient, container: Container) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="status", status=400))
    _, response = await _chat(http)
    assert (response.status_code, response.json()["code"]) == (502, "upstream_error")
    assert [row["status"] for row in await _rows(http)] == ["unbilled"]


async def test_a_stream_that_the_upstream_cuts_is_an_estimate_and_leaves_no_half_answer(
    http: httpx2.AsyncClient, container: Container
) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="cut_stream", chunks=5))
    session_id, response = await _chat(http)
    events = _events(response.text)
    assert events[-1][0] == "error"
    assert events[-1][1]["code"] == "upstream_stream_cut"
    assert "cost_usd" in events[-1][1]
    row = (await _rows(http))[0]
    assert (row["status"], row["error"]) == ("estimated", "stream_cut")
    assert row["output_tokens"] > 0
    assert list(await container.data.chat_sessions().latest(session_id, 10)) == []


async def test_a_stream_without_usage_is_an_estimate_and_still_an_answer(
    http: httpx2.AsyncClient, container: Container
) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="no_usage"))
    _, response = await _chat(http)
    assert _events(response.text)[-1][0] == "done"
    row = (await _rows(http))[0]
    assert (row["status"], row["error"]) == ("estimated", "usage_missing")
