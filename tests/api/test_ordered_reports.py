"""A report that is ordered with a backtest: written when it is done, and seen where the backtest is seen."""

import json
from typing import Any

import httpx2
import pytest

from app.services.gen_ai.reports.orders import ReportOrder
from app.services.gen_ai.reports.ports import ReportsUnavailableError
from app.simulator.faults import Fault
from app.storage.reports import SqlReportOrders
from containers import Container
from tests.api.chatting import ask
from tests.fakes.callers import Become
from tests.fakes.reporting import AVERAGES, REPORTS
from tests.fakes.trading import called

CHATOPS = "/api/v1/gen-ai/chatops/backtests"
PLAIN = "/api/v1/backtests"
People = tuple[httpx2.AsyncClient, Become]
ORDER = {"strategy": AVERAGES, "symbol": "GSPC"}
FINAL = {"written", "failed"}


async def ordered(http: httpx2.AsyncClient, path: str = CHATOPS, **body: Any) -> dict[str, Any]:
    response = await http.post(path, json=ORDER | body)
    assert response.status_code == 202, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def ended(http: httpx2.AsyncClient, backtest_id: str) -> dict[str, Any]:
    """What has become of the report; a test that waits in vain ends with its timeout."""
    while True:
        report: dict[str, Any] = (await http.get(f"{PLAIN}/{backtest_id}")).json()["report"]
        if report["status"] in FINAL:
            return report


@pytest.mark.parametrize("path", [CHATOPS, PLAIN])
async def test_the_report_is_written_when_the_backtest_is_done(people: People, path: str) -> None:
    """With no further request; its figures are those of this backtest, and every one of them is true."""
    http, _ = people
    first = await ordered(http, path, report={"language": "en", "detail": "brief"})
    promise = {"status": "waiting", "language": "en", "detail": "brief", "model_id": None}
    assert first["report"] == promise | {"report_id": None, "failure": None}
    told = await ended(http, first["backtest_id"])
    assert (told["status"], told["failure"]) == ("written", None)
    report = (await http.get(f"{REPORTS}/{told['report_id']}")).json()
    assert (report["backtest_id"], report["language"], report["detail"]) == (first["backtest_id"], "en", "brief")
    assert report["fact_check"]["passed"]
    listed = (await http.get(PLAIN)).json()["backtests"]
    assert [each["report"] for each in listed] == [told]


@pytest.mark.parametrize(
    ("body", "language", "expected"),
    [
        ({"report": True}, None, "en"),
        ({"report": {}}, "ko", "ko"),
        ({"report": True, "strategy": called("골든 크로스").model_dump()}, None, "ko"),
        ({"report": {"language": "en"}}, "ko", "en"),
    ],
)
async def test_the_report_speaks_as_the_answer_does_unless_told_otherwise(
    people: People, body: dict[str, Any], language: str | None, expected: str
) -> None:
    http, _ = people
    query = {} if language is None else {"language": language}
    response = await http.post(CHATOPS, json=ORDER | body, params=query)
    assert response.json()["report"]["language"] == expected
    told = await ended(http, response.json()["backtest_id"])
    assert (await http.get(f"{REPORTS}/{told['report_id']}")).json()["language"] == expected


@pytest.mark.parametrize("body", [{}, {"report": False}])
async def test_nobody_pays_for_a_report_that_was_not_ordered(
    people: People, each_container: Container, body: dict[str, Any]
) -> None:
    http, _ = people
    plain = await ordered(http, **body)
    assert plain["report"] is None
    await ended(http, (await ordered(http, report=True))["backtest_id"])
    assert (await http.get(f"{PLAIN}/{plain['backtest_id']}")).json()["report"] is None
    assert len(each_container.gen_ai.simulator().requests) == 1


async def test_the_report_is_written_by_the_model_that_was_asked_for(people: People) -> None:
    """And paid for by whoever ordered it."""
    http, _ = people
    answer = await ordered(http, report={"model_id": "gpt-6.1-terra"})
    told = await ended(http, answer["backtest_id"])
    report = (await http.get(f"{REPORTS}/{told['report_id']}")).json()
    assert (report["model_id"], report["requested_model_id"]) == ("gpt-6.1-terra", "gpt-6.1-terra")
    (attempt,) = (await http.get("/api/v1/gen-ai/usage")).json()["usage"]
    assert (attempt["operation_id"], attempt["service"]) == (report["operation_id"], "narrative_report")


