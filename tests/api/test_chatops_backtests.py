"""A backtest ordered from ChatOps: of the strategy that is given, exactly as under /api/v1/backtests."""

from typing import Any

import httpx2
import pytest

from containers import Container
from tests.api.chatting import ask
from tests.fakes.callers import Become
from tests.fakes.trading import called, keep

API = "/api/v1/gen-ai/chatops/backtests"
People = tuple[httpx2.AsyncClient, Become]
RULES = called("Given rules", stop_loss=0.1)
YEARS = {"symbol": "GSPC", "start_date": "2008-01-02", "end_date": "2010-12-31"}


async def ended(http: httpx2.AsyncClient, location: str) -> dict[str, Any]:
    """The backtest once it is done; a test that waits in vain ends with its timeout."""
    while True:
        answer: dict[str, Any] = (await http.get(location)).json()
        if answer["status"] == "done":
            return answer


@pytest.mark.parametrize("stored", [True, False])
async def test_the_given_strategy_is_run_and_no_other(
    people: People, each_container: Container, *, stored: bool
) -> None:
    """202 with its id, and where to ask; the result is that of the same order under /api/v1/backtests."""
    http, _ = people
    await keep(each_container, called("Another one"))
    strategy = {"strategy_id": await keep(each_container, RULES)} if stored else {"strategy": RULES.model_dump()}
    body = YEARS | strategy | {"initial_cash": 5000, "commission": 0.002}
    answer = await http.post(API, json=body)
    assert answer.status_code == 202, answer.text
    backtest_id = answer.json()["backtest_id"]
    assert answer.headers["location"] == f"/api/v1/backtests/{backtest_id}"
    done = await ended(http, answer.headers["location"])
    assert done["strategy"] == RULES.model_dump(mode="json")
    assert done["strategy_id"] == strategy.get("strategy_id")
    plain = await http.post("/api/v1/backtests", json=body)
    assert done["result"] == (await ended(http, plain.headers["location"]))["result"]
    assert not each_container.gen_ai.simulator().requests  # no model is asked


async def test_the_chat_can_read_it_from_then_on(people: People) -> None:
    http, _ = people
    answer = (await http.post(API, json=YEARS | {"strategy": RULES.model_dump()})).json()
    told = await ask(http, f"What is the result of {answer['backtest_id']}?")
    assert [(use["name"], use["succeeded"]) for use in told["tools"]] == [("backtest_result", True)]


async def test_a_strangers_strategy_is_404(people: People, each_container: Container) -> None:
    http, become = people
    strategy_id = await keep(each_container, RULES)
    become("bob")
    refused = await http.post(API, json=YEARS | {"strategy_id": strategy_id})
    assert (refused.status_code, refused.json()["code"]) == (404, "strategy_not_found")
    assert (await http.get("/api/v1/backtests")).json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "where", "hint"),
    [
        ({"strategy": None}, "body", "give exactly one of the two"),
        ({"symbol": "AAPL"}, "body.symbol", "there are GSPC, IXIC"),
        ({"strategy": RULES.model_dump() | {"name": ""}}, "body.strategy", "name:"),
    ],
)
async def test_wrong_input_is_422_and_says_where(people: People, body: dict[str, Any], where: str, hint: str) -> None:
    http, _ = people
    refused = await http.post(API, json=YEARS | {"strategy": RULES.model_dump()} | body)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["where"] == where
    assert hint in error["message"]


async def test_a_repeat_with_the_same_key_orders_nothing_more(people: People) -> None:
    http, _ = people
    body, headers = YEARS | {"strategy": RULES.model_dump()}, {"Idempotency-Key": "once"}
    first, again = [await http.post(API, json=body, headers=headers) for _ in range(2)]
    assert first.json()["backtest_id"] == again.json()["backtest_id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert (await http.get("/api/v1/backtests")).json()["total"] == 1
