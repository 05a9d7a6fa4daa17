"""The seed's proof (T1.4.1 to T1.4.3), over HTTP, with the embedded simulator as upstream."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.services.gen_ai.ledger.port import UsageQuery
from containers import Container
from tests.conftest import serving

API = "/api/v1/gen-ai"
QUERY = "RSI 30 이하에서 사고 70 이상에서 팔아줘"
BACKTEST = {
    "strategy_name": "Buy and hold",
    "symbol": "GSPC",
    "start_date": "2010-01-04",
    "end_date": "2018-12-31",
    "metrics": {"total_return": 1.21, "sharpe_ratio": 0.62, "max_drawdown": -0.2},
}


async def _post(http: httpx2.AsyncClient, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    response = await http.post(API + path, json=body)
    assert response.is_success, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_scenario_1_list_the_models_choose_gpt_4o_mini_and_build_a_strategy(http: httpx2.AsyncClient) -> None:
    listed = (await http.get(f"{API}/models", params={"tier": "MINI"})).json()["models"]
    assert "gpt-4o-mini" in {model["model_id"] for model in listed}

    built = await _post(http, "/strategy-builder", {"query": QUERY, "model_id": "gpt-4o-mini"})

    assert (built["model_id"], built["requested_model_id"]) == ("gpt-4o-mini", "gpt-4o-mini")
    assert built["upstream"] == "simulator"
    entry, leave = built["strategy"]["entry"]["conditions"], built["strategy"]["exit"]["conditions"]
    assert (entry[0]["left"]["kind"], entry[0]["right"]["value"]) == ("RSI", 30)
    assert (leave[0]["left"]["kind"], leave[0]["right"]["value"]) == ("RSI", 70)


@pytest.mark.parametrize("model_id", ["gpt-4", "gpt-4-turbo", "o1-preview", "gpt-6-astra", "made-up"])
async def test_scenario_2_a_wrong_model_gives_400_and_costs_nothing(http: httpx2.AsyncClient, model_id: str) -> None:
    response = await http.post(f"{API}/strategy-builder", json={"query": QUERY, "model_id": model_id})
    assert response.status_code == 400
    problem = response.json()
    assert problem["detail"].startswith(f"Model {model_id} not allowed for service strategy_builder")
    assert problem["allowed_models"] == [
        "gpt-6-luna", "gpt-6.1-terra", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-4o-mini", "gpt-4o"
    ]  # fmt: skip
    assert (await http.get(f"{API}/usage")).json()["total"] == 0


async def test_scenario_3_each_listed_model_builds_a_strategy(http: httpx2.AsyncClient) -> None:
    offer = (await http.get(f"{API}/models/strategy_builder")).json()
    for model in offer["allowed_models"]:
        built = await _post(http, "/strategy-builder", {"query": QUERY, "model_id": model["model_id"]})
        assert built["model_id"] == model["model_id"]


async def _a_days_work(http: httpx2.AsyncClient) -> None:
    """Each of the three services once, with its default model."""
    await _post(http, "/strategy-builder", {"query": QUERY})
    await _post(http, "/narrative-report", {"backtest": BACKTEST})
    session = await _post(http, "/chatops/sessions")
    await _post(http, f"/chatops/sessions/{session['session_id']}/chat", {"message": "What is the Sharpe ratio?"})


async def test_cost_falls_by_far_more_than_30_percent_against_gpt_4(container: Container) -> None:
    """T1.4.2, from the recorded tokens alone: gpt-4o-mini, and all services together, against gpt-4."""
    async with serving(container) as http:
        await _a_days_work(http)
        report = await container.gen_ai.savings().of_ledger(container.data.ledger(), UsageQuery())
    assert report.baseline_model == "gpt-4"
    assert set(report.services) == {"strategy_builder", "narrative_report", "chatops_advanced"}
    assert report.total.left_out == 0
    in_all = report.total.against_baseline_percent
    strategy = report.services["strategy_builder"].against_baseline_percent
    assert in_all is not None
    assert strategy is not None
    assert in_all >= 30
    assert strategy >= 95  # gpt-4o-mini costs 1/200 of gpt-4's input and 1/100 of its output


async def test_the_baseline_is_the_same_tokens_at_gpt_4s_price(container: Container) -> None:
    """gpt-4: 30 USD per 1M input, 60 USD per 1M output, nothing cached."""
    async with serving(container) as http:
        built = await _post(http, "/strategy-builder", {"query": QUERY})
        report = await container.gen_ai.savings().of_ledger(container.data.ledger(), UsageQuery())
    usage = built["usage"]
    expected = Decimal(usage["input_tokens"] * 30 + usage["output_tokens"] * 60) / 1_000_000
    assert report.total.baseline_usd == expected
    assert report.total.cost_usd == Decimal(built["cost_usd"])


async def test_the_log_line_agrees_with_the_answer_to_the_token_and_the_cent(http: httpx2.AsyncClient) -> None:
    """T1.4.3: one structlog line for each request, with the right tokens and cost, and without what was asked."""
    with capture_logs() as logs:
        built = await _post(http, "/strategy-builder", {"query": QUERY})
    lines = [line for line in logs if line["event"] == "openai_usage"]
    assert len(lines) == 1
    line = lines[0]
    assert (line["service"], line["model"], line["operation_id"]) == (
        "strategy_builder",
        "gpt-4o-mini",
        built["operation_id"],
    )
    assert line["input_tokens"] == built["usage"]["input_tokens"]
    assert line["output_tokens"] == built["usage"]["output_tokens"]
    assert Decimal(line["cost_usd"]) == Decimal(built["cost_usd"])
    assert line["upstream_request_id"].startswith("req_")
    assert QUERY not in str(logs)


async def test_after_its_default_has_shut_down_a_service_goes_on_and_says_why(
    http: httpx2.AsyncClient, clock: FixedClock
) -> None:
    """On 2027-01-14 gpt-4o and gpt-4o-mini stop: every service still answers, with the model that takes over."""
    clock.move_to(datetime(2027, 1, 14, tzinfo=UTC))
    with capture_logs() as logs:
        built = await _post(http, "/strategy-builder", {"query": QUERY})
        written = await _post(http, "/narrative-report", {"backtest": BACKTEST})
        session = await _post(http, "/chatops/sessions")
        said = await _post(http, f"/chatops/sessions/{session['session_id']}/chat", {"message": "What is RSI?"})
    for answer in (built, written, said):
        assert answer["model_id"] == "gpt-6-luna"
        assert "shut down on 2027-01-14; gpt-6-luna is its replacement" in answer["model_reason"]
    assert [line["event"] for line in logs].count("default_model_replaced") == 3
    refused = await http.post(f"{API}/strategy-builder", json={"query": QUERY, "model_id": "gpt-4o-mini"})
    assert refused.status_code == 400
    assert "it shut down on 2027-01-14; its replacement is gpt-6-luna" in refused.json()["detail"]
