"""The search for indicators over HTTP answers from the registry that strategies are checked and run with."""

from typing import Any

import httpx2
import pytest

from app.quant.indicators import INDICATORS

API = "/api/v1/gen-ai/indicators"


async def _found(http: httpx2.AsyncClient, query: str) -> list[dict[str, Any]]:
    answer = (await http.get(API, params={"query": query})).json()
    assert answer["total"] == len(answer["indicators"])
    found: list[dict[str, Any]] = answer["indicators"]
    return found


async def test_without_a_query_all_of_the_registry_is_listed(http: httpx2.AsyncClient) -> None:
    answer = (await http.get(API)).json()
    assert [each["id"] for each in answer["indicators"]] == [indicator.id for indicator in INDICATORS]


@pytest.mark.parametrize(
    ("query", "first"),
    [("볼린저", "BBANDS"), ("RSI", "RSI"), ("moving average convergence", "MACD"), ("스토캐스틱", "STOCH")],
)
async def test_korean_and_english_names_are_found(http: httpx2.AsyncClient, query: str, first: str) -> None:
    assert (await _found(http, query))[0]["id"] == first


async def test_an_indicator_says_what_it_takes_and_gives(http: httpx2.AsyncClient) -> None:
    (bands,) = [each for each in await _found(http, "bollinger") if each["id"] == "BBANDS"]
    assert (bands["name_ko"], bands["output_field"]) == ("볼린저밴드", "band")
    assert [(each["name"], each["lowest"], each["highest"]) for each in bands["parameters"]] == [
        ("period", 2, 400),
        ("deviations", 0.1, 5),
    ]
    assert [output["name"] for output in bands["outputs"]] == ["upper", "middle", "lower"]
    (rsi,) = await _found(http, "relative strength index")
    assert (rsi["lowest"], rsi["highest"], rsi["output_field"]) == (0, 100, None)


async def test_what_is_not_there_is_an_empty_list(http: httpx2.AsyncClient) -> None:
    assert await _found(http, "astrology") == []


async def test_a_query_that_is_too_long_is_422(http: httpx2.AsyncClient) -> None:
    assert (await http.get(API, params={"query": "x" * 201})).status_code == 422
