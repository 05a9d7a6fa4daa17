"""Any text against a backtest, over HTTP: each number, each claim, and what it costs, which is nothing."""

from typing import Any

import httpx2
import pytest

from tests.fakes.callers import Become
from tests.fakes.reporting import REPORTS, SUMMARY, backtested

People = tuple[httpx2.AsyncClient, Become]
CHECK = f"{REPORTS}/check"


async def _checked(http: httpx2.AsyncClient, text: str, language: str, **source: Any) -> dict[str, Any]:
    body = {"text": text, "language": language} | (source or {"backtest": SUMMARY})
    response = await http.post(CHECK, json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The strategy returned 18.4 %, more than the benchmark, with a Sharpe ratio of 0.97."),
        ("ko", "전략의 총수익률은 18.4%로 벤치마크보다 높고 샤프 비율은 0.97입니다."),
    ],
)
async def test_each_number_and_claim_is_listed(people: People, language: str, text: str) -> None:
    http, _ = people
    found = await _checked(http, text, language)
    right, wrong = found["numbers"]
    assert (right["text"].replace(" ", ""), right["status"], right["fact"]["name"]) == (
        "18.4%",
        "matched",
        "total_return",
    )
    assert (wrong["text"], wrong["value"], wrong["status"], wrong["fact"]) == ("0.97", 0.97, "unmatched", None)
    assert "0.79" in wrong["reason"]
    assert [text[one["start"] : one["end"]] for one in found["numbers"]] == [one["text"] for one in found["numbers"]]
    assert [(claim["kind"], claim["agrees"]) for claim in found["claims"]] == [("comparison", True)]
    assert found["passed"] is False
    (violation,) = found["violations"]
    assert violation.startswith("text: '0.97'")


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "It earned less than the benchmark."), ("ko", "벤치마크보다 적게 벌었습니다.")],
)
async def test_a_wrong_direction_is_a_violation(people: People, language: str, text: str) -> None:
    http, _ = people
    found = await _checked(http, text, language)
    assert (found["passed"], found["numbers"], len(found["violations"])) == (False, [], 1)
    assert found["claims"][0]["agrees"] is False


async def test_a_stored_backtest_brings_more_facts(people: People) -> None:
    """Value at risk, regimes: what the body's figures lack."""
    http, _ = people
    backtest_id = await backtested(http)
    figures = (await http.get(f"/api/v1/backtests/{backtest_id}")).json()["result"]["metrics"]
    text = f"The daily value at risk at 95 % is {figures['var_95'] * 100:.2f} %."
    assert (await _checked(http, text, "en", backtest_id=backtest_id))["passed"]
    assert not (await _checked(http, text, "en"))["passed"]


async def test_a_check_asks_no_model_and_costs_nothing(people: People) -> None:
    http, _ = people
    await _checked(http, "It returned 18.4 %.", "en")
    assert (await http.get("/api/v1/gen-ai/usage")).json()["total"] == 0


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"text": ""}, "body.text"),
        ({"text": "a" * 20_001}, "body.text"),
        ({"language": "de"}, "body.language"),
        ({"backtest": None}, "body"),
        ({"model_id": "gpt-4o"}, "body.model_id"),
    ],
)
async def test_wrong_input_is_422_and_says_where(people: People, change: dict[str, Any], where: str) -> None:
    http, _ = people
    refused = await http.post(CHECK, json={"text": "Well.", "language": "en", "backtest": SUMMARY} | change)
    assert refused.status_code == 422
    assert [error["where"] for error in refused.json()["errors"]] == [where]
