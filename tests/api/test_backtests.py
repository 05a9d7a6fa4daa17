"""Backtests over HTTP: ordered, run beside the server, asked for, deleted."""

import asyncio
import re
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest
from dependency_injector import providers
from pydantic import TypeAdapter

from app.bootstrap import build_container
from app.clock import FixedClock
from app.quant.backtest import BacktestConfig, BacktestResult, backtest
from app.quant.market import market_data
from app.settings import Settings
from containers import Container
from tests.fakes.callers import Become, serving_people, stored_id
from tests.fakes.strategies import plan, rules, sma, when
from tests.fakes.workers import HeldWorker, InlineWorker
from tests.tables import each_line

API = "/api/v1/backtests"
People = tuple[httpx2.AsyncClient, Become]
RULES = plan(stop_loss=0.1).model_dump(mode="json")
SAMPLES = market_data()
_RESULT = TypeAdapter(BacktestResult)


async def _order(http: httpx2.AsyncClient, **body: Any) -> dict[str, Any]:
    if "strategy_id" not in body:
        body = {"strategy": RULES} | body
    response = await http.post(API, json={"symbol": "GSPC"} | body)
    assert response.status_code == 202, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def _ended(http: httpx2.AsyncClient, backtest_id: str, **params: Any) -> dict[str, Any]:
    """The backtest once it has ended; a test that waits in vain ends with its timeout."""
    while True:
        answer: dict[str, Any] = (await http.get(f"{API}/{backtest_id}", params=params)).json()
        if answer["status"] in {"done", "failed"}:
            return answer


async def test_an_order_is_accepted_and_says_where_to_ask(people: People) -> None:
    http, _ = people
    response = await http.post(API, json={"strategy": RULES, "symbol": " gspc "})
    assert response.status_code == 202
    answer = response.json()
    assert re.fullmatch(r"bt_[0-9a-f]{32}", answer["backtest_id"])
    assert response.headers["location"] == f"{API}/{answer['backtest_id']}"
    assert (answer["status"], answer["progress"], answer["result"]) == ("queued", 0, None)
    assert (answer["symbol"], answer["strategy"], answer["strategy_id"]) == ("GSPC", RULES, None)
    assert (await _ended(http, answer["backtest_id"]))["status"] == "done"


async def test_the_result_is_that_of_the_engine(people: People) -> None:
    """All of it: figures, curves and trades, to the last digit."""
    http, _ = people
    costs = {"initial_cash": 5000, "max_position": 0.15, "commission": 0.002, "slippage": 0.001}
    ordered = await _order(http, symbol="IXIC", start_date="2001-01-02", end_date="2010-12-31", **costs)
    answer = await _ended(http, ordered["backtest_id"], include="curves,trades")
    bars = SAMPLES.bars("IXIC", date(2001, 1, 2), date(2010, 12, 31))
    expected = backtest(plan(stop_loss=0.1), bars, BacktestConfig(**costs))
    got = answer["result"] | answer["curves"] | {"trades": answer["trades"]}
    assert _RESULT.validate_python(got) == expected
    assert (answer["progress"], answer["ended_at"], answer["failure"]) == (1, "2026-11-23T12:00:00Z", None)
    assert answer["result"]["config"] == costs
    assert answer["result"]["conventions"]["days_per_year"] == 252
    assert len(answer["curves"]["days"]) == len(answer["curves"]["equity"]) > 2500


async def test_what_is_long_comes_only_on_demand(people: People) -> None:
    http, _ = people
    path = f"{API}/{(await _order(http))['backtest_id']}"
    short = await _ended(http, path.removeprefix(f"{API}/"))
    assert (short["trades"], short["curves"]) == (None, None)
    both = (await http.get(path, params={"include": "curves,trades"})).json()
    for params in ({"include": ["curves", "trades"]}, {"include": " trades , curves"}):
        assert (await http.get(path, params=params)).json() == both
    assert (await http.get(path, params={"include": "trades"})).json() == both | {"curves": None}
    refused = await http.get(path, params={"include": "graphs"})
    assert refused.status_code == 422
    assert "'curves' or 'trades'" in refused.json()["detail"]


async def test_words_are_in_the_language_that_is_asked_for(people: People) -> None:
    http, _ = people
    path = f"{API}/{(await _order(http))['backtest_id']}"
    english = (await http.get(path)).json()
    korean = (await http.get(path, params={"language": "ko"})).json()
    assert english["rules_in_words"][0] == "Buys when the 14-day RSI is below 30."
    assert korean["rules_in_words"][0] == "14일 RSI가 30보다 낮으면 매수합니다."
    assert english["assumptions_in_words"][0].startswith("Starts with 100,000 in cash")
    assert "100,000" in korean["assumptions_in_words"][0]


