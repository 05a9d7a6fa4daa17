"""Answers say when the model that gave them ends: `Deprecation`, `Sunset` and `Link`, from 60 days before it on."""

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
import structlog
from dependency_injector import providers

from app.bootstrap import running
from app.clock import FixedClock
from containers import Container
from tests.api.chatting import SSE, begin
from tests.application import application
from tests.tables import each_line

API = "/api/v1/gen-ai"
FIRST = datetime(2026, 11, 15, tzinfo=UTC)
"""60 days before gpt-4o and gpt-4o-mini shut down."""
DAY_BEFORE = datetime(2026, 11, 14, 23, 59, tzinfo=UTC)
NAMED = {
    "deprecation": "@1791936000",  # 2026-10-14
    "sunset": "Thu, 14 Jan 2027 00:00:00 GMT",
    "link": '<https://developers.openai.com/api/docs/deprecations>; rel="deprecation sunset"; type="text/html"',
}
METRICS = {"total_return": 0.42, "sharpe_ratio": 0.9, "max_drawdown": -0.18}
BACKTEST = {
    "strategy_name": "Trend",
    "symbol": "GSPC",
    "start_date": "2009-01-02",
    "end_date": "2018-12-31",
    "metrics": METRICS,
}
RIVALS = [{"name": "Trend", "metrics": METRICS}, {"name": "Reversal", "metrics": {**METRICS, "sharpe_ratio": 1.1}}]
ASKED: dict[str, dict[str, Any]] = {
    f"{API}/strategy-builder": {"query": "Buy when RSI falls below 30 and sell when it rises above 70"},
    f"{API}/narrative-report": {"backtest": BACKTEST, "language": "en"},
    f"{API}/chatops/compare": {"strategies": RIVALS},
}


def headers_of(response: httpx2.Response) -> dict[str, str]:
    assert response.status_code == 200, response.text
    return {name: response.headers[name] for name in NAMED if name in response.headers}


async def answers(http: httpx2.AsyncClient, **more: str) -> list[httpx2.Response]:
    """One of every kind that a model gives: the three POST requests, the chat in both forms, the kept report."""
    given = [await http.post(path, json={**body, **more}) for path, body in ASKED.items()]
    message = {"message": "What can you do?", **more}
    given += [await http.post(await begin(http), json=message, headers=headers) for headers in ({}, SSE)]
    kept = f"{API}/narrative-report/{given[1].json()['report_id']}"
    return given + [await http.get(kept, params={"format": form}) for form in ("json", "markdown", "html")]


@each_line(("now", "expected"), [(DAY_BEFORE, {}), (FIRST, NAMED), (datetime(2027, 1, 13, tzinfo=UTC), NAMED)])
async def test_every_answer_of_a_model_that_ends_within_60_days_says_so(
    http: httpx2.AsyncClient, clock: FixedClock, now: datetime, expected: dict[str, str]
) -> None:
    """Of the defaults, whichever form the answer has; the stream says it before its first event."""
    clock.move_to(now)
    for response in await answers(http):
        assert headers_of(response) == expected, response.request.url


async def test_an_answer_of_another_model_says_nothing(http: httpx2.AsyncClient) -> None:
    """The header is about the model that answered, not about the service's default."""
    for response in await answers(http, model_id="gpt-6-luna"):
        assert headers_of(response) == {}, response.request.url


async def test_the_default_of_a_stream_is_the_one_that_has_taken_its_place(
    http: httpx2.AsyncClient, clock: FixedClock
) -> None:
    """From 2027-01-14 on gpt-6-luna answers, which has no end."""
    clock.move_to(datetime(2027, 1, 14, tzinfo=UTC))
    for headers in ({}, SSE):
        response = await http.post(await begin(http), json={"message": "What can you do?"}, headers=headers)
        assert "gpt-6-luna" in response.text
        assert headers_of(response) == {}


async def test_a_replayed_answer_says_what_holds_today(http: httpx2.AsyncClient, clock: FixedClock) -> None:
    """Kept a minute before the first of the 60 days, repeated a minute after."""
    (path, body), *_ = ASKED.items()
    key = {"Idempotency-Key": "order-1"}
    clock.move_to(DAY_BEFORE)
    assert headers_of(await http.post(path, json=body, headers=key)) == {}
    clock.move_to(FIRST)
    again = await http.post(path, json=body, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert headers_of(again) == NAMED


async def test_an_answer_without_a_model_is_replayed_as_it_was(http: httpx2.AsyncClient) -> None:
    for _ in range(2):
        response = await http.post(f"{API}/chatops/sessions", headers={"Idempotency-Key": "session-1"})
        assert response.status_code == 201
        assert not response.headers.keys() & NAMED.keys()


def test_the_document_describes_the_headers_of_exactly_these_answers(container: Container) -> None:
    paths = application(container).openapi()["paths"]
    described = {
        (method, path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "Sunset" in operation["responses"].get("200", {}).get("headers", {})
    }
    assert described == {
        *(("post", path) for path in ASKED),
        ("post", f"{API}/chatops/sessions/{{session_id}}/chat"),
        ("get", f"{API}/narrative-report/{{report_id}}"),
    }
    headers = paths[f"{API}/strategy-builder"]["post"]["responses"]["200"]["headers"]
    assert {name.lower(): header["example"] for name, header in headers.items()} == NAMED


@pytest.mark.parametrize(("now", "expected"), [(DAY_BEFORE, []), (FIRST, ["gpt-4o", "gpt-4o-mini"])])
async def test_a_server_warns_at_its_start(container: Container, now: datetime, expected: list[str]) -> None:
    """Once for each model that a policy names, with its day and with what replaces it."""
    container.core.clock.override(providers.Object(FixedClock(now)))
    with structlog.testing.capture_logs() as logs:
        async with running(container, serves=True):
            pass
    warned = [entry for entry in logs if entry["event"] == "model_ends"]
    assert [entry["model_id"] for entry in warned] == expected
    for entry in warned:
        assert (entry["log_level"], entry["shutdown_on"], entry["days"]) == ("warning", "2027-01-14", 60)
        assert entry["replacement"] == "gpt-6-luna"
    assert [entry["services"] for entry in warned if entry["model_id"] == "gpt-4o-mini"] == [
        ("strategy_builder", "unattributed")
    ] * (len(expected) // 2)


async def test_a_command_does_not_warn_in_the_log(container: Container) -> None:
    """It says it beside its figures."""
    with structlog.testing.capture_logs() as logs:
        async with running(container):
            pass
    assert [entry for entry in logs if entry["event"] == "model_ends"] == []
