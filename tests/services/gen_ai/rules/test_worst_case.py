"""The worst case of a request is never less than what it used and cost."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.worst_case import estimate, worst_case, worst_of
from app.vocabulary import AttemptStatus
from containers import Container
from tests.conftest import serving
from tests.fakes.gate import CATALOG_FILE

TODAY = date(2026, 11, 23)
RECORDS = {record.model_id: record for record in CATALOG_FILE.models}


def _payload(text: str, limit: int, **more: Any) -> dict[str, Any]:
    asked = {"messages": [{"role": "user", "content": text}], "max_completion_tokens": limit, "service_tier": "default"}
    return asked | more


def test_the_output_is_reckoned_at_its_limit() -> None:
    """gpt-4o-mini: 1,000 tokens of output at 0.60 USD per 1M are 0.0006 USD; the prompt comes on top."""
    worst = worst_case(_payload("hello", 1000), RECORDS["gpt-4o-mini"], "o200k_base", TODAY, regional=False)
    assert worst.output_tokens == 1000
    assert worst.usd == Decimal("0.0006") + worst.prompt_tokens * Decimal("0.15") / 1_000_000


def test_the_prompt_is_reckoned_at_its_dearest_rate() -> None:
    """gpt-6-luna bills cache writes at 0.125 USD per 1M, more than plain input at 0.10."""
    worst = worst_case(_payload("hello", 1), RECORDS["gpt-6-luna"], "o200k_base", TODAY, regional=False)
    assert worst.usd == (worst.prompt_tokens * Decimal("0.125") + Decimal("0.50")) / 1_000_000


def test_what_is_written_for_twelve_hours_is_reckoned_at_its_rate_where_it_was_asked_for() -> None:
    """gpt-6-luna: 0.25 USD per 1M, twice as much as for half an hour; a model without writes has one rate for input."""
    for model_id, rate in (("gpt-6-luna", "0.25"), ("gpt-4o-mini", "0.15")):
        record = RECORDS[model_id]
        worst = worst_of(record, 100_000, 0, TODAY, ServiceTier.DEFAULT, regional=False, written_12h=True)
        assert worst.usd == Decimal(rate) / 10


def test_a_long_prompt_is_reckoned_at_the_long_context_price() -> None:
    """Above 272,000 tokens: twice the input, 1.5 times the output."""
    record = RECORDS["gpt-6-luna"]
    worst = worst_case(_payload("hello " * 280_000, 1000), record, "o200k_base", TODAY, regional=False)
    assert worst.prompt_tokens > 272_000
    assert worst.usd == (worst.prompt_tokens * Decimal("0.25") + 1000 * Decimal("0.75")) / 1_000_000


def test_regional_processing_costs_ten_percent_more() -> None:
    record = RECORDS["gpt-6.1-sol"]
    plain = worst_case(_payload("hello", 10), record, "o200k_base", TODAY, regional=False)
    regional = worst_case(_payload("hello", 10), record, "o200k_base", TODAY, regional=True)
    assert plain.usd is not None
    assert regional.usd == plain.usd * Decimal("1.1")


@pytest.mark.parametrize(("tier", "factor"), [("flex", Decimal("0.5")), ("priority", Decimal(2))])
def test_a_request_is_reckoned_at_the_tier_that_it_asks_for(tier: str, factor: Decimal) -> None:
    record = RECORDS["gpt-6.1-sol"]
    plain = worst_case(_payload("hello", 10), record, "o200k_base", TODAY, regional=False)
    asked = worst_case(_payload("hello", 10, service_tier=tier), record, "o200k_base", TODAY, regional=False)
    assert plain.usd is not None
    assert asked.usd == plain.usd * factor


def test_without_a_price_the_worst_case_is_not_known() -> None:
    worst = worst_case(_payload("hello", 10), RECORDS["gpt-4o"], "o200k_base", date(2020, 1, 1), regional=False)
    assert worst.usd is None
    assert worst.tokens > 10


def test_an_estimate_lies_above_its_least() -> None:
    """The least is the output that was seen: 10 tokens of gpt-4o at 10 USD per 1M."""
    tokens, cost, least = estimate(100, 10, RECORDS["gpt-4o"], TODAY, "default", regional=False)
    assert (tokens.input_tokens, tokens.output_tokens) == (100, 10)
    assert (cost, least) == (Decimal("0.00035"), Decimal("0.0001"))


def test_an_estimate_is_at_the_price_of_its_tier() -> None:
    plain = estimate(100, 10, RECORDS["gpt-6-luna"], TODAY, "default", regional=False)
    flex = estimate(100, 10, RECORDS["gpt-6-luna"], TODAY, "flex", regional=False)
    assert plain[1] is not None
    assert plain[2] is not None
    assert flex[1:] == (plain[1] / 2, plain[2] / 2)


def test_an_estimate_without_a_price_has_no_cost() -> None:
    _, cost, least = estimate(100, 10, RECORDS["gpt-4o"], date(2020, 1, 1), "default", regional=False)
    assert (cost, least) == (None, None)


@pytest.mark.parametrize("service", ["strategy_builder", "narrative_report", "chatops_advanced"])
async def test_no_call_uses_or_costs_more_than_its_worst_case(container: Container, service: str) -> None:
    """Every model of every service, against the bill of the simulator, which counts for itself."""
    async with serving(container) as http:
        await _ask_every_model(http, service)
        rows, total = await container.data.ledger().rows(UsageQuery(), limit=100, offset=0)
    assert total >= 4
    for row in rows:
        assert row.settlement is not None
        assert row.settlement.status is AttemptStatus.MEASURED
        assert row.settlement.tokens is not None
        assert row.settlement.cost_usd is not None
        assert row.attempt.worst_usd is not None
        used = row.settlement.tokens.input_tokens + row.settlement.tokens.output_tokens
        assert used <= row.attempt.worst_tokens, row.attempt.model_id
        assert row.settlement.cost_usd <= row.attempt.worst_usd, row.attempt.model_id


async def _ask_every_model(http: httpx2.AsyncClient, service: str) -> None:
    session = (await http.post("/api/v1/gen-ai/chatops/sessions")).json()["session_id"]
    backtest = {
        "strategy_name": "매수 후 보유",
        "symbol": "GSPC",
        "start_date": "2010-01-04",
        "end_date": "2018-12-31",
        "metrics": {"total_return": 1.21},
    }
    requests: dict[str, tuple[str, dict[str, Any]]] = {
        "strategy_builder": ("strategy-builder", {"query": "RSI 30 이하에서 사고 70 이상에서 팔아줘"}),
        "narrative_report": ("narrative-report", {"backtest": backtest}),
        "chatops_advanced": (f"chatops/sessions/{session}/chat", {"message": "샤프 비율이 뭐야?"}),
    }
    path, body = requests[service]
    offer = (await http.get(f"/api/v1/gen-ai/models/{service}")).json()
    for model in offer["allowed_models"]:
        response = await http.post(f"/api/v1/gen-ai/{path}", json=body | {"model_id": model["model_id"]})
        assert response.is_success, response.text