async def test_a_stored_strategy_is_run_as_it_was_when_it_was_ordered(people: People) -> None:
    """A later change, and even a deletion, changes nothing about its backtest."""
    http, _ = people
    strategy_id = await stored_id(http)
    await http.patch(f"/api/v1/strategies/{strategy_id}", json={"risk": {"stop_loss": 0.1}})
    ordered = await _order(http, strategy_id=strategy_id)
    before = ordered["strategy"]
    await http.patch(f"/api/v1/strategies/{strategy_id}", json={"name": "Another", "risk": {"stop_loss": 0.01}})
    done = await _ended(http, ordered["backtest_id"])
    assert (done["strategy_id"], done["strategy_version"], done["strategy"]) == (strategy_id, 2, before)
    assert before["risk"]["stop_loss"] == 0.1
    assert (await http.delete(f"/api/v1/strategies/{strategy_id}")).status_code == 204
    assert await _ended(http, ordered["backtest_id"]) == done


@each_line(
    ("body", "where", "hint"),
    [
        ({"symbol": "AAPL"}, "body.symbol", "there are no bars of 'AAPL'; there are GSPC, IXIC"),
        ({"start_date": "1980-01-02"}, "body.start_date", "GSPC has bars from 1999-01-04 to 2018-12-31"),
        ({"end_date": "2025-01-02"}, "body.end_date", "GSPC has bars from 1999-01-04 to 2018-12-31"),
        ({"start_date": "2010-01-04", "end_date": "2009-01-05"}, "body.end_date", "must be after start_date"),
        ({"start_date": "yesterday"}, "body.start_date", "valid date"),
        ({"strategy": RULES | {"name": ""}}, "body.strategy", "name:"),
        ({"strategy": None}, "body", "give exactly one of the two"),
        ({"strategy_id": "strat_1"}, "body", "give exactly one of the two"),
        ({"initial_cash": 0}, "body.initial_cash", "greater than 0"),
        ({"initial_cash": "100"}, "body.initial_cash", "valid number"),
        ({"commission": True}, "body.commission", "valid number"),
        ({"max_position": 1.5}, "body.max_position", "less than or equal to 1"),
        ({"slippage": -0.1}, "body.slippage", "greater than or equal to 0"),
        ({"cash": 5}, "body.cash", "not permitted"),
    ],
)
async def test_wrong_input_is_422_and_says_where(people: People, body: dict[str, Any], where: str, hint: str) -> None:
    http, _ = people
    refused = await http.post(API, json={"strategy": RULES, "symbol": "GSPC"} | body)
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert error["where"] == where
    assert hint in error["message"]
    assert (await http.get(API)).json()["total"] == 0


