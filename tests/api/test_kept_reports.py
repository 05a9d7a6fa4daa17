"""Kept reports over HTTP: read in every form, listed, and nobody else's business."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.clock import FixedClock
from tests.fakes.callers import Become
from tests.fakes.html_tree import read_html
from tests.fakes.reporting import REPORTS, backtested, written

People = tuple[httpx2.AsyncClient, Become]


async def test_a_report_is_read_as_it_was_written(people: People) -> None:
    http, _ = people
    answer = await written(http, backtest_id=await backtested(http))
    path = f"{REPORTS}/{answer['report_id']}"
    for read in (await http.get(path), await http.get(path, params={"format": "json"})):
        assert read.headers["content-type"] == "application/json"
        assert read.json() == answer


@pytest.mark.parametrize(
    ("asked", "media_type"),
    [
        ({"headers": {"Accept": "text/markdown"}}, "text/markdown; charset=utf-8"),
        ({"params": {"format": "markdown"}}, "text/markdown; charset=utf-8"),
        ({"headers": {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}}, "text/html; charset=utf-8"),
        ({"params": {"format": "html"}}, "text/html; charset=utf-8"),
        ({"headers": {"Accept": "text/html"}, "params": {"format": "markdown"}}, "text/markdown; charset=utf-8"),
        ({"headers": {"Accept": "image/png"}}, "application/json"),
    ],
)
async def test_the_form_is_that_of_the_parameter_or_else_of_the_header(
    people: People, asked: dict[str, Any], media_type: str
) -> None:
    http, _ = people
    path = f"{REPORTS}/{(await written(http))['report_id']}"
    read = await http.get(path, **asked)
    assert read.status_code == 200
    assert (read.headers["content-type"], read.headers["vary"]) == (media_type, "Accept")


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_page_of_a_stored_backtest_has_its_charts_and_asks_nobody(people: People, language: str) -> None:
    http, _ = people
    answer = await written(http, backtest_id=await backtested(http), language=language)
    page = await http.get(f"{REPORTS}/{answer['report_id']}", params={"format": "html"})
    assert page.text.count("<svg") >= 2
    assert f'lang="{language}"' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert answer["report"]["executive_summary"]["title"] in page.text
    assert "src=" not in page.text
    read_html(page.text)


@pytest.mark.parametrize(("language", "heading"), [("ko", "## 요약"), ("en", "## Summary")])
async def test_the_markdown_has_the_prose_and_the_fact_check(people: People, language: str, heading: str) -> None:
    http, _ = people
    answer = await written(http, backtest_id=await backtested(http), language=language)
    text = (await http.get(f"{REPORTS}/{answer['report_id']}", params={"format": "markdown"})).text
    assert text.startswith("# ")
    assert heading in text
    assert "benchmark.total" in text


async def test_a_report_outlives_its_backtest_without_its_charts(people: People) -> None:
    http, _ = people
    backtest_id = await backtested(http)
    answer = await written(http, backtest_id=backtest_id, language="en")
    assert (await http.delete(f"/api/v1/backtests/{backtest_id}")).status_code == 204
    path = f"{REPORTS}/{answer['report_id']}"
    assert (await http.get(path)).json() == answer
    page = (await http.get(path, params={"format": "html"})).text
    assert "<svg" not in page
    assert "Sharpe" in page


async def test_a_report_on_given_figures_has_a_page_too(people: People) -> None:
    http, _ = people
    answer = await written(http, language="en")
    page = (await http.get(f"{REPORTS}/{answer['report_id']}", params={"format": "html"})).text
    assert "AAPL" in page
    assert "18.4%" in page


async def test_a_strangers_report_is_404_as_if_it_never_was(people: People) -> None:
    http, become = people
    report_id = (await written(http))["report_id"]
    become("bob")
    for wanted in (report_id, "report_1"):
        for form in ("json", "markdown", "html"):
            refused = await http.get(f"{REPORTS}/{wanted}", params={"format": form})
            assert (refused.status_code, refused.json()["code"]) == (404, "report_not_found")
    assert (await http.get(REPORTS)).json() == {"reports": [], "total": 0, "limit": 50, "offset": 0}


async def test_reports_are_listed_the_newest_first(people: People, clock: FixedClock) -> None:
    http, _ = people
    ids = []
    for language in ("ko", "en", "ko"):
        ids.append((await written(http, language=language, detail="brief"))["report_id"])
        clock.move_to(clock.now() + timedelta(seconds=1))
    page = (await http.get(REPORTS, params={"limit": 2, "offset": 1})).json()
    assert [one["report_id"] for one in page["reports"]] == [ids[1], ids[0]]
    assert page["total"] == 3
    assert page["reports"][0] | {"title": "", "created_at": ""} == {
        "report_id": ids[1],
        "backtest_id": None,
        "title": "",
        "strategy_name": "Trend",
        "language": "en",
        "detail": "brief",
        "recommendation": "research",
        "created_at": "",
    }


async def test_a_form_that_is_none_is_refused(people: People) -> None:
    http, _ = people
    refused = await http.get(f"{REPORTS}/report_1", params={"format": "pdf"})
    assert refused.status_code == 422
    assert "query.format" in refused.json()["detail"]