async def test_the_chat_can_say_how_far_the_report_is(people: People, each_container: Container) -> None:
    """With the result of its backtest; where none was ordered it is null."""
    http, _ = people
    answer = await ordered(http, report=True)
    written = await ended(http, answer["backtest_id"])
    for backtest_id, report in ((answer["backtest_id"], written), ((await ordered(http))["backtest_id"], None)):
        await ask(http, f"What is the result of {backtest_id}?")
        (told,) = [one for one in each_container.gen_ai.simulator().requests[-1]["messages"] if one["role"] == "tool"]
        assert json.loads(told["content"])["data"]["report"] == report


async def test_a_model_that_may_not_write_reports_is_refused_before_anything_is_queued(people: People) -> None:
    http, _ = people
    refused = await http.post(CHATOPS, json=ORDER | {"report": {"model_id": "gpt-9"}})
    assert (refused.status_code, refused.json()["code"]) == (400, "model_not_allowed")
    assert "gpt-4o" in refused.json()["detail"]
    assert (await http.get(PLAIN)).json()["total"] == 0


@pytest.mark.parametrize(
    ("report", "where"),
    [
        ({"detail": "long"}, "body.report"),
        ({"pages": 3}, "body.report"),
        ("yes", "body.report"),
        (1, "body.report"),
    ],
)
async def test_a_wish_that_is_none_is_422_and_says_where(people: People, report: Any, where: str) -> None:
    http, _ = people
    refused = await http.post(CHATOPS, json=ORDER | {"report": report})
    assert refused.status_code == 422
    assert all(error["where"].startswith(where) for error in refused.json()["errors"])
    assert (await http.get(PLAIN)).json()["total"] == 0


async def test_a_report_that_no_model_gets_right_fails_and_says_why(people: People, each_container: Container) -> None:
    """The backtest is done all the same."""
    http, _ = people
    each_container.gen_ai.simulator().faults.add(Fault(kind="wrong_figure", times=100))
    answer = await ordered(http, report={"language": "en"})
    told = await ended(http, answer["backtest_id"])
    assert (told["status"], told["report_id"]) == ("failed", None)
    assert told["failure"]
    assert (await http.get(f"{PLAIN}/{answer['backtest_id']}")).json()["status"] == "done"
    assert (await http.get(REPORTS)).json()["total"] == 0


async def test_a_strangers_order_is_404_and_so_is_its_report(people: People) -> None:
    http, become = people
    answer = await ordered(http, report=True)
    told = await ended(http, answer["backtest_id"])
    become("bob")
    assert (await http.get(f"{PLAIN}/{answer['backtest_id']}")).status_code == 404
    assert (await http.get(f"{REPORTS}/{told['report_id']}")).status_code == 404
    assert (await http.get(PLAIN)).json()["backtests"] == []


async def test_a_repeat_with_the_same_key_orders_one_report(people: People, each_container: Container) -> None:
    http, _ = people
    body, headers = ORDER | {"report": True}, {"Idempotency-Key": "once"}
    first, again = [(await http.post(CHATOPS, json=body, headers=headers)).json() for _ in range(2)]
    assert first == again
    await ended(http, first["backtest_id"])
    assert (await http.get(REPORTS)).json()["total"] == 1
    assert len(each_container.gen_ai.simulator().requests) == 1


async def test_an_order_that_cannot_be_kept_queues_no_backtest(
    people: People, each_container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503: whoever repeats it does not run it twice."""
    http, _ = people

    async def away(*_: Any) -> bool:
        raise ReportsUnavailableError("the database is away")

    monkeypatch.setattr(SqlReportOrders, "add", away)
    refused = await http.post(CHATOPS, json=ORDER | {"report": True})
    assert (refused.status_code, refused.json()["code"]) == (503, "reports_unavailable")
    assert (await http.get(PLAIN)).json()["total"] == 0


async def test_a_backtest_that_was_deleted_before_its_order_was_kept_is_404(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that never was; nobody writes a report on it."""
    http, _ = people
    add = SqlReportOrders.add

    async def late(store: SqlReportOrders, order: ReportOrder) -> bool:
        await http.delete(f"{PLAIN}/{order.backtest_id}")
        return await add(store, order)

    monkeypatch.setattr(SqlReportOrders, "add", late)
    gone = await http.post(CHATOPS, json=ORDER | {"report": True})
    assert (gone.status_code, gone.json()["code"]) == (404, "backtest_not_found")
