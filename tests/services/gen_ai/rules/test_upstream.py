"""Which of OpenAI's two text APIs a request takes, and whether it carries what only OpenAI knows."""

from typing import Any

from app.clock import FixedClock
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.service_policy import PolicyFile, PolicyRegistry, WireChoice
from app.services.gen_ai.rules.upstream import Upstream, upstream_of
from app.settings import Settings
from app.vocabulary import Wire
from tests.fakes.gate import CATALOG_FILE, NOON, POLICY_FILE
from tests.tables import each_line

CHAT, RESPONSES = Wire.CHAT_COMPLETIONS, Wire.RESPONSES
MODELS = {model.model_id: model for model in CATALOG_FILE.models}
OPENAI, OTHER = Upstream(), Upstream(is_openai=False)


def taken(upstream: Upstream, model_id: str, *, tools: bool, wire: WireChoice = "auto", tier: str = "default") -> Wire:
    policy = POLICY_FILE.services[0].model_copy(update={"wire": wire})
    profile = CATALOG_FILE.request_profiles[MODELS[model_id].request_profile]
    return upstream.wire_for(policy, profile, ServiceTier(tier), calls_tools=tools)


@each_line(("model_id", "tools", "wire"), [
    ("gpt-4o", True, CHAT), ("gpt-6-luna", True, CHAT), ("gpt-6-luna", False, CHAT), ("gpt-6.1-terra", True, RESPONSES),
    ("gpt-6.2-sol", False, CHAT), ("gpt-6.2-sol", True, RESPONSES), ("gpt-6.2-astra", True, RESPONSES),
    ("o1-preview", True, CHAT),
])  # fmt: skip
def test_auto_takes_the_wire_on_which_the_model_can_do_it(model_id: str, tools: bool, wire: Wire) -> None:  # noqa: FBT001  a table
    """Chat Completions where both can; o1-preview answers nowhere else, without the tools."""
    assert taken(OPENAI, model_id, tools=tools) is wire


@each_line(("setting", "policy", "wire"), [
    ("auto", "auto", CHAT), ("responses", "auto", RESPONSES), ("auto", "responses", RESPONSES),
    ("responses", "chat_completions", CHAT), ("chat_completions", "responses", RESPONSES),
])  # fmt: skip
def test_the_policy_goes_before_the_setting(setting: WireChoice, policy: WireChoice, wire: Wire) -> None:
    """And either before what auto would take, at any server."""
    assert taken(Upstream(wire=setting), "gpt-4o", tools=False, wire=policy) is wire
    assert taken(Upstream(is_openai=False, wire=setting), "gpt-4o", tools=False, wire=policy) is wire


def test_another_server_is_asked_on_chat_completions() -> None:
    """It may have no other."""
    assert taken(OTHER, "gpt-6.2-sol", tools=True) is CHAT


def test_ultrafast_is_asked_for_where_it_exists() -> None:
    assert taken(OPENAI, "gpt-6.2-sol", tools=False, tier="ultrafast") is RESPONSES
    assert taken(OPENAI, "gpt-6.2-sol", tools=False, tier="ultrafast", wire="chat_completions") is CHAT


@each_line(("key", "url", "fields", "sends"), [
    (None, None, "auto", True), ("sk-x", None, "auto", True), ("sk-x", "https://eu.api.openai.com/v1", "auto", True),
    ("sk-x", "http://127.0.0.1:8080/v1", "auto", False), ("sk-x", "http://127.0.0.1:8080/v1", "openai", True),
    ("sk-x", None, "common", False),
])  # fmt: skip
def test_only_openai_is_told_what_only_openai_knows(key: str | None, url: str | None, fields: Any, sends: bool) -> None:  # noqa: FBT001  a table
    """Unless a setting, or the model's entry, says so."""
    given: dict[str, Any] = {"openai_api_key": key, "openai_base_url": url, "upstream_fields": fields}
    settings = Settings(_env_file=None, **given)
    upstream, model = upstream_of(settings), MODELS["gpt-6-luna"]
    assert upstream.takes_openai_fields(model) is sends
    if fields == "auto":
        assert upstream.takes_openai_fields(model.model_copy(update={"openai_fields": not sends})) is not sends


def resolver(upstream: Upstream, wire: WireChoice = "auto") -> ModelResolver:
    clock = FixedClock(NOON)
    policies = [policy.model_copy(update={"wire": wire}) for policy in POLICY_FILE.services]
    registry = PolicyRegistry(PolicyFile(services=tuple(policies)))
    return ModelResolver(ModelCatalog(CATALOG_FILE, clock), registry, clock, upstream)


def test_a_model_that_cannot_do_the_service_on_the_wires_that_there_are_is_denied() -> None:
    """With the reason: the chat needs functions, which Sol calls on Responses only."""

    def why_not(service: str, upstream: Upstream, wire: WireChoice = "auto") -> dict[str, str]:
        return {denied.config.model_id: denied.reason for denied in resolver(upstream, wire).offer(service).denied}

    assert "gpt-6.2-sol" not in why_not("chatops_advanced", OPENAI)
    way_out = "; `wire` in the policy, or TOLLGATE_WIRE, says which wires are taken"
    assert why_not("chatops_advanced", OTHER)["gpt-6.2-sol"] == f"it cannot call functions on chat_completions{way_out}"
    assert "gpt-6.2-sol" not in why_not("narrative_report", OTHER)
    assert why_not("narrative_report", OPENAI, "responses")["o1-preview"] == f"it does not answer on responses{way_out}"
