"""The two endpoints that say which models there are (T1.3.2)."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import httpx2
import pytest

from app.clock import FixedClock

MODELS = "/api/v1/gen-ai/models"


async def test_lists_what_chats_and_what_embeds_but_not_the_baseline(
    http: httpx2.AsyncClient,
) -> None:
    """The seed's four, today's four, and two that embed."""
    answer = (await http.get(MODELS)).json()
    listed = {model["model_id"] for model in answer["models"]}
    assert {"gpt-4o-mini", "gpt-4o", "gpt-4-turbo", "o1-preview"} < listed
    assert {"gpt-6-luna", "gpt-6.1-terra", "gpt-6.2-sol", "gpt-6.2-astra"} < listed
    assert {"text-embedding-3-small", "text-embedding-3-large"} < listed
    assert "gpt-4" not in listed
    assert answer["total"] == len(answer["models"]) == 16


@pytest.mark.parametrize(
    ("model_id", "tier", "price_in", "price_out"),
    [
        ("gpt-4o-mini", "MINI", 0.15, 0.60),
        ("gpt-4o", "STANDARD", 2.50, 10.00),
        ("gpt-4-turbo", "ADVANCED", 10.00, 30.00),
        ("o1-preview", "PREMIUM", 15.00, 60.00),
    ],
)
async def test_shows_the_seeds_models_with_the_seeds_prices(
    http: httpx2.AsyncClient, model_id: str, tier: str, price_in: float, price_out: float
) -> None:
    models = {model["model_id"]: model for model in (await http.get(MODELS)).json()["models"]}
    shown = models[model_id]
    assert (shown["tier"], shown["input_price_per_1m"], shown["output_price_per_1m"]) == (tier, price_in, price_out)


async def test_shows_lifecycle_cached_price_and_limits(http: httpx2.AsyncClient) -> None:
    models = {model["model_id"]: model for model in (await http.get(MODELS)).json()["models"]}
    turbo = models["gpt-4-turbo"]
    assert (turbo["status"], turbo["shutdown_on"], turbo["replacement"]) == ("shut_down", "2026-10-23", "gpt-5.6-sol")
    assert (turbo["replacement_listed"], models["o1-preview"]["replacement_listed"]) == (True, False)
    assert models["o1-preview"]["replacement"] == "o3"
    assert turbo["cached_input_price_per_1m"] is None
    mini = models["gpt-4o-mini"]
    assert (mini["status"], mini["cached_input_price_per_1m"]) == ("deprecated", 0.075)
    assert (mini["context_window"], mini["max_output_tokens"]) == (128_000, 16_384)
    assert models["gpt-6-luna"]["status"] == "active"
    assert mini["unsettled"] == []
    assert any("cache writes" in doubt for doubt in models["gpt-6.2-astra"]["unsettled"])


@pytest.mark.parametrize("tier", ["MINI", "mini", "Mini"])
async def test_filters_by_tier_in_any_case(http: httpx2.AsyncClient, tier: str) -> None:
    answer = (await http.get(MODELS, params={"tier": tier})).json()
    assert {model["model_id"] for model in answer["models"]} == {
        "gpt-4o-mini",
        "gpt-6-luna",
        "gpt-5.6-luna",
        "text-embedding-3-small",
    }


async def test_an_unknown_tier_is_refused_with_the_known_ones(http: httpx2.AsyncClient) -> None:
    response = await http.get(MODELS, params={"tier": "GIANT"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"][0]["where"] == "query.tier"
    assert "'MINI', 'STANDARD', 'ADVANCED' or 'PREMIUM'" in response.json()["detail"]


async def test_a_services_offer_names_default_allowed_and_denied_models(http: httpx2.AsyncClient) -> None:
    answer = (await http.get(f"{MODELS}/strategy_builder")).json()
    assert answer["service_name"] == "strategy_builder"
    assert answer["default_model"] == "gpt-4o-mini"
    assert {model["model_id"] for model in answer["allowed_models"]} == {
        "gpt-4o-mini",
        "gpt-4o",
        "gpt-6-luna",
        "gpt-6.1-terra",
        "gpt-5.6-luna",
        "gpt-5.6-terra",
    }
    denied = {item["model"]["model_id"]: item["reason"] for item in answer["denied_models"]}
    assert "tier ADVANCED is not among the allowed tiers (MINI, STANDARD)" in denied["gpt-6.1-sol"]
    assert denied["text-embedding-3-small"] == "it lacks CHAT, CODE_GENERATION"


@pytest.mark.parametrize("service", ["strategy_builder", "narrative_report", "chatops_advanced", "unattributed"])
async def test_every_service_offers_a_real_choice(http: httpx2.AsyncClient, service: str) -> None:
    answer = (await http.get(f"{MODELS}/{service}")).json()
    assert len(answer["allowed_models"]) >= 2
    assert answer["default_reason"] is None


async def test_an_unknown_service_is_404_and_names_the_known_ones(http: httpx2.AsyncClient) -> None:
    response = await http.get(f"{MODELS}/nonsense")
    assert response.status_code == 404
    problem = response.json()
    assert problem["code"] == "unknown_service"
    assert problem["services"] == ["strategy_builder", "narrative_report", "chatops_advanced", "unattributed"]


async def test_a_default_that_shuts_down_gives_way_and_says_so(http: httpx2.AsyncClient, clock: FixedClock) -> None:
    clock.move_to(datetime(2027, 1, 14, tzinfo=UTC))
    answer = (await http.get(f"{MODELS}/strategy_builder")).json()
    assert answer["default_model"] == "gpt-6-luna"
    assert answer["default_reason"] == (
        "the default gpt-4o-mini shut down on 2027-01-14; gpt-6-luna is its replacement"
    )


async def test_what_is_listed_is_what_is_enforced(http: httpx2.AsyncClient) -> None:
    """For each service and model: the POST endpoint takes it exactly if the listing allows it."""
    requests: dict[str, tuple[str, dict[str, Any]]] = {
        "strategy_builder": ("/strategy-builder", {"query": "Buy when RSI is below 30, sell above 70"}),
        "narrative_report": ("/narrative-report", {"backtest": _BACKTEST}),
        "chatops_advanced": ("/chatops/compare", {"strategies": _STRATEGIES}),
    }
    models = [model["model_id"] for model in (await http.get(MODELS)).json()["models"]]
    for (service, (path, body)), model_id in product(requests.items(), [*models, "gpt-4", "unheard-of"]):
        offer = (await http.get(f"{MODELS}/{service}")).json()
        allowed = model_id in {model["model_id"] for model in offer["allowed_models"]}
        response = await http.post("/api/v1/gen-ai" + path, json={**body, "model_id": model_id})
        assert response.status_code == (200 if allowed else 400), (service, model_id, response.text)
        if not allowed:
            assert response.json()["detail"].startswith(f"Model {model_id} not allowed for service {service}")


_BACKTEST = {
    "strategy_name": "Buy and hold",
    "symbol": "GSPC",
    "start_date": "2010-01-04",
    "end_date": "2018-12-31",
    "metrics": {"total_return": 1.21, "sharpe_ratio": 0.62, "max_drawdown": -0.20},
}
_STRATEGIES = [
    {"name": "Alpha", "metrics": {"total_return": 0.4, "sharpe_ratio": 1.1, "max_drawdown": -0.1}},
    {"name": "Beta", "metrics": {"total_return": 0.2, "sharpe_ratio": 0.7, "max_drawdown": -0.3}},
]
