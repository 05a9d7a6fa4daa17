"""The oracle itself: what it must refuse, written down by hand from the pages of facts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from app.clock import FixedClock
from app.simulator import create_simulator
from tests.catalog.hand_made import CHAT_TOOL, LEGAL, REFUSED, TOOL, asked, effort_on
from tests.catalog.oracle import WIRES, extract, facts_of, objections
from tests.catalog.oracle_rules import WireName
from tests.tables import each_line

WRITING = [name for name, facts in extract()["models"].items() if not facts.get("embedding")]
ALWAYS_REASON = ["gpt-6.1-sol", "gpt-6-astra", "gpt-6.2-sol", "gpt-6.2-astra"]


def refused(wire: WireName, payload: dict[str, Any]) -> set[str]:
    return {objection.param for objection in objections(payload, wire)}


@pytest.mark.parametrize("wire", WIRES)
def test_the_plainest_request_is_legal_for_every_model(wire: WireName) -> None:
    assert {model: refused(wire, asked(wire, model)) for model in WRITING} == {model: set() for model in WRITING}


@pytest.mark.parametrize("wire", WIRES)
def test_each_model_takes_the_efforts_of_its_wire_and_no_other(wire: WireName) -> None:
    """`max` on Chat Completions, `minimal` anywhere, `none` of a model that always reasons: all are 400."""
    name = "reasoning.effort" if wire == "responses" else "reasoning_effort"
    for model in WRITING:
        facts = facts_of(model)
        assert facts is not None
        for effort in ("none", "minimal", "low", "medium", "high", "xhigh", "max"):
            is_refused = name in refused(wire, asked(wire, model, **effort_on(wire, effort)))
            assert is_refused is (effort not in facts[wire]["efforts"]), (model, effort)
    assert refused("chat_completions", asked("chat_completions", "gpt-6-luna", reasoning_effort="max"))
    assert not refused("responses", asked("responses", "gpt-6-luna", reasoning={"effort": "max"}))


@each_line("model", ALWAYS_REASON)
def test_what_always_reasons_takes_tools_on_responses_alone_and_never_a_temperature(model: str) -> None:
    for effort in ("low", "medium", "high", "xhigh"):
        chat = asked("chat_completions", model, tools=[CHAT_TOOL], reasoning_effort=effort)
        assert refused("chat_completions", chat) == {"tools"}
        assert not refused("responses", asked("responses", model, tools=[TOOL], reasoning={"effort": effort}))
    for wire in WIRES:
        assert "temperature" in refused(wire, asked(wire, model, temperature=0.2))


@each_line("model", ["gpt-6-luna", "gpt-6-sol", "gpt-5.6-sol", "gpt-5.6"])
def test_tools_on_chat_need_none_to_be_said(model: str) -> None:
    """The default counts as medium, and is refused too."""
    with_tools = asked("chat_completions", model, tools=[CHAT_TOOL])
    assert refused("chat_completions", with_tools) == {"tools"}
    assert refused("chat_completions", with_tools | {"reasoning_effort": "low"}) == {"tools"}
    assert not refused("chat_completions", with_tools | {"reasoning_effort": "none", "temperature": 0})


def test_terra_gets_no_tools_on_chat_while_sources_disagree() -> None:
    asking = asked("chat_completions", "gpt-6.1-terra", tools=[CHAT_TOOL], reasoning_effort="none")
    assert refused("chat_completions", asking) == {"tools"}


@each_line(("wire", "model", "changed", "param"), REFUSED)
def test_one_thing_is_refused_and_nothing_else(wire: WireName, model: str, changed: dict[str, Any], param: str) -> None:
    assert refused(wire, asked(wire, model) | changed) == {param}


@each_line(("wire", "model", "changed"), LEGAL)
def test_what_the_pages_allow_is_not_refused(wire: WireName, model: str, changed: dict[str, Any]) -> None:
    assert refused(wire, asked(wire, model) | changed) == set()


# Another judge: the simulator was written by other hands, from the same extract.

_OURS_ALONE = {"store", "instructions"}
"""What OpenAI takes, and a gate must not send."""
_NOT_SIMULATED = {"background_options", "stop"}
"""The simulator refuses them of every model."""


async def _simulated(wire: WireName, payload: dict[str, Any]) -> int:
    """The simulator's status, on the last day on which the model is there."""
    shutdown = (facts_of(payload["model"]) or {}).get("shutdown")
    day = datetime.fromisoformat(shutdown or "2026-11-30").replace(tzinfo=UTC) - timedelta(days=1)
    transport = httpx2.ASGITransport(app=create_simulator(FixedClock(day)))
    path = "/v1/responses" if wire == "responses" else "/v1/chat/completions"
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        return (await http.post(path, json=payload, headers={"Authorization": "Bearer x"})).status_code


async def test_the_simulator_refuses_what_the_oracle_refuses_and_nothing_else() -> None:
    differing = []
    for wire, model, changed, param in [*REFUSED, *((*each, "") for each in LEGAL)]:
        if _NOT_SIMULATED & changed.keys() or param in _OURS_ALONE:
            continue
        status = await _simulated(wire, asked(wire, model) | changed)
        if (status >= 400) is not bool(param):
            differing.append((wire, model, changed, status))
    assert not differing