async def test_a_look_back_that_is_longer_than_the_data_is_422(people: People) -> None:
    http, _ = people
    long = plan([when(sma(300), "crosses_above", sma(400))], [when(sma(20), "crosses_below", sma(400))])
    body = {"strategy": long.model_dump(mode="json"), "symbol": "GSPC", "end_date": "1999-12-31"}
    refused = await http.post(API, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_backtest")
    assert [error["where"] for error in refused.json()["errors"]] == ["body.strategy"] * 2
    assert "but there are 252; shorten its periods or take more data" in refused.json()["detail"]


async def test_everything_that_is_wrong_is_said_at_once(people: People) -> None:
    http, _ = people
    wrong = RULES | {"name": "", "exit": rules("any").model_dump(mode="json")}
    refused = await http.post(API, json={"strategy": wrong, "symbol": "AAPL", "start_date": "2010-01-04"})
    assert [error["where"] for error in refused.json()["errors"]] == ["body.symbol", "body.strategy"]


async def test_a_strategy_that_is_not_there_is_404(people: People) -> None:
    http, become = people
    strategy_id = await stored_id(http)
    become("bob")
    for unknown in (strategy_id, "strat_9"):
        refused = await http.post(API, json={"strategy_id": unknown, "symbol": "GSPC"})
        assert (refused.status_code, refused.json()["code"]) == (404, "strategy_not_found")


async def test_backtests_are_listed_the_newest_first(people: People, clock: FixedClock) -> None:
    http, become = people
    strategy_id = await stored_id(http)
    ids: list[str] = []
    for number in range(4):
        ids.insert(0, (await _order(http, **({"strategy_id": strategy_id} if number == 1 else {})))["backtest_id"])
        await _ended(http, ids[0])
        clock.move_to(clock.now() + timedelta(seconds=1))

    async def listed(**params: Any) -> tuple[list[str], int]:
        page = (await http.get(API, params=params)).json()
        assert all(each["result"]["metrics"]["total_trades"] > 0 for each in page["backtests"])
        assert all(each["trades"] is each["curves"] is None for each in page["backtests"])
        return [each["backtest_id"] for each in page["backtests"]], page["total"]

    assert await listed() == (ids, 4)
    assert await listed(limit=2, offset=1) == (ids[1:3], 4)
    assert await listed(strategy_id=strategy_id) == ([ids[2]], 1)
    assert await listed(status="done", limit=1) == (ids[:1], 4)
    assert await listed(status="queued") == ([], 0)
    become("bob")
    assert await listed() == ([], 0)


async def test_a_strangers_backtest_is_404_as_if_it_never_was(people: People) -> None:
    http, become = people
    path = f"{API}/{(await _order(http))['backtest_id']}"
    become("bob")
    for refused in (await http.get(path), await http.delete(path)):
        assert (refused.status_code, refused.json()["code"]) == (404, "backtest_not_found")
        assert "ann" not in refused.text
    become("ann")
    assert (await http.get(path)).status_code == 200


async def test_a_repeat_with_its_key_orders_nothing(people: People) -> None:
    """And says where to ask, as the first answer did."""
    http, _ = people
    headers = {"Idempotency-Key": "once"}
    body = {"strategy": RULES, "symbol": "GSPC"}
    first, again = [await http.post(API, json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.content, first.headers["location"]) == (again.content, again.headers["location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await http.get(API)).json()["total"] == 1


async def test_progress_is_shown_while_it_runs(each_container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a deleted one is stopped."""
    monkeypatch.setattr("app.services.backtests.run._BEAT_SECONDS", 0.01)
    worker = HeldWorker()
    each_container.services.backtest_worker.override(providers.Object(worker))
    async with serving_people(each_container) as (http, _):
        path = f"{API}/{(await _order(http))['backtest_id']}"
        await worker.begun.wait()
        while (answer := (await http.get(path)).json())["progress"] == 0:
            pass
        assert (answer["status"], answer["progress"], answer["result"]) == ("running", 0.4, None)
        assert answer["started_at"] == "2026-11-23T12:00:00Z"
        assert (await http.get(path, params={"include": "curves"})).json() == answer
        assert (await http.delete(path)).status_code == 204
        await worker.stopped.wait()
        assert (await http.get(path)).status_code == 404


async def test_a_failed_backtest_says_why(each_container: Container) -> None:
    """The file was there when the backtest was ordered, and gone when it was run."""
    worker = InlineWorker(_Emptied())
    each_container.services.backtest_worker.override(providers.Object(worker))
    async with serving_people(each_container) as (http, _):
        failed = await _ended(http, (await _order(http))["backtest_id"], include="trades")
    assert (failed["status"], failed["result"], failed["trades"]) == ("failed", None, None)
    assert "unexpected error (FileNotFoundError)" in failed["failure"]


class _Emptied:
    def symbols(self) -> tuple[str, ...]:
        return ()

    def bars(self, symbol: str, start: Any = None, end: Any = None) -> Any:
        raise FileNotFoundError(symbol)


async def test_a_full_queue_is_503_with_retry_after(database_url: str, clock: FixedClock) -> None:
    worker = HeldWorker()
    container = build_container(Settings(database_url=database_url, backtest_queue=2))
    container.core.clock.override(clock)
    container.services.backtest_worker.override(providers.Object(worker))
    async with serving_people(container) as (http, _):
        await _order(http)
        await worker.begun.wait()
        await asyncio.gather(_order(http), _order(http))
        refused = await http.post(API, json={"strategy": RULES, "symbol": "GSPC"})
        worker.go_on.set()
        assert (refused.status_code, refused.json()["code"]) == (503, "backtest_queue_full")
        assert int(refused.headers["retry-after"]) > 0
        assert (await http.get(API)).json()["total"] == 3
    container.unwire()


async def test_a_restart_in_good_order_runs_what_was_left(
    each_container: Container, database_url: str, clock: FixedClock
) -> None:
    """Running or queued: the next start runs it, and the result is the one it would have been."""
    worker = HeldWorker()
    each_container.services.backtest_worker.override(providers.Object(worker))
    async with serving_people(each_container) as (http, _):
        ids = [(await _order(http))["backtest_id"] for _ in range(3)]
        await worker.begun.wait()
    each_container.unwire()
    again = build_container(Settings(database_url=database_url))
    again.core.clock.override(clock)
    again.services.backtest_worker.override(providers.Factory(InlineWorker))
    async with serving_people(again) as (http, _):
        results = [(await _ended(http, backtest_id))["result"] for backtest_id in ids]
    again.unwire()
    assert results[0] == results[1] == results[2]
    expected = backtest(plan(stop_loss=0.1), SAMPLES.bars("GSPC"))
    assert results[0]["metrics"]["final_value"] == expected.metrics.final_value
