"""What was used and what it cost, as HTTP shows it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import httpx2
import pytest

from app.clock import FixedClock
from app.services.gen_ai.ledger.port import Resolution
from containers import Container
from tests.fakes.rows import NOON, attempt, settlement, unanswered

API = "/api/v1/gen-ai"
QUERY = "Buy when RSI falls below 30 and sell when it rises above 70"


async def _build(http: httpx2.AsyncClient, **body: str) -> dict[str, object]:
    response = await http.post(f"{API}/strategy-builder", json={"query": QUERY, **body})
    assert response.status_code == 200, response.text
    answer: dict[str, object] = response.json()
    return answer


async def test_one_call_leaves_one_row_that_agrees_with_its_answer(http: httpx2.AsyncClient) -> None:
    answer = await _build(http)
    listed = (await http.get(f"{API}/usage")).json()
    assert listed["total"] == 1
    row = listed["usage"][0]
    assert row["operation_id"] == answer["operation_id"]
    assert row["status"] == "measured"
    assert row["answered_as"] == "gpt-4o-mini-2024-07-18"
    assert row["price_id"] == "gpt-4o-mini@2024-07-18"
    assert row["cost_usd"] == answer["cost_usd"]
    usage = answer["usage"]
    assert usage == {
        "input_tokens": row["input_tokens"],
        "cached_input_tokens": row["cached_input_tokens"],
        "cache_write_tokens": row["cache_write_tokens"],
        "cache_write_12h_tokens": row["cache_write_12h_tokens"],
        "output_tokens": row["output_tokens"],
        "reasoning_tokens": row["reasoning_tokens"],
    }


async def test_the_cost_is_exact_to_the_last_digit(http: httpx2.AsyncClient) -> None:
    """0.15 USD per 1M uncached input, 0.075 cached, 0.60 output."""
    answer = await _build(http)
    usage = answer["usage"]
    assert isinstance(usage, dict)
    cached = usage["cached_input_tokens"]
    expected = (
        (usage["input_tokens"] - cached) * Decimal("0.15")
        + cached * Decimal("0.075")
        + usage["output_tokens"] * Decimal("0.60")
    ) / 1_000_000
    assert Decimal(str(answer["cost_usd"])) == expected


async def test_pages_do_not_overlap_and_the_newest_comes_first(http: httpx2.AsyncClient, clock: FixedClock) -> None:
    operations = []
    for minute in range(3):
        clock.move_to(datetime(2026, 11, 23, 12, minute, tzinfo=UTC))
        operations.append((await _build(http))["operation_id"])
    pages = [(await http.get(f"{API}/usage", params={"limit": 1, "offset": n})).json() for n in range(3)]
    assert [page["usage"][0]["operation_id"] for page in pages] == operations[::-1]
    assert {page["total"] for page in pages} == {3}


@pytest.mark.parametrize(
    ("group_by", "keys"),
    [
        ("service", ["strategy_builder"]),
        ("model", ["gpt-4o-mini", "gpt-6-luna"]),
        ("day", ["2026-11-23", "2026-11-24"]),
    ],
)
async def test_sums_by_service_model_and_day(
    http: httpx2.AsyncClient, clock: FixedClock, group_by: str, keys: list[str]
) -> None:
    first = await _build(http)
    clock.move_to(datetime(2026, 11, 24, tzinfo=UTC))
    second = await _build(http, model_id="gpt-6-luna")
    summary = (await http.get(f"{API}/usage/summary", params={"group_by": group_by})).json()
    assert [group["key"] for group in summary["groups"]] == keys
    assert sum(group["attempts"] for group in summary["groups"]) == 2
    costs = Decimal(str(first["cost_usd"])) + Decimal(str(second["cost_usd"]))
    assert Decimal(summary["total_cost_usd"]) == costs


async def test_a_day_is_included_whole_and_a_moment_excluded(http: httpx2.AsyncClient) -> None:
    await _build(http)  # at 12:00 on 2026-11-23

    async def total(**limits: str) -> int:
        found: int = (await http.get(f"{API}/usage", params=limits)).json()["total"]
        return found

    assert await total(**{"from": "2026-11-23", "to": "2026-11-23"}) == 1
    assert await total(to="2026-11-22") == 0
    assert await total(**{"from": "2026-11-24"}) == 0
    assert await total(to="2026-11-23T12:00:00Z") == 0
    assert await total(**{"from": "2026-11-23T12:00:00Z"}) == 1
    assert await total(service="narrative_report") == 0


@pytest.mark.parametrize(
    ("parameters", "hint"),
    [
        ({"limit": "0"}, "query.limit"),
        ({"limit": "501"}, "query.limit"),
        ({"offset": "-1"}, "query.offset"),
        ({"from": "yesterday"}, "query.from"),
        ({"from": "2026-11-23T09:00:00"}, "needs a time zone"),
        ({"from": "2026-11-24", "to": "2026-11-01"}, "must lie before"),
    ],
)
async def test_bad_filters_are_422_and_say_what_is_wrong(
    http: httpx2.AsyncClient, parameters: dict[str, str], hint: str
) -> None:
    response = await http.get(f"{API}/usage", params=parameters)
    assert response.status_code == 422
    assert hint in response.json()["detail"]


async def test_an_unknown_grouping_is_422(http: httpx2.AsyncClient) -> None:
    response = await http.get(f"{API}/usage/summary", params={"group_by": "colour"})
    assert response.status_code == 422
    assert "'service', 'model', 'day' or 'upstream'" in response.json()["detail"]


async def test_what_others_answered_stands_apart(http: httpx2.AsyncClient, container: Container) -> None:
    """Costs of different upstreams never meet in a sum; each can be asked for, and each row says whose it is."""
    answer = await _build(http)
    ledger = container.data.ledger()
    for number, upstream in enumerate(("openai", "openai", None)):
        await ledger.open(attempt(f"att_{number}", upstream=upstream))
        await ledger.settle(f"att_{number}", settlement(cost_usd=Decimal(3)))
    summary = (await http.get(f"{API}/usage/summary")).json()
    assert (summary["upstream"], summary["total_cost_usd"]) == ("simulator", answer["cost_usd"])
    assert [group["attempts"] for group in summary["groups"]] == [1]
    others = [(other["upstream"], other["attempts"], other["cost_usd"]) for other in summary["other_upstreams"]]
    assert others == [("openai", 2, "6"), (None, 1, "3")]
    asked = (await http.get(f"{API}/usage/summary", params={"upstream": "openai", "group_by": "model"})).json()
    assert (asked["upstream"], asked["total_cost_usd"]) == ("openai", "6")
    assert [other["upstream"] for other in asked["other_upstreams"]] == ["simulator", None]
    rows = (await http.get(f"{API}/usage", params={"upstream": "unknown"})).json()["usage"]
    assert [(row["attempt_id"], row["upstream"], row["wire"]) for row in rows] == [("att_2", None, "chat_completions")]
    assert (await http.get(f"{API}/usage")).json()["total"] == 4


async def test_a_row_shows_what_somebody_found_out(http: httpx2.AsyncClient, container: Container) -> None:
    """By whom, when and why, and what it said before."""
    ledger = container.data.ledger()
    await ledger.open(attempt(worst_usd=Decimal("0.01")))
    await ledger.settle("att_1", replace(unanswered(), cost_low_usd=Decimal(0), cost_high_usd=Decimal("0.01")))
    (before,) = (await http.get(f"{API}/usage")).json()["usage"]
    await ledger.resolve(Resolution("att_1", Decimal("0.002"), "the bill", "ann", NOON))
    (row,) = (await http.get(f"{API}/usage")).json()["usage"]
    assert (before["status"], before["resolution"]) == ("unknown", None)
    assert (row["status"], row["cost_usd"], row["cost_high_usd"]) == ("measured", "0.002", None)
    assert row["resolution"] == {
        "note": "the bill", "resolved_by": "ann", "resolved_at": "2026-11-23T12:00:00Z", "was_status": "unknown",
        "was_cost_usd": None, "was_cost_low_usd": "0", "was_cost_high_usd": "0.01",
    }  # fmt: skip
