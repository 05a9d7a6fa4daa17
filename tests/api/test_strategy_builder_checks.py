"""The strategy builder's checks over HTTP: real prices, repair and climb, the pinned model, series without bars."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest

from app.quant.strategy import Strategy
from app.simulator import Fault
from containers import Container
from tests.fakes.briefs import answer
from tests.fakes.building import API, QUERY, ask, build, ledger_rows
from tests.fakes.callers import serving_people

MINI, TERRA = "gpt-4o-mini", "gpt-6.1-terra"


async def test_a_model_that_needs_a_strategy_is_told_that_there_is_none(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """The intent is the model's reading, held against what was sent."""
    built = await build(http)
    said = answer(Strategy.model_validate(built["strategy"]), "modify")
    container.gen_ai.simulator().faults.add(Fault(kind="content", text=said.model_dump_json()))
    again = await build(http)
    assert again["attempts"][0]["violations"] == [
        "intent is modify, but there is no existing strategy; give intent create and a strategy"
    ]
    assert again["intent"] == "create"


@pytest.mark.parametrize(
    ("kind", "violation"),
    [
        ("swapped", "the RSI of the entry is compared with 70; give one from 0 to 50"),
        ("contradiction", "can never hold at the same time"),
        ("never_fires", "ROC(20) above 500, holds on 0 days (ROC(20) is between -28.16 and 23.49)"),
    ],
)
async def test_a_flawed_answer_is_repaired_by_the_same_model(
    http: httpx2.AsyncClient, container: Container, kind: Any, violation: str
) -> None:
    """The model is shown what is wrong; each attempt is in the ledger and in the answer, with its cost."""
    container.gen_ai.simulator().faults.add(Fault(kind=kind))
    built = await build(http)
    first, second = built["attempts"]
    assert any(violation in said for said in first["violations"])
    assert (first["model_id"], second["model_id"], second["violations"]) == (MINI, MINI, [])
    repair = container.gen_ai.simulator().requests[-1]["messages"][-1]["content"]
    assert all(said in repair for said in first["violations"])
    rows = await ledger_rows(http)
    assert [row["attempt_id"] for row in rows] == [first["attempt_id"], second["attempt_id"]]
    assert {row["operation_id"] for row in rows} == {built["operation_id"]}
    assert sum(Decimal(attempt["cost_usd"]) for attempt in built["attempts"]) == Decimal(built["cost_usd"])
    assert built["confidence"]["value"] < 0.83


async def test_after_a_repair_in_vain_a_better_model_is_asked(http: httpx2.AsyncClient, container: Container) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="never_fires", times=2))
    built = await build(http)
    assert [(attempt["model_id"], attempt["accepted"]) for attempt in built["attempts"]] == [
        (MINI, False),
        (MINI, False),
        (TERRA, True),
    ]
    assert built["model_id"] == TERRA
    assert "did not pass the checks" in built["model_reason"]
    assert [row["model_id"] for row in await ledger_rows(http)] == [MINI, MINI, TERRA]
    assert built["confidence"]["level"] == "medium"


async def test_a_pinned_model_is_never_left(http: httpx2.AsyncClient, container: Container) -> None:
    """Four flawed answers: all of them its own, and then nothing is passed off as good."""
    container.gen_ai.simulator().faults.add(Fault(kind="never_fires", times=9))
    response = await ask(http, model_id=MINI)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "answer_rejected")
    assert "holds on 0 days" in problem["violations"][0]
    assert [attempt["model_id"] for attempt in problem["attempts"]] == [MINI] * 4
    assert {body["model"] for body in container.gen_ai.simulator().requests} == {MINI}
    rows = await ledger_rows(http)
    assert [row["model_id"] for row in rows] == [MINI] * 4
    assert sum(Decimal(row["cost_usd"]) for row in rows) == Decimal(problem["cost_usd"])


