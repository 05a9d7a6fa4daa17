"""What a person sees, and what the ledger keeps, when OpenAI does not answer as it should."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest
import stamina

from app.simulator import Fault
from containers import Container

API = "/api/v1/gen-ai"
BODY = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}


@pytest.fixture(autouse=True)
def _no_waiting_between_tries() -> Any:
    """Three tries as in production, without the pauses between them."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


async def _build(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post(f"{API}/strategy-builder", json=BODY)


async def _rows(http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await http.get(f"{API}/usage")).json()["usage"]
    return rows


@pytest.mark.parametrize(
    ("fault", "status", "code", "attempts", "kept_as"),
    [
        (Fault(kind="status", status=400, times=9), 502, "upstream_error", 1, "unbilled"),
        (Fault(kind="status", status=401, times=9), 502, "upstream_error", 1, "unbilled"),
        (Fault(kind="status", status=404, times=9), 502, "upstream_error", 1, "unbilled"),
        (Fault(kind="status", status=409, times=9), 502, "upstream_error", 3, "unbilled"),
        (Fault(kind="status", status=408, times=9), 504, "upstream_timeout", 3, "unbilled"),
        (Fault(kind="status", status=429, times=9), 503, "upstream_unavailable", 3, "unbilled"),
        (
            Fault(kind="status", status=429, code="insufficient_quota", times=9),
            503,
            "upstream_quota_exhausted",
            1,
            "unbilled",
        ),
        (Fault(kind="status", status=500, times=9), 502, "upstream_error", 3, "unknown"),
        (Fault(kind="status", status=503, times=9), 503, "upstream_unavailable", 3, "unknown"),
        (Fault(kind="status", status=504, times=9), 504, "upstream_timeout", 3, "unknown"),
        (Fault(kind="disconnect", times=9), 502, "upstream_unreachable", 3, "unknown"),
        (Fault(kind="cut_stream", chunks=1, times=9), 502, "upstream_unreachable", 3, "unknown"),
        (Fault(kind="html", times=9), 502, "upstream_error", 1, "unknown"),
        (Fault(kind="empty", times=9), 502, "upstream_error", 1, "unknown"),
        (Fault(kind="malformed_json", times=9), 502, "upstream_error", 1, "unknown"),
    ],
    ids=lambda value: f"{value.kind}-{value.status or ''}{value.code or ''}" if isinstance(value, Fault) else None,
)
async def test_a_fault_becomes_a_problem_and_each_try_a_row(
    http: httpx2.AsyncClient, container: Container, fault: Fault, status: int, code: str, attempts: int, kept_as: str
) -> None:
    container.gen_ai.simulator().faults.add(fault)
    response = await _build(http)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), problem
    assert response.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in response.text
    rows = await _rows(http)
    assert len(rows) == attempts
    assert {row["status"] for row in rows} == {kept_as}
    assert {row["cost_usd"] for row in rows} == {None}
    if fault.kind == "status":
        assert problem["upstream_status"] == fault.status
        assert problem["upstream_request_id"].startswith("req_")


async def test_a_fault_that_passes_is_tried_again_and_both_tries_are_counted(
    http: httpx2.AsyncClient, container: Container
) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="status", status=500))
    response = await _build(http)
    assert response.status_code == 200
    rows = await _rows(http)
    assert [row["status"] for row in rows].count("measured") == 1
    assert [row["status"] for row in rows].count("unknown") == 1
    assert {row["operation_id"] for row in rows} == {response.json()["operation_id"]}
    assert response.json()["cost_usd"] is None  # the first try may have been billed: the sum is not known


