"""An upstream that does not answer in time: a 504, or an error within the stream, and the right row."""

import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from app.settings import Settings
from app.simulator import Fault
from containers import Container

API = "/api/v1/gen-ai"
BUILD = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
QUESTION = {"message": "What does the Sharpe ratio tell me?"}
SSE = {"accept": "text/event-stream"}
NEVER = 300
"""Seconds: long after the deadline."""


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    """Operations may take a moment only."""
    return Settings(database_url=sqlite_url, request_deadline_seconds=0.05)


async def _stream(http: httpx2.AsyncClient) -> httpx2.Response:
    session_id = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
    return await http.post(f"{API}/chatops/sessions/{session_id}/chat", json=QUESTION, headers=SSE)


async def _the_row(http: httpx2.AsyncClient) -> dict[str, Any]:
    row: dict[str, Any]
    (row,) = (await http.get(f"{API}/usage")).json()["usage"]
    return row


def _may_cost(row: dict[str, Any]) -> None:
    """Nothing is known, and nothing is said to be free."""
    assert (row["cost_usd"], row["input_tokens"], row["cost_low_usd"]) == (None, None, "0")
    assert Decimal(row["cost_high_usd"]) > 0


@pytest.mark.parametrize("chunks", [None, 0], ids=["no answer", "headers, but no body"])
async def test_a_call_without_an_answer_in_time_is_504_and_unknown(
    http: httpx2.AsyncClient, container: Container, chunks: int | None
) -> None:
    """It is not tried again: the time is used up. It may be billed, up to its worst case."""
    late = Fault(kind="delay", seconds=NEVER) if chunks is None else Fault(kind="delay", seconds=NEVER, chunks=chunks)
    container.gen_ai.simulator().faults.add(late)
    answer = await http.post(f"{API}/strategy-builder", json=BUILD)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["cost_usd"]) == (504, "upstream_timeout", None)
    row = await _the_row(http)
    assert (row["status"], row["error"], row["operation_id"]) == (
        "unknown",
        "upstream_timeout",
        problem["operation_id"],
    )
    _may_cost(row)


async def test_a_stream_that_does_not_begin_in_time_is_504_and_unknown(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """Before the first piece it is an ordinary error answer."""
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=NEVER))
    answer = await _stream(http)
    assert (answer.status_code, answer.json()["code"]) == (504, "upstream_timeout")
    row = await _the_row(http)
    assert (row["status"], row["error"]) == ("unknown", "upstream_timeout")
    _may_cost(row)


async def test_a_stream_that_does_not_end_in_time_is_an_error_event_and_an_estimate(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """After the pieces that came; the event and the row tell the same cost."""
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=NEVER, chunks=4))
    answer = await _stream(http)
    *pieces, last = answer.text.strip().split("\n\n")
    assert pieces
    assert all(piece.startswith("event: delta\n") for piece in pieces)
    name, data = last.split("\n")
    problem = json.loads(data.removeprefix("data: "))
    assert (name, problem["code"], problem["status"]) == ("event: error", "upstream_timeout", 504)
    row = await _the_row(http)
    assert (row["status"], row["error"]) == ("estimated", "stream_cut")
    assert row["output_tokens"] > 0
    low, cost, high = (Decimal(row[name]) for name in ("cost_low_usd", "cost_usd", "cost_high_usd"))
    assert low < cost < high
    assert Decimal(problem["cost_usd"]) == cost
