"""What the gate would send is legal by the committed extract of facts: for every model that a service may use and every
other that writes, with and without tools, at every effort that our catalogue lists, on every wire, whole and streamed.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any, get_args

import httpx2
import pytest

from app.clock import FixedClock
from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.rules.model_catalog import ModelRecord, RequestProfile, WireProfile
from app.services.gen_ai.rules.prices import RequestTier
from app.services.gen_ai.rules.upstream import has_tier
from app.services.gen_ai.wire.messages import Kept, Message, NoArguments, Tool, ToolCall
from app.settings import Settings
from app.vocabulary import ModelCapability, Wire
from containers import Container
from tests.catalog.oracle import objections
from tests.catalog.oracle_rules import WireName
from tests.conftest import TODAY, serving
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.shaping import TO_OPENAI, shape

_WIRES: dict[Wire, WireName] = {Wire.CHAT_COMPLETIONS: "chat_completions", Wire.RESPONSES: "responses"}
_LONG = "Answer from the facts alone. " * 400
"""Instructions with more than the 1,024 tokens from which a prefix is cached."""
_CALL = ToolCall("call_1", "look", "{}")
_KEPT = ({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
         {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"})  # fmt: skip


async def _look(_: NoArguments) -> dict[str, Any]:
    return {}


_TOOL = Tool("look", "Looks something up.", NoArguments, _look)
_TALK = (Message("instruction", _LONG), Message("user", "What did I spend? Say it as JSON."))


def _efforts(profile: RequestProfile, wire: WireProfile) -> Iterator[RequestProfile]:
    """The profile as it is, and at each effort that the wire is said to take."""
    yield profile
    for effort in wire.reasoning_efforts:
        yield profile.model_copy(update={"reasoning_effort": effort})


def _conversations(record: ModelRecord) -> Iterator[tuple[Message, ...]]:
    """A question; one after a look-up of this model's own, of another's, and with nothing said by an instruction."""
    result = Message("tool", '{"usd": 1}', call_id="call_1")
    called = Message("assistant", "", (_CALL,))
    yield _TALK
    yield (*_TALK, called, result)
    yield (*_TALK, replace(called, kept=Kept(record.model_id, _KEPT)), result)
    yield (*_TALK, replace(called, kept=Kept("gpt-elsewhere", _KEPT)), result)
    yield _TALK[1:]


def _payloads(record: ModelRecord, wire: Wire) -> Iterator[dict[str, Any]]:
    """Every effort with every kind of task; then every tier and limit as it is shipped."""
    profile = CATALOG_FILE.request_profiles[record.request_profile]
    on_wire = profile.on(wire)
    if on_wire is None:
        return
    options: dict[str, Any] = {"wire": wire, "answer_name": "build_strategy", "temperature": 0.2}
    for at_effort, messages, answer, tools, streamed in product(
        _efforts(profile, on_wire), _conversations(record), (None, StrategyAnswer), ((), (_TOOL,)), (False, True)
    ):
        task: dict[str, Any] = {
            "profile": at_effort,
            "answer": answer,
            "tools": tools,
            "streamed": streamed,
            "goes_on": bool(tools),
        }
        yield shape(record, messages, openai=TO_OPENAI, may_call=len(messages) < 3, **options, **task)
    tiers = (tier for tier in get_args(RequestTier) if has_tier(wire, tier))
    wanted = {record.tier_on(TODAY.date(), tier) for tier in tiers}
    fields = [None, *(replace(TO_OPENAI, service_tier=tier) for tier in wanted)]
    for openai, limit in product(fields, (1, 16, 10**9)):
        yield shape(record, _TALK, openai=openai, max_output_tokens=limit, **options)


@pytest.mark.parametrize("wire", _WIRES)
def test_every_shape_of_every_model_is_legal(wire: Wire) -> None:
    """Also of models that no service may use, and of those that are gone: the catalogue must not lie of them either."""
    refused: dict[str, set[str]] = {}
    judged = 0
    for record in CATALOG_FILE.models:
        if ModelCapability.CHAT not in record.capabilities:
            continue
        for payload in _payloads(record, wire):
            judged += 1
            for each in objections(payload, _WIRES[wire]):
                refused.setdefault(record.model_id, set()).add(f"{each.param}: {each.why}")
    assert not refused
    assert judged > 1000


def test_the_oracle_would_notice_if_a_profile_lied() -> None:
    """The errors of the catalogue that this test was written for: efforts, tools, sampling, and schemas."""
    seen = set()
    for model_id, wire, changed in (
        ("gpt-6.1-sol", Wire.CHAT_COMPLETIONS, {"tools": ("none",), "reasoning_efforts": ("none", "low")}),
        ("gpt-6-luna", Wire.CHAT_COMPLETIONS, {"reasoning_efforts": ("max",), "tools": "always"}),
        ("gpt-6.2-sol", Wire.RESPONSES, {"sampling": "always", "reasoning_efforts": ("minimal",)}),
        ("gpt-4-turbo", Wire.CHAT_COMPLETIONS, {"structured_output": "json_schema"}),
    ):
        (record,) = [each for each in CATALOG_FILE.models if each.model_id == model_id]
        shipped = CATALOG_FILE.request_profiles[record.request_profile]
        on_wire = shipped.on(wire)
        assert on_wire is not None
        lying = on_wire.model_copy(update=changed)
        efforts = lying.reasoning_efforts[:1] or (None,)
        profile = shipped.model_copy(update={wire.value: lying, "reasoning_effort": efforts[0]})
        options: dict[str, Any] = {"wire": wire, "temperature": 0.2, "tools": (_TOOL,), "answer": StrategyAnswer}
        payload = shape(record, _TALK, profile=profile, **options)
        seen |= {(model_id, each.param) for each in objections(payload, _WIRES[wire])}
    assert seen == {
        ("gpt-6.1-sol", "reasoning_effort"),
        ("gpt-6.1-sol", "tools"),
        ("gpt-6-luna", "reasoning_effort"),
        ("gpt-6-luna", "tools"),
        ("gpt-6.2-sol", "reasoning.effort"),
        ("gpt-6.2-sol", "tools"),
        ("gpt-6.2-sol", "temperature"),
        ("gpt-4-turbo", "response_format"),
    }


# Through the whole application: what its services really say to each model that they may use, look-ups included.

API = "/api/v1/gen-ai"
BACKTEST = {
    "strategy_name": "Buy and hold",
    "symbol": "GSPC",
    "start_date": "2010-01-04",
    "end_date": "2018-12-31",
    "metrics": {"total_return": 1.21, "sharpe_ratio": 0.62, "max_drawdown": -0.2},
}
LATER = datetime(2027, 1, 15, 12, tzinfo=UTC)
"""The day after both gpt-4o models."""


@pytest.fixture(params=["auto", "chat_completions", "responses"])
def settings(request: pytest.FixtureRequest, sqlite_url: str) -> Settings:
    return Settings(database_url=sqlite_url, wire=request.param)


async def _offered(http: httpx2.AsyncClient, service: str) -> list[str]:
    return [model["model_id"] for model in (await http.get(f"{API}/models/{service}")).json()["allowed_models"]]


@pytest.mark.parametrize("now", [TODAY, LATER])
async def test_what_every_service_says_to_every_model_it_may_use_is_legal(
    container: Container, clock: FixedClock, settings: Settings, now: datetime
) -> None:
    """Whole and streamed; on the wire that is chosen, or on both."""
    clock.move_to(now)
    async with serving(container) as http:
        session = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
        said: dict[str, tuple[str, dict[str, Any]]] = {
            "strategy_builder": ("/strategy-builder", {"query": "Buy when RSI is below 30, sell above 70"}),
            "narrative_report": ("/narrative-report", {"backtest": BACKTEST, "language": "en"}),
            "chatops_advanced": (f"/chatops/sessions/{session}/chat", {"message": "What did I spend this month?"}),
        }
        for service, (path, body) in said.items():
            for model in await _offered(http, service):
                accepts = ["application/json", *(["text/event-stream"] if "chat" in path else [])]
                for accept in accepts:
                    answer = await http.post(API + path, json={**body, "model_id": model}, headers={"Accept": accept})
                    assert answer.status_code == 200, (service, model, answer.text)
        sent = list(container.gen_ai.simulator().requests)
    wires = {_wire(payload) for payload in sent}
    assert wires == ({settings.wire} if settings.wire != "auto" else set(_WIRES.values()))
    assert any(payload.get("tools") for payload in sent)
    assert [(payload["model"], each) for payload in sent for each in objections(payload, _wire(payload))] == []


def _wire(payload: dict[str, Any]) -> WireName:
    return "responses" if "input" in payload else "chat_completions"
