"""What a reader of a stream sees, and what the ledger keeps, when the upstream does not stream as it should."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest
import stamina

from app.simulator import Fault
from containers import Container

API = "/api/v1/gen-ai"
SSE = {"accept": "text/event-stream"}
QUESTION = {"message": "What does the Sharpe ratio tell me?"}
TOO_LONG = "one two three four five six seven eight nine ten " * 400


@pytest.fixture(autouse=True)
def _no_waiting_between_tries() -> Iterator[None]:
    """Three tries as in production, without the pauses between them."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


async def _stream(http: httpx2.AsyncClient, container: Container, fault: Fault) -> tuple[str, httpx2.Response]:
    container.gen_ai.simulator().faults.add(fault)
    session_id = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
    path = f"{API}/chatops/sessions/{session_id}/chat"
    return session_id, await http.post(path, json=QUESTION, headers=SSE)


async def _rows(http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await http.get(f"{API}/usage")).json()["usage"]
    return rows


def _last_event(response: httpx2.Response) -> tuple[str, dict[str, Any]]:
    name, data = response.text.strip().split("\n\n")[-1].split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@pytest.mark.parametrize(
    ("fault", "status", "code", "kept_as"),
    [
        (Fault(kind="status", status=400, times=9), 502, "upstream_error", ["unbilled"]),
        (Fault(kind="status", status=429, times=9), 503, "upstream_unavailable", ["unbilled"] * 3),
        (Fault(kind="status", status=500, times=9), 502, "upstream_error", ["unknown"] * 3),
        (Fault(kind="status", status=503, times=9), 503, "upstream_unavailable", ["unknown"] * 3),
        (Fault(kind="disconnect", times=9), 502, "upstream_unreachable", ["unknown"] * 3),
        (Fault(kind="html", times=9), 502, "upstream_stream_cut", ["estimated"]),
        (Fault(kind="empty", times=9), 502, "upstream_stream_cut", ["estimated"]),
        (Fault(kind="cut_stream", chunks=0, times=9), 502, "upstream_stream_cut", ["estimated"]),
        (Fault(kind="refusal", times=9), 422, "answer_rejected", ["measured"]),
        (Fault(kind="malformed_json", times=9), 502, "upstream_stream_cut", ["estimated"]),
        (Fault(kind="content", text="", times=9), 422, "answer_rejected", ["measured"]),
    ],
    ids=lambda value: f"{value.kind}-{value.status or ''}" if isinstance(value, Fault) else None,
)
async def test_what_goes_wrong_before_the_first_piece_is_an_ordinary_error(
    http: httpx2.AsyncClient, container: Container, fault: Fault, status: int, code: str, kept_as: list[str]
) -> None:
    """A problem document, not a stream; each try is a row, and what may have been billed has an interval."""
    session_id, response = await _stream(http, container, fault)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), problem
    assert response.headers["content-type"] == "application/problem+json"
    rows = await _rows(http)
    assert [row["status"] for row in rows] == kept_as
    for row in rows:
        billable = row["status"] in ("unknown", "estimated")
        assert (row["cost_high_usd"] is not None) == billable
        assert billable <= (row["cost_low_usd"] == "0")
    assert list(await container.data.chat_sessions().latest(session_id, 10)) == []


@pytest.mark.parametrize(
    ("fault", "code", "kept_as"),
    [
        (Fault(kind="cut_stream", chunks=6), "upstream_stream_cut", ("estimated", "stream_cut")),
        (Fault(kind="content", text=TOO_LONG), "answer_rejected", ("measured", None)),
    ],
    ids=["cut", "longer than was asked for"],
)
async def test_what_goes_wrong_within_the_answer_is_its_last_event(
    http: httpx2.AsyncClient, container: Container, fault: Fault, code: str, kept_as: tuple[str, str | None]
) -> None:
    """It says what it cost all the same; half an answer does not join the session."""
    session_id, response = await _stream(http, container, fault)
    assert response.status_code == 200
    name, problem = _last_event(response)
    assert (name, problem["code"]) == ("error", code)
    (row,) = await _rows(http)
    assert (row["status"], row["error"]) == kept_as
    assert Decimal(problem["cost_usd"]) == Decimal(row["cost_usd"]) > 0
    assert list(await container.data.chat_sessions().latest(session_id, 10)) == []


async def test_a_stream_that_stops_at_its_limit_has_the_limit_on_its_bill(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """1,500 tokens are what a chat may answer."""
    _, response = await _stream(http, container, Fault(kind="content", text=TOO_LONG))
    assert "cut off at the limit of 1500 tokens" in _last_event(response)[1]["violations"][0]
    (row,) = await _rows(http)
    assert row["output_tokens"] == 1500


async def test_an_answer_that_names_another_model_is_billed_as_that_one(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """gpt-4o-mini costs 0.15 and 0.60 USD per million."""
    fault = Fault(kind="model", answer_model="gpt-4o-mini-2024-07-18")
    _, response = await _stream(http, container, fault)
    name, answer = _last_event(response)
    usd = (
        answer["usage"]["input_tokens"] * Decimal("0.15") + answer["usage"]["output_tokens"] * Decimal("0.6")
    ) / 10**6
    assert (name, Decimal(answer["cost_usd"])) == ("done", usd)
    (row,) = await _rows(http)
    assert (row["model_id"], row["answered_as"], Decimal(row["cost_usd"])) == ("gpt-4o", "gpt-4o-mini-2024-07-18", usd)


async def test_contradictory_usage_is_unknown_and_the_answer_still_an_answer(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """More cached tokens than tokens: what it cost is not guessed."""
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}}
    _, response = await _stream(http, container, Fault(kind="usage", usage=usage))
    name, answer = _last_event(response)
    assert (name, answer["cost_usd"]) == ("done", None)
    (row,) = await _rows(http)
    assert (row["status"], row["error"], row["input_tokens"]) == ("unknown", "usage_inconsistent", None)
