from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from app.errors import InvalidModelError, UnknownServiceError
from app.services.gen_ai.core import GenerationTask, Message, OpenAIClientManager, PlainText
from app.services.gen_ai.wire.answer import open_envelope
from app.services.gen_ai.wire.messages import UpstreamReply
from app.vocabulary import AttemptStatus, ModelCapability, ModelStatus, ModelTier
from tests.fakes.gate import CATALOG_FILE, POLICY_FILE, Gate
from tests.fakes.rows import attempt
from tests.fakes.scripted_upstream import completion

SERVICES = [policy.service_name for policy in POLICY_FILE.services]
MODELS = [model.model_id for model in CATALOG_FILE.models]


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with Gate.build() as built:
        yield built


@pytest.fixture
def manager(gate: Gate) -> OpenAIClientManager:
    return gate.manager


def test_there_is_one_client(gate: Gate, manager: OpenAIClientManager) -> None:
    """However often it is asked for, and through whichever manager: a client for each request costs 44 ms."""
    another = OpenAIClientManager(
        gate.client, gate.catalog, gate.policies, gate.resolver, tracker=gate.tracker, generator=gate.generator
    )
    assert manager.get_client() is manager.get_client() is another.get_client() is gate.client
    assert manager.get_client().max_retries == 0


async def test_generating_uses_the_one_client(gate: Gate, manager: OpenAIClientManager) -> None:
    """What services generate goes through the same client, and is metered."""
    gate.upstream.then(completion("Fine."))
    task: GenerationTask[PlainText, None] = GenerationTask(
        "chatops_advanced", "chat", "alice", (Message("user", "How are you?"),), PlainText, 300
    )
    generated = await manager.generate(task)
    assert generated.answer.text == "Fine."
    assert len(gate.upstream.requests) == 1
    assert [row.status for row in gate.ledger.opened] == [AttemptStatus.MEASURED]


def test_a_model_config_says_what_a_model_is(manager: OpenAIClientManager) -> None:
    """Tier, capabilities, prices in USD per 1M tokens, limits in tokens, and how long it lives."""
    config = manager.get_model_config("gpt-4o-mini")
    assert (config.model_id, config.tier) == ("gpt-4o-mini", ModelTier.MINI)
    assert ModelCapability.CODE_GENERATION in config.capabilities
    assert (config.input_price_per_1m, config.output_price_per_1m) == (Decimal("0.15"), Decimal("0.60"))
    assert (config.max_tokens, config.context_window, config.supports_rag) == (16_384, 128_000, True)
    assert (config.status, config.replacement) == (ModelStatus.DEPRECATED, "gpt-6-luna")


@pytest.mark.parametrize("model_id", MODELS)
def test_every_model_has_a_config(manager: OpenAIClientManager, model_id: str) -> None:
    """Also the ones that are gone, and the baseline."""
    assert manager.get_model_config(model_id).model_id == model_id


@pytest.mark.parametrize("model_id", ["gpt-7", "", "gpt-4o-mini-2024-07-18", "GPT-4O"])
def test_an_unknown_model_has_no_config(manager: OpenAIClientManager, model_id: str) -> None:
    """The error lists the known ones; names are exact."""
    with pytest.raises(InvalidModelError, match="is not in the catalogue; known: "):
        manager.get_model_config(model_id)


SMALL = {"gpt-6-luna", "gpt-6.1-terra", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-4o-mini", "gpt-4o"}
LARGE = {"gpt-6-sol", "gpt-6.1-sol", "gpt-6.2-sol", "gpt-5.6-sol"}
ALLOWED_TODAY = {
    "strategy_builder": SMALL,
    "narrative_report": SMALL | LARGE | {"gpt-6.2-astra", "gpt-6-astra"},
    "chatops_advanced": SMALL | LARGE,
    "unattributed": SMALL,
}


@pytest.mark.parametrize("model_id", MODELS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_model_is_validated_for_a_service(manager: OpenAIClientManager, service: str, model_id: str) -> None:
    """The whole table of 2026-11-23: an allowed model comes back with its config, any other is refused."""
    if model_id in ALLOWED_TODAY[service]:
        assert manager.validate_model_for_service(model_id, service) == manager.get_model_config(model_id)
        return
    with pytest.raises(InvalidModelError, match=f"^Model {model_id} not allowed for service {service}: "):
        manager.validate_model_for_service(model_id, service)


def test_the_refusal_names_what_is_allowed(manager: OpenAIClientManager) -> None:
    """For a person in the sentence, for a program in a field."""
    with pytest.raises(InvalidModelError) as caught:
        manager.validate_model_for_service("gpt-6-astra", "strategy_builder")
    assert set(caught.value.fields["allowed_models"]) == ALLOWED_TODAY["strategy_builder"]
    for model_id in ALLOWED_TODAY["strategy_builder"]:
        assert model_id in caught.value.detail


def test_an_unknown_service_is_refused(manager: OpenAIClientManager) -> None:
    """Even for a model that every service may use."""
    with pytest.raises(UnknownServiceError, match="There is no service cooking"):
        manager.validate_model_for_service("gpt-4o-mini", "cooking")


async def test_usage_is_tracked_with_its_exact_cost(gate: Gate, manager: OpenAIClientManager) -> None:
    """1_000 x 0.15 + 200 x 0.60 = 270 per million; written to the ledger and to the log."""
    await gate.ledger.open(attempt())
    answer = completion("Fine.")
    request = gate.request({"messages": [], "max_completion_tokens": 300})
    envelope, reply = open_envelope(answer.content), UpstreamReply(200, "req_1")
    with capture_logs() as logs:
        settlement = await manager.track_usage(attempt(), request, envelope, reply, latency_ms=5)
    assert settlement.cost_usd == Decimal("0.00027")
    assert gate.ledger.opened[0].settlement == settlement
    assert [line["event"] for line in logs] == ["openai_usage"]
