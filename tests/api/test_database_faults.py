"""A database that cannot be written is 503 with advice for whoever wants to keep something, never an unexpected error;
what was paid for by then is in the answer.

The ledger has a connection of its own and goes on: what is told here is what the stores do.
"""

from typing import Any

import httpx2
from sqlalchemy import Connection, event, text

from app.storage.database import Database
from containers import Container
from tests.api.chatting import API, begin, hear, rows
from tests.fakes.callers import BUILDER, WISH, Become, built, stored_id
from tests.fakes.reporting import AVERAGES, REPORTS, SUMMARY

People = tuple[httpx2.AsyncClient, Become]
QUESTION = {"message": "What does the Sharpe ratio tell me?"}
ORDER = {"strategy": AVERAGES, "symbol": "GSPC"}
AGAIN = "repeat the request later"


def _make_read_only(database: Database) -> None:
    """As a disk that was mounted so after a fault, or a server that became a replica."""
    is_file = database.engine.dialect.name == "sqlite"
    _begin_with(database, "PRAGMA query_only=ON" if is_file else "SET TRANSACTION READ ONLY")


def _begin_with(database: Database, statement: str) -> None:
    """Every transaction of the stores, from now on."""

    def begin_so(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    event.listen(database.engine.sync_engine, "begin", begin_so)


def _refused(response: httpx2.Response, code: str) -> dict[str, Any]:
    """What a 503 says, with advice."""
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["code"]) == (503, code), response.text
    assert AGAIN in problem["detail"]
    return problem


async def test_what_costs_nothing_is_refused_with_advice(people: People, each_container: Container) -> None:
    http, _ = people
    strategy = f"/api/v1/strategies/{await stored_id(http)}"
    build = f"{BUILDER}/{(await built(http))['build_id']}/approval"
    _make_read_only(each_container.data.database())
    for method, path, body, code in (
        ("POST", build, {"action": "approve"}, "strategies_unavailable"),
        ("PATCH", strategy, {"name": "Mine"}, "strategies_unavailable"),
        ("DELETE", strategy, None, "strategies_unavailable"),
        ("POST", "/api/v1/backtests", ORDER, "backtests_unavailable"),
        ("POST", f"{API}/chatops/backtests", ORDER | {"report": True}, "backtests_unavailable"),
        ("POST", f"{API}/chatops/sessions", None, "sessions_unavailable"),
    ):
        _refused(await http.request(method, path, json=body), code)


async def test_what_was_paid_for_is_in_the_refusal(people: People, each_container: Container) -> None:
    """With the operation and its cost as the ledger has them."""
    http, _ = people
    chat = await begin(http)
    _make_read_only(each_container.data.database())
    for path, body, code, paid in (
        (BUILDER, WISH, "strategies_unavailable", "strategy"),
        (REPORTS, {"backtest": SUMMARY}, "reports_unavailable", "report"),
        (chat, QUESTION, "sessions_unavailable", "answer"),
    ):
        problem = _refused(await http.post(path, json=body), code)
        assert problem[paid]
        newest = (await rows(http))[0]
        assert (newest["operation_id"], newest["cost_usd"]) == (problem["operation_id"], problem["cost_usd"])


async def test_a_stream_ends_with_the_refusal_and_what_was_paid_for(people: People, each_container: Container) -> None:
    http, _ = people
    chat = await begin(http)
    _make_read_only(each_container.data.database())
    events = await hear(http, QUESTION["message"], chat)
    name, problem = events[-1]
    assert (name, problem["code"]) == ("error", "sessions_unavailable")
    assert problem["answer"] == "".join(data["text"] for kind, data in events if kind == "delta")


async def test_a_keyed_request_is_refused_before_anything_is_sent(people: People, each_container: Container) -> None:
    http, _ = people
    _make_read_only(each_container.data.database())
    refused = await http.post(BUILDER, json=WISH, headers={"Idempotency-Key": "once"})
    _refused(refused, "idempotency_unavailable")
    assert await rows(http) == []


async def test_a_file_that_somebody_else_keeps_locked_is_503(http: httpx2.AsyncClient, container: Container) -> None:
    _begin_with(container.data.database(), "PRAGMA busy_timeout=10")
    async with container.data.database().engine.connect() as somebody:
        await somebody.execute(text("BEGIN IMMEDIATE"))
        for path, body, code in (
            ("/api/v1/backtests", ORDER, "backtests_unavailable"),
            (f"{API}/chatops/sessions", None, "sessions_unavailable"),
        ):
            assert "database is locked" in _refused(await http.post(path, json=body), code)["detail"]
    assert (await http.post(f"{API}/chatops/sessions")).status_code == 201
