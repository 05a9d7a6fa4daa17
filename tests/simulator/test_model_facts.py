"""The extract of facts decides what each model takes, on each wire: read here as the JSON that it is."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

import app.simulator.models
from app.clock import FixedClock
from app.simulator.models import Model, read_facts
from tests.simulator.conftest import Post
from tests.tables import each_line

_FILE = Path(app.simulator.models.__file__).with_name("model_facts.json")
FACTS: dict[str, Any] = orjson.loads(_FILE.read_bytes())
WRITING = {name: facts for name, facts in FACTS["models"].items() if not facts.get("embedding")}
EFFORTS = [None, "none", "minimal", "low", "medium", "high", "xhigh", "max"]
TIERS = ["default", "flex", "priority", "fast", "ultrafast"]
FUNCTION = {"name": "f", "parameters": {"type": "object", "properties": {}}}


@pytest.fixture
def send(post: Post, ask: Post, clock: FixedClock) -> Any:
    """Posts to a wire on a day before all shutdowns."""
    clock.move_to(datetime(2025, 7, 1, tzinfo=UTC))
    return {"chat_completions": post, "responses": ask}


def asked(wire: str, effort: str | None, *, tools: bool = False) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if effort is not None:
        body = {"reasoning_effort": effort} if wire == "chat_completions" else {"reasoning": {"effort": effort}}
    if tools:
        function = {"function": FUNCTION} if wire == "chat_completions" else FUNCTION
        body["tools"] = [{"type": "function", **function}]
    return body


@each_line(("name", "facts"), WRITING.items())
async def test_efforts_tools_and_sampling_are_as_the_extract_says(send: Any, name: str, facts: dict[str, Any]) -> None:
    """An effort that is not said is the model's default, and decides about tools and sampling as one that is said."""
    for wire in ("chat_completions", "responses"):
        told = facts[wire]
        for effort in EFFORTS:
            in_force = effort or facts["default_effort"]
            known = effort is None or effort in told["efforts"]
            for body, taken in (
                (asked(wire, effort), known),
                (asked(wire, effort, tools=True), known and in_force in told["tools"]),
                (asked(wire, effort) | {"temperature": 0.2}, known and in_force in told["sampling"]),
            ):
                response = await send[wire](model=name, **body)
                assert response.status_code == (200 if taken else 400), (wire, body, response.text)


@each_line(("name", "facts"), WRITING.items())
async def test_tiers_are_as_the_extract_says(send: Any, name: str, facts: dict[str, Any]) -> None:
    """A tier that a model lacks is refused by its parameter; ultrafast is for Responses."""
    for wire in ("chat_completions", "responses"):
        for tier in TIERS:
            response = await send[wire](model=name, service_tier=tier)
            if tier in facts["tiers"] and (tier, wire) != ("ultrafast", "chat_completions"):
                named = facts["fast_tier"] if tier in ("fast", "priority") else tier
                assert response.json()["service_tier"] == named, (wire, tier)
            else:
                assert (response.status_code, response.json()["error"]["param"]) == (400, "service_tier"), (wire, tier)


def test_every_model_has_sources() -> None:
    """And the extract tells when it was read, and from which versions."""
    assert date.fromisoformat(FACTS["read_on"]) >= date(2026, 11, 30)
    assert {"litellm", "genai-prices"} <= FACTS["packages"].keys()
    assert all(facts["sources"] for facts in FACTS["models"].values())


def changed(**changes: Any) -> bytes:
    """An extract of one model, with other facts; None takes a fact away."""
    facts = {name: value for name, value in (WRITING["gpt-6-luna"] | changes).items() if value is not ...}
    return orjson.dumps({"read_on": "2026-11-30", "models": {"gpt-6-luna": facts}})


WRONG: list[tuple[bytes, str]] = [
    (b"{}", "read_on"),
    (b"{", "unexpected end"),
    (b'{"read_on": "2026-11-30", "models": {}}', "at least 1 item"),
    (changed(context_window=...), "(?s)gpt-6-luna are not usable.*context_window"),
    (changed(context_window=0), "greater than 0"),
    (changed(default_effort="max"), "its default effort, max, is none of"),
    (changed(default_effort="huge"), "default_effort"),
    (changed(chat_completions={"efforts": ["low"], "tools": ["none"], "sampling": []}), "of \\('low',\\) only"),
    (changed(responses={"efforts": [], "tools": ["low"], "sampling": []}), "of \\('none',\\) only"),
    (changed(caching="sometimes"), "caching"),
    (changed(encoding="r50k_base"), "encoding"),
    (changed(shutdown="2020-01-01"), "shut down before it is released"),
    (changed(aliases=["gpt-6-luna"]), "share a name"),
]


@each_line(("extract", "sentence"), WRONG)
def test_an_extract_that_contradicts_itself_is_refused(extract: bytes, sentence: str) -> None:
    """When it is loaded, and not when somebody asks for the model."""
    with pytest.raises(ValueError, match=sentence):
        read_facts(extract)


def test_a_release_that_nobody_tells_is_no_reason_to_refuse() -> None:
    """The model was there when the facts were read; facts that nobody needs are passed over."""
    (model,) = read_facts(changed(released=None, colour="red"))
    assert isinstance(model, Model)
    assert model.created == date(2026, 11, 30)
