"""Each request says at which tier it wants to be served: a project's own setting would be paid for by surprise."""

import json
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from app.bootstrap import build_container
from app.clock import FixedClock
from app.errors import ConfigurationError
from app.services.gen_ai.core import GenerationTask, Message, PlainText
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.upstream import Upstream
from app.settings import Settings
from containers import Container
from tests.conftest import TODAY, serving
from tests.fakes.gate import CATALOG_FILE, POLICY_FILE, Gate
from tests.fakes.scripted_upstream import completion
from tests.fakes.small_files import POLICIES, changed, load_policies

MODELS = {record.model_id: record for record in CATALOG_FILE.models}
SETTINGS = Settings()
WISH = {"query": "Buy when RSI is below 30 and sell above 70", "language": "en"}


def _container(tmp_path: Path, sqlite_url: str, clock: FixedClock, tier: str | None) -> Container:
    """The shipped policies, with a tier for the strategy builder."""
    text = SETTINGS.policies.read_text()
    if tier is not None:
        wanted = f"  - service_name: strategy_builder\n    service_tier: {tier}\n"
        text = changed(text, "  - service_name: strategy_builder\n", wanted)
    path = tmp_path / "policies.yaml"
    path.write_text(text)
    container = build_container(Settings(database_url=sqlite_url, policies=path, log_level="error"))
    container.core.clock.override(clock)
    return container


async def _sent(container: Container, model_id: str) -> tuple[str, Decimal, Decimal]:
    """The tier that was asked for, what the answer cost, and its worst case."""
    async with serving(container) as http:
        answer = await http.post("/api/v1/gen-ai/strategy-builder", json=WISH | {"model_id": model_id})
        assert answer.status_code == 200, answer.text
        ((row,), _) = await container.data.ledger().rows(UsageQuery(), limit=2, offset=0)
    assert row.settlement is not None
    assert row.settlement.cost_usd is not None
    assert row.attempt.worst_usd is not None
    return container.gen_ai.simulator().requests[-1]["service_tier"], row.settlement.cost_usd, row.attempt.worst_usd


async def test_without_a_word_of_the_policy_it_is_the_standard_one(
    tmp_path: Path, sqlite_url: str, clock: FixedClock
) -> None:
    """Not `auto`, which is whatever the OpenAI project is set to."""
    assert {policy.service_tier for policy in POLICY_FILE.services} == {ServiceTier.DEFAULT}
    tier, _, _ = await _sent(_container(tmp_path, sqlite_url, clock, None), "gpt-6-luna")
    assert tier == "default"


@pytest.mark.parametrize(("tier", "factor"), [("flex", Decimal("0.5")), ("priority", Decimal(2))])
async def test_a_policys_tier_is_asked_for_reserved_and_billed(
    tmp_path: Path, sqlite_url: str, clock: FixedClock, tier: str, factor: Decimal
) -> None:
    plain = await _sent(_container(tmp_path, sqlite_url, clock, "default"), "gpt-6-luna")
    another_url = f"sqlite+aiosqlite:///{tmp_path}/another.db"
    asked = await _sent(_container(tmp_path, another_url, clock, tier), "gpt-6-luna")
    assert asked == (tier, plain[1] * factor, plain[2] * factor)


async def test_a_model_without_a_price_for_the_tier_is_asked_at_the_standard_one(
    tmp_path: Path, sqlite_url: str, clock: FixedClock
) -> None:
    record = MODELS["gpt-4o-mini"]
    assert record.tier_on(TODAY.date(), ServiceTier.FLEX) is ServiceTier.DEFAULT
    tier, cost, worst = await _sent(_container(tmp_path, sqlite_url, clock, "flex"), "gpt-4o-mini")
    assert tier == "default"
    assert cost <= worst


@pytest.mark.parametrize("tier", ["batch", "auto", "fast"])
def test_a_tier_that_a_request_cannot_ask_for_is_refused_at_the_start(tmp_path: Path, tier: str) -> None:
    policies = changed(POLICIES, "default_model: small", f"default_model: small\n    service_tier: {tier}")
    with pytest.raises(ConfigurationError, match="service_tier"):
        load_policies(tmp_path, policies)


async def test_ultrafast_is_asked_for_on_responses_only_and_billed_at_its_own_rate() -> None:
    """By our services and by anybody's own code. gpt-6.2-sol, three times: 100 x 6.00 + 10 x 30.00 per million."""
    usage = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    text = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Fine."}]}
    answer = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-6.2-sol",
              "service_tier": "ultrafast", "output": [text], "usage": usage}  # fmt: skip
    wanted = {"service_tier": ServiceTier.ULTRAFAST}
    policies = tuple(policy.model_copy(update=wanted) for policy in POLICY_FILE.services)
    gate = Gate.build(policy_file=POLICY_FILE.model_copy(update={"services": policies}))
    responses = [httpx2.Response(200, json=answer) for _ in range(2)]
    gate.upstream.then(*responses, completion(model="gpt-6.2-sol"), completion(model="gpt-4o"))
    talk = (Message("user", "How are you?"),)
    async with gate:
        await gate.manager.generate(
            GenerationTask[PlainText, None](
                "narrative_report", "report", "alice", talk, PlainText, 300, requested_model_id="gpt-6.2-sol"
            )
        )
        client = gate.manager.get_client("narrative_report", "alice")
        await client.responses.create(model="gpt-6.2-sol", input="Hi.", max_output_tokens=300)
        for model in ("gpt-6.2-sol", "gpt-4o"):
            await client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "Hi."}], max_completion_tokens=300
            )
    asked = [json.loads(request.content)["service_tier"] for request in gate.upstream.requests]
    assert asked == ["ultrafast", "ultrafast", "default", "default"]
    ours = gate.ledger.opened[0].settlement
    assert ours is not None
    assert ours.cost_usd == Decimal("0.0009")


async def test_another_server_is_asked_for_no_tier_by_anybodys_own_code_either() -> None:
    """It may refuse the field, as Groq does the value; where the settings say that it knows it, it is written."""
    for rules, asked in ((Upstream(is_openai=False), None), (Upstream(is_openai=False, fields="openai"), "default")):
        gate = Gate.build(completion(), known=rules)
        async with gate:
            await gate.manager.get_client("chatops_advanced", "alice").chat.completions.create(
                model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi."}], max_completion_tokens=300
            )
        assert gate.upstream.bodies[0].get("service_tier") == asked
