"""How the budgets stand, as HTTP shows it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.api.dependencies import current_caller
from app.api.security import Caller
from app.clock import FixedClock
from app.simulator import Fault
from containers import Container
from tests.application import application
from tests.conftest import serving
from tests.fakes.budgeted import budget, budgeted
from tests.fakes.rows import attempt

API = "/api/v1/gen-ai"
BODY = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
SEVERAL = (
    budget(name="everything", period="month", limit_usd="5", limit_tokens=100_000),
    budget(name="each_service", scope="service", kind="soft"),
    budget(name="each_caller", scope="caller", limit_usd=None, limit_tokens=50_000),
    budget(name="bob", scope="caller", subject="bob", limit_usd="2"),
)


@asynccontextmanager
async def called_by(container: Container, caller: Caller) -> AsyncIterator[httpx2.AsyncClient]:
    """The application as somebody sees it; what the container has opened stays open."""
    app = application(container)
    app.dependency_overrides[current_caller] = lambda: caller
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        yield client


async def listed(http: httpx2.AsyncClient, **params: int) -> list[dict[str, Any]]:
    response = await http.get(f"{API}/budgets", params=params)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["budgets"]
    return found


def names(budgets: Sequence[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(found["name"], found["subject"]) for found in budgets]


async def test_a_budget_that_nobody_has_touched_is_whole(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock, budget(limit_tokens=5000)) as container:
        async with serving(container) as http:
            (found,) = await listed(http)
    assert found == {
        "name": "all_day", "upstream": "simulator", "scope": "all", "subject": None, "period": "day", "kind": "hard",
        "limit_usd": "1", "spent_usd": "0", "reserved_usd": "0", "left_usd": "1",
        "limit_tokens": 5000, "spent_tokens": 0, "reserved_tokens": 0, "left_tokens": 5000,
        "used_percent": 0.0, "period_start": "2026-11-23T00:00:00Z", "resets_at": "2026-11-24T00:00:00Z",
    }  # fmt: skip


async def test_a_call_is_spent_to_the_last_digit_of_its_answer(tmp_path: Path, clock: FixedClock) -> None:
    """In every budget that it falls under, and in no other."""
    with budgeted(tmp_path, clock, *SEVERAL) as container:
        async with serving(container) as http:
            answer = (await http.post(f"{API}/strategy-builder", json=BODY)).json()
            found = {(b["name"], b["subject"]): b for b in await listed(http)}
    cost, usage = Decimal(answer["cost_usd"]), answer["usage"]
    tokens = usage["input_tokens"] + usage["output_tokens"]
    assert cost > 0
    for key in (("everything", None), ("each_service", "strategy_builder"), ("each_caller", "local")):
        assert (Decimal(found[key]["spent_usd"]), found[key]["spent_tokens"]) == (cost, tokens)
        assert (found[key]["reserved_usd"], found[key]["reserved_tokens"]) == ("0", 0)
    for key in (("each_service", "narrative_report"), ("bob", "bob")):
        assert (found[key]["spent_usd"], found[key]["spent_tokens"]) == ("0", 0)
    everything = found["everything", None]
    assert Decimal(everything["left_usd"]) == 5 - cost
    assert everything["left_tokens"] == 100_000 - tokens
    assert everything["used_percent"] == pytest.approx(max(tokens / 1000, float(cost) * 20), abs=0.0001)
    caller = found["each_caller", "local"]
    assert (caller["limit_usd"], caller["left_usd"]) == (None, None)


async def test_a_call_under_way_is_reserved_at_its_worst_case(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock, budget()) as container:
        async with serving(container) as http:
            await container.data.ledger().open(
                attempt(worst_usd=Decimal("0.25"), worst_tokens=900, upstream="simulator")
            )
            (found,) = await listed(http)
    assert (found["spent_usd"], found["reserved_usd"], found["left_usd"]) == ("0", "0.25", "0.75")
    assert (found["reserved_tokens"], found["left_tokens"]) == (900, None)
    assert found["used_percent"] == 0


async def test_what_is_not_known_counts_at_its_worst_case(tmp_path: Path, clock: FixedClock) -> None:
    """A connection that breaks may have been billed: the budget counts the most that it can have cost."""
    with budgeted(tmp_path, clock, budget(), max_tries=1) as container:
        async with serving(container) as http:
            container.gen_ai.simulator().faults.add(Fault(kind="disconnect"))
            assert (await http.post(f"{API}/strategy-builder", json=BODY)).status_code == 502
            row = (await http.get(f"{API}/usage")).json()["usage"][0]
            (found,) = await listed(http)
    assert (row["status"], row["cost_usd"]) == ("unknown", None)
    assert Decimal(row["cost_high_usd"]) > Decimal("0.01")
    assert (found["spent_usd"], found["reserved_usd"]) == (row["cost_high_usd"], "0")


async def test_a_new_period_begins_with_nothing_spent(tmp_path: Path, clock: FixedClock) -> None:
    """At midnight UTC the day's budget is whole again, the month's is not."""
    budgets = budget(), budget(name="all_month", period="month")
    with budgeted(tmp_path, clock, *budgets) as container:
        async with serving(container) as http:
            cost = (await http.post(f"{API}/strategy-builder", json=BODY)).json()["cost_usd"]
            clock.move_to(datetime(2026, 11, 24, tzinfo=UTC))
            day, month = await listed(http)
            clock.move_to(datetime(2026, 12, 1, tzinfo=UTC))
            _, next_month = await listed(http)
    assert (day["spent_usd"], day["period_start"]) == ("0", "2026-11-24T00:00:00Z")
    assert (month["spent_usd"], month["resets_at"]) == (cost, "2026-12-01T00:00:00Z")
    assert (next_month["spent_usd"], next_month["resets_at"]) == ("0", "2027-01-01T00:00:00Z")


async def test_callers_see_their_own_budgets_and_an_admin_those_of_everybody(tmp_path: Path, clock: FixedClock) -> None:
    """An admin also sees who has called this month, and whom a budget names; a caller sees nobody else."""
    with budgeted(tmp_path, clock, *SEVERAL) as container:
        async with serving(container):
            for name in ("alice", "carol"):
                async with called_by(container, Caller(name, "user")) as http:
                    assert (await http.post(f"{API}/strategy-builder", json=BODY)).status_code == 200
            seen = {}
            for caller in (Caller("alice", "user"), Caller("bob", "user"), Caller("root", "admin")):
                async with called_by(container, caller) as http:
                    seen[caller.id] = await listed(http)
    shared = [("everything", None), *(("each_service", name) for name in
              ("strategy_builder", "narrative_report", "chatops_advanced"))]  # fmt: skip
    assert names(seen["alice"]) == [*shared, ("each_caller", "alice")]
    assert names(seen["bob"]) == [*shared, ("each_caller", "bob"), ("bob", "bob")]
    everybody = [("each_caller", name) for name in ("alice", "bob", "carol", "root")]
    assert names(seen["root"]) == [*shared, *everybody, ("bob", "bob")]
    spent = {b["subject"]: b["spent_tokens"] > 0 for b in seen["root"] if b["name"] == "each_caller"}
    assert spent == {"alice": True, "bob": False, "carol": True, "root": False}


async def test_pages_follow_one_another(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock, *SEVERAL) as container:
        async with serving(container) as http:
            whole = names(await listed(http))
            pages = [names(await listed(http, limit=2, offset=offset)) for offset in range(0, 8, 2)]
            beyond = (await http.get(f"{API}/budgets", params={"limit": 2, "offset": 100})).json()
    assert [name for page in pages for name in page] == whole
    assert beyond == {
        "upstream": "simulator",
        "other_upstreams": [],
        "budgets": [],
        "total": len(whole),
        "limit": 2,
        "offset": 100,
    }


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 501}, {"offset": -1}, {"limit": "many"}])
async def test_a_page_that_cannot_be_is_422(http: httpx2.AsyncClient, params: dict[str, Any]) -> None:
    response = await http.get(f"{API}/budgets", params=params)
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_request"


async def test_policies_without_budgets_have_none_to_show(tmp_path: Path, clock: FixedClock) -> None:
    with budgeted(tmp_path, clock) as container:
        async with serving(container) as http:
            assert (await http.get(f"{API}/budgets")).json()["budgets"] == []