async def test_a_pinned_model_may_repair(http: httpx2.AsyncClient, container: Container) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="swapped", times=3))
    built = await build(http, model_id=MINI)
    assert [attempt["model_id"] for attempt in built["attempts"]] == [MINI] * 4
    assert {body["model"] for body in container.gen_ai.simulator().requests} == {MINI}


async def test_words_that_no_price_ever_follows_are_refused_with_the_reason(http: httpx2.AsyncClient) -> None:
    """The sentence itself cannot trade: the person reads how often each of its conditions held."""
    response = await ask(http, "ATR 2 이하일 때 20일선이 50일선을 상향 돌파하면 매수")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "answer_rejected")
    assert "ATR(14) below 2, holds on 0 days (ATR(14) is between 8.229 and 65.63)" in problem["violations"][0]


async def test_a_wished_series_without_bars_is_told_and_a_demanded_one_is_refused(http: httpx2.AsyncClient) -> None:
    built = await build(http, preferences={"symbol": "AAPL"})
    assert (built["dry_run"]["symbol"], built["dry_run"]["note"]) == (
        "GSPC",
        "There are no bars of AAPL, so it was tried on GSPC.",
    )
    assert (await build(http, preferences={"symbol": "ixic"}))["dry_run"]["symbol"] == "IXIC"
    asked = len(await ledger_rows(http))
    refused = await ask(http, symbol="AAPL")
    assert (refused.status_code, refused.json()["detail"]) == (422, "there are no bars of 'AAPL'; there are GSPC, IXIC")
    assert len(await ledger_rows(http)) == asked


async def test_what_was_wrong_with_a_strategy_before_is_told_and_does_not_stop_a_change(
    http: httpx2.AsyncClient, container: Container
) -> None:
    """Its entry never holds, but the words ask for another stop loss: one attempt, and the problem in the answer."""
    idle = (await build(http))["strategy"]
    idle["entry"]["conditions"].append(
        {"left": {"kind": "ROC", "period": 20}, "comparison": "above", "right": {"kind": "NUMBER", "value": 500}}
    )
    built = await build(http, "Change the stop loss to 3 %", strategy=idle)
    assert len(built["attempts"]) == 1
    assert len(built["validation"]["problems"]) == 1
    assert "holds on 0 days" in built["validation"]["problems"][0]
    assert built["dry_run"]["total_trades"] == 0
    assert built["confidence"]["level"] == "medium"
    sent = container.gen_ai.simulator().requests[-1]["messages"][-1]["content"]
    assert '"known_problems"' in sent


async def test_a_repeat_with_the_same_key_reports_the_same_and_costs_nothing(http: httpx2.AsyncClient) -> None:
    body, headers = {"query": QUERY}, {"Idempotency-Key": "once"}
    first = await http.post(f"{API}/strategy-builder", json=body, headers=headers)
    second = await http.post(f"{API}/strategy-builder", json=body, headers=headers)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await ledger_rows(http)) == 1


async def test_a_stored_strategy_is_changed_by_its_id_and_only_by_its_owner(container: Container) -> None:
    """Built, stored, changed by an instruction; to another person it is not there."""
    async with serving_people(container) as (http, become):
        stored = await build(http, require_approval=False)
        changed = await build(http, "Change the stop loss to 3 %", strategy_id=stored["strategy_id"])
        assert changed["intent"] == "modify"
        assert changed["strategy"]["risk"] == stored["strategy"]["risk"] | {"stop_loss": 0.03}
        assert changed["strategy"]["entry"] == stored["strategy"]["entry"]
        become("bob")
        hidden = await ask(http, "Change the stop loss to 3 %", strategy_id=stored["strategy_id"])
        assert (hidden.status_code, hidden.json()["code"]) == (404, "strategy_not_found")
        assert await ledger_rows(http) == []
        both = await ask(http, strategy_id="strat_1", strategy=stored["strategy"])
        assert both.status_code == 422
        assert "give strategy or strategy_id, not both" in both.text