async def test_retry_after_reaches_the_caller(http: httpx2.AsyncClient, container: Container) -> None:
    """Longer than the operation may take: no further try, and the caller is told when to come back."""
    container.gen_ai.simulator().faults.add(Fault(kind="status", status=429, retry_after=600, times=9))
    response = await _build(http)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "600"
    assert len(await _rows(http)) == 1


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (Fault(kind="flawed", times=4), "Field required"),
        (Fault(kind="content", text="I would rather not say.", times=4), "JSON"),
        (Fault(kind="content", text="", times=4), "empty"),
        (Fault(kind="refusal", times=2), "refused"),
        (Fault(kind="content", text="one two three four " * 25_000, times=4), "cut off at the limit of "),
    ],
    ids=["flawed", "prose", "empty", "refusal", "length"],
)
async def test_a_billed_answer_that_cannot_be_used_is_422_and_counted(
    http: httpx2.AsyncClient, container: Container, fault: Fault, hint: str
) -> None:
    container.gen_ai.simulator().faults.add(fault)
    response = await _build(http)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "answer_rejected")
    assert any(hint in violation for violation in problem["violations"]), problem["violations"]
    rows = await _rows(http)
    assert {row["status"] for row in rows} == {"measured"}
    assert {row["operation_id"] for row in rows} == {problem["operation_id"]}
    assert float(problem["cost_usd"]) > 0


async def test_a_flawed_first_answer_is_repaired_with_the_errors_shown(
    http: httpx2.AsyncClient, container: Container
) -> None:
    simulator = container.gen_ai.simulator()
    simulator.faults.add(Fault(kind="flawed"))
    response = await _build(http)
    assert response.status_code == 200
    assert len(await _rows(http)) == 2
    complaint = simulator.requests[-1]["messages"][-1]
    assert complaint["role"] == "user"
    assert "Field required" in complaint["content"]


async def test_an_answer_of_an_unknown_model_is_unpriced_not_free(
    http: httpx2.AsyncClient, container: Container
) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="model", answer_model="gpt-99"))
    response = await _build(http)
    assert response.status_code == 200
    assert response.json()["cost_usd"] is None
    row = (await _rows(http))[0]
    assert (row["status"], row["cost_usd"], row["error"]) == ("measured", None, "unpriced")
    summary = (await http.get(f"{API}/usage/summary")).json()
    assert summary["groups"][0]["uncosted_attempts"] == 1


async def test_a_tier_dearer_than_asked_is_unknown_within_the_worst_case(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """gpt-4o-mini in the priority tier, where the request said the default one: no budget is passed without a word."""
    container.gen_ai.simulator().faults.add(Fault(kind="service_tier", service_tier="priority"))
    answer = await _build(http)
    assert (answer.status_code, answer.json()["cost_usd"]) == (200, None)
    row = (await _rows(http))[0]
    assert (row["status"], row["error"], row["service_tier"]) == ("unknown", "dearer_than_asked", "priority")
    assert float(row["cost_high_usd"]) > 0


async def test_contradictory_usage_is_unknown_not_guessed(http: httpx2.AsyncClient, container: Container) -> None:
    usage = {
        "prompt_tokens": 5,
        "completion_tokens": 1,
        "total_tokens": 6,
        "prompt_tokens_details": {"cached_tokens": 9},
    }
    container.gen_ai.simulator().faults.add(Fault(kind="usage", usage=usage))
    assert (await _build(http)).json()["cost_usd"] is None
    row = (await _rows(http))[0]
    assert (row["status"], row["error"], row["input_tokens"]) == ("unknown", "usage_inconsistent", None)


async def test_what_is_not_measured_is_said_in_percent(http: httpx2.AsyncClient, container: Container) -> None:
    """One measured answer, and one try that may have been billed up to its worst case."""
    container.gen_ai.simulator().faults.add(Fault(kind="status", status=500))
    await _build(http)
    summary = (await http.get(f"{API}/usage/summary")).json()
    group = summary["groups"][0]
    low, high = Decimal(group["cost_low_usd"]), Decimal(group["cost_high_usd"])
    assert Decimal(group["measured_usd"]) == low < high
    assert summary["measured_percent"] == pytest.approx(float(low / high * 100), abs=1e-3)
    unknown = next(row for row in await _rows(http) if row["status"] == "unknown")
    assert (unknown["cost_low_usd"], Decimal(unknown["cost_high_usd"])) == ("0", high - low)
