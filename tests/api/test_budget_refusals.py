"""What a caller gets when a budget has no room: 402 with what is left, or an answer of a cheaper model."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import stamina

from app.clock import FixedClock
from app.simulator import Fault
from tests.conftest import serving
from tests.fakes.budgeted import budget, budgeted
from tests.fakes.rows import attempt, settlement

API = "/api/v1/gen-ai"
BODY = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
CHAT = {"message": "What does the Sharpe ratio tell me?"}
TIGHT = budget(limit_usd="0.0001")
"""Too little for the worst case of any model."""
FOR_TERRA = budget(limit_usd="0.025")
"""Too little for gpt-4o (0.02 USD for its output alone), enough for gpt-6.1-terra (0.01)."""
FOR_MINI = budget(limit_usd="0.005")
"""Too little for gpt-6.1-terra, enough for gpt-5.6-luna (0.003 for its output)."""


async def build(http: httpx2.AsyncClient, **body: Any) -> httpx2.Response:
    return await http.post(f"{API}/strategy-builder", json=BODY | body)


async def rows(http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await http.get(f"{API}/usage")).json()["usage"]
    return found


async def test_a_refusal_is_a_problem_with_what_is_left_and_until_when(tmp_path: Path, clock: FixedClock) -> None:
    """Nothing was sent, nothing is recorded, nothing stays reserved."""
    with budgeted(tmp_path, clock, budget(limit_usd="0.025", limit_tokens=90_000)) as container:
        async with serving(container) as http:
            response = await build(http)
            assert await rows(http) == []
            (standing,) = (await http.get(f"{API}/budgets")).json()["budgets"]
    assert response.status_code == 402
    assert response.headers["content-type"] == "application/problem+json"
    found = response.json()
    assert (found["code"], found["budget"], found["resets_at"]) == (
        "budget_exceeded", "all_day", "2026-11-24T00:00:00Z",
    )  # fmt: skip
    assert found["detail"].startswith("Budget all_day has 0.025 USD and 90,000 tokens left until 2026-11-24T00:00:00Z")
    amounts = {name: Decimal(found[name]) for name in found if name.endswith("_usd") and found[name] is not None}
    assert amounts["limit_usd"] == amounts["left_usd"] == Decimal("0.025")
    assert amounts["spent_usd"] == amounts["reserved_usd"] == amounts["cost_usd"] == 0
    assert amounts["needed_usd"] > Decimal("0.02")
    assert (found["limit_tokens"], found["left_tokens"]) == (90_000, 90_000)
    assert found["needed_tokens"] > 2000
    assert (standing["spent_usd"], standing["reserved_usd"], standing["reserved_tokens"]) == ("0", "0", 0)
    assert container.gen_ai.simulator().account.bills == []


async def test_every_service_is_refused_alike_and_a_stream_before_it_begins(tmp_path: Path, clock: FixedClock) -> None:
    report = {"backtest": {"strategy_name": "Hold", "symbol": "GSPC", "start_date": "1999-01-04",
              "end_date": "2018-12-31", "metrics": {"total_return": 1.0}}}  # fmt: skip
    compare = {"strategies": [{"name": name, "metrics": {"total_return": 0.4}} for name in ("Trend", "Reversal")]}
    with budgeted(tmp_path, clock, TIGHT) as container:
        async with serving(container) as http:
            session = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
            chat = f"{API}/chatops/sessions/{session}/chat"
            answers = [
                await http.post(f"{API}/narrative-report", json=report),
                await http.post(f"{API}/chatops/compare", json=compare),
                await http.post(chat, json=CHAT),
                await http.post(chat, json=CHAT, headers={"accept": "text/event-stream"}),
            ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (402, "budget_exceeded")
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_next_period_lets_calls_through_again_with_the_same_key(tmp_path: Path, clock: FixedClock) -> None:
    """A refusal is not kept for an Idempotency-Key: the repeat after the reset runs, and its answer is kept."""
    key = {"Idempotency-Key": "one"}
    with budgeted(tmp_path, clock, budget(limit_usd="0.05")) as container:
        async with serving(container) as http:
            statuses = []
            for _ in range(20):
                statuses.append((await build(http)).status_code)
                if statuses[-1] == 402:
                    break
            refused = await http.post(f"{API}/strategy-builder", json=BODY, headers=key)
            clock.move_to(datetime(2026, 11, 24, tzinfo=UTC))
            first, again = [await http.post(f"{API}/strategy-builder", json=BODY, headers=key) for _ in range(2)]
    assert (statuses[0], statuses[-1]) == (200, 402)
    assert refused.status_code == 402
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_soft_budget_refuses_nothing(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock, budget(limit_usd="0.0001", kind="soft")) as container:
        async with serving(container) as http:
            assert (await build(http)).status_code == 200
            (found,) = (await http.get(f"{API}/budgets")).json()["budgets"]
    assert found["used_percent"] > 100
    assert found["left_usd"] == "0"


async def test_a_try_that_no_longer_fits_ends_the_operation_and_says_what_was_paid(
    tmp_path: Path, clock: FixedClock
) -> None:
    """The first try breaks and counts at its worst case; for a second one there is no room."""
    with budgeted(tmp_path, clock, budget(limit_usd="0.05")) as container, stamina.set_testing(True, attempts=3):
        async with serving(container) as http:
            container.gen_ai.simulator().faults.add(Fault(kind="disconnect"))
            problem = (await build(http)).json()
            (row,) = await rows(http)
    assert (problem["status"], problem["code"], problem["cost_usd"]) == (402, "budget_exceeded", None)
    assert problem["operation_id"] == row["operation_id"]
    assert Decimal(problem["spent_usd"]) == Decimal(row["cost_high_usd"])


async def test_over_budget_the_next_cheaper_model_answers_and_says_why(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock, FOR_TERRA, over_budget="step_down") as container:
        async with serving(container) as http:
            answer = await build(http)
            found = await rows(http)
    assert answer.status_code == 200
    assert (answer.json()["model_id"], answer.json()["requested_model_id"]) == ("gpt-6.1-terra", None)
    assert answer.json()["model_reason"] == (
        "budget all_day has no room for gpt-4o; gpt-6.1-terra is the next cheaper model"
    )
    assert [row["model_id"] for row in found] == ["gpt-6.1-terra"]
    assert Decimal(answer.json()["cost_usd"]) <= Decimal("0.025")


async def test_it_steps_down_as_often_as_it_must(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock, FOR_MINI, over_budget="step_down") as container:
        async with serving(container) as http:
            answer = (await build(http)).json()
    assert answer["model_id"] == "gpt-5.6-luna"
    assert answer["model_reason"] == (
        "budget all_day has no room for gpt-6.1-terra; gpt-5.6-luna is the next cheaper model"
    )


async def test_a_stream_steps_down_too(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock, FOR_MINI, over_budget="step_down") as container:
        async with serving(container) as http:
            session = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
            path = f"{API}/chatops/sessions/{session}/chat"
            answer = await http.post(path, json=CHAT, headers={"accept": "text/event-stream"})
            (row,) = await rows(http)
    assert answer.status_code == 200
    assert "event: done" in answer.text
    assert (row["model_id"], row["status"]) == ("gpt-5.6-luna", "measured")


async def test_where_no_model_fits_it_is_refused(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock, TIGHT, over_budget="step_down") as container:
        async with serving(container) as http:
            answer = await build(http)
            assert await rows(http) == []
    assert (answer.status_code, answer.json()["code"]) == (402, "budget_exceeded")


async def test_a_model_that_a_person_chose_is_refused_and_never_replaced(tmp_path: Path, clock: FixedClock) -> None:
    """Also where the policy steps down; the same model that does fit answers."""
    with budgeted(tmp_path, clock, FOR_TERRA, over_budget="step_down") as container:
        async with serving(container) as http:
            refused = await build(http, model_id="gpt-4o")
            assert await rows(http) == []
            chosen = await build(http, model_id="gpt-4o-mini")
    assert (refused.status_code, refused.json()["code"]) == (402, "budget_exceeded")
    assert chosen.json()["model_id"] == chosen.json()["requested_model_id"] == "gpt-4o-mini"
    assert chosen.json()["model_reason"] is None


async def test_a_refusal_that_only_reservations_cause_says_when_to_come_back(tmp_path: Path, clock: FixedClock) -> None:
    """A call under way holds all of the budget; when it has turned out cheap there is room."""
    with budgeted(tmp_path, clock, budget(limit_usd="0.05")) as container:
        async with serving(container) as http:
            ledger = container.data.ledger()
            await ledger.open(attempt(worst_usd=Decimal("0.05"), upstream="simulator"))
            refused = await build(http)
            await ledger.settle("att_1", settlement(cost_usd=Decimal("0.001")))
            accepted = await build(http)
    assert (refused.status_code, refused.headers["retry-after"]) == (402, "2")
    assert refused.json()["retry_after_seconds"] == 2
    assert accepted.status_code == 200


async def test_a_refusal_for_what_is_spent_does_not(tmp_path: Path, clock: FixedClock) -> None:
    """Waiting a moment would not help."""
    with budgeted(tmp_path, clock, TIGHT) as container:
        async with serving(container) as http:
            refused = await build(http)
    assert "retry-after" not in refused.headers
