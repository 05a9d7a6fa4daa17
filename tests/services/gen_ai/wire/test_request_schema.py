"""Requests against OpenAI's own description of them: the installed SDK's parameter types, unknown keys forbidden."""

from collections.abc import Iterable
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)
from pydantic import BaseModel, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict, is_typeddict

from app.services.gen_ai.rules.model_catalog import RequestProfile
from app.services.gen_ai.rules.upstream import can_answer
from app.services.gen_ai.wire.messages import Message, ToolCall
from app.vocabulary import Wire
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.shaping import TO_OPENAI, shape
from tests.fakes.tools import PARIS, REFUSES, Weather
from tests.tables import each_line

Published = dict[Wire, TypeAdapter[Any]]
TALK = (Message("instruction", "Be brief."), Message("user", "Hello."), Message("assistant", "Hi."))


class Part(BaseModel):
    name: str
    size: float | None


class Whole(BaseModel):
    title: str
    parts: list[Part]


def _typed_dicts(kind: Any, found: set[type]) -> Iterable[type]:
    """Every TypedDict within a type."""
    if is_typeddict(kind) and kind not in found:
        found.add(kind)
        for hint in get_type_hints(kind, include_extras=True).values():
            _typed_dicts(hint, found)
    elif get_origin(kind) is not None:
        for argument in get_args(kind):
            _typed_dicts(argument, found)
    return found


@pytest.fixture(scope="module")
def published() -> Iterable[Published]:
    """The SDK's request types; while they are in use, each TypedDict in them refuses keys that it does not name."""
    bodies: dict[Wire, Any] = {
        Wire.CHAT_COMPLETIONS: CompletionCreateParamsNonStreaming | CompletionCreateParamsStreaming,
        Wire.RESPONSES: ResponseCreateParamsNonStreaming | ResponseCreateParamsStreaming,
    }
    kinds: set[type] = set()
    for body in bodies.values():
        _typed_dicts(body, kinds)
    for kind in kinds:
        with_config({"extra": "forbid"})(kind)
    yield {wire: TypeAdapter(body) for wire, body in bodies.items()}
    for kind in kinds:
        del kind.__pydantic_config__  # type: ignore[attr-defined]  # set two lines above


def valid(published: Published, payload: dict[str, Any], wire: Wire = Wire.CHAT_COMPLETIONS) -> None:
    """Validates, and consumes the iterables that pydantic checks lazily."""
    checked = published[wire].validate_python(payload, strict=False)
    if wire is Wire.RESPONSES:
        assert list(checked["input"]) == payload["input"]
        assert list(checked.get("tools", ())) == payload.get("tools", [])
        return
    for count, message in enumerate(checked["messages"]):
        assert message["role"] in {"system", "developer", "user", "assistant", "tool"}
        assert list(message.get("tool_calls", ())) == payload["messages"][count].get("tool_calls", [])
    assert list(checked.get("tools", ())) == payload.get("tools", [])


LISTED = [
    (model, wire)
    for model in CATALOG_FILE.models
    for wire in (Wire.CHAT_COMPLETIONS, Wire.RESPONSES)
    if CATALOG_FILE.request_profiles[model.request_profile].on(wire) is not None
]
"""Each model with each wire on which it answers."""
CONSTANT = Message("instruction", "Be brief. " * 1500)
"""Long enough to be cached."""


@each_line("options", [{}, {"temperature": 0.7, "streamed": True}, {"goes_on": True}])
@each_line("answer", [None, Whole])
@each_line(("model", "wire"), LISTED)
def test_every_request_is_valid_by_the_published_schema(
    published: Published, model: Any, wire: Wire, answer: type[BaseModel] | None, options: dict[str, Any]
) -> None:
    """For each model on each wire, for plain text and for a structure, to OpenAI and to whom knows none of its own."""
    for messages in (TALK, (CONSTANT, *TALK)):
        for openai in (None, TO_OPENAI):
            valid(published, shape(model, messages, wire=wire, answer=answer, openai=openai, **options), wire)


LOOKED_UP = (
    *TALK,
    Message("user", "How is the weather in Paris?"),
    Message("assistant", "", calls=(ToolCall("call_0", "weather", PARIS), ToolCall("call_1", "nope", "{"))),
    Message("tool", '{"kind":"data","data":{}}', call_id="call_0"),
    Message("tool", '{"kind":"error","error":"there is no tool nope"}', call_id="call_1"),
)


@each_line("may_call", [True, False])
@each_line("answer", [None, Whole])
@each_line(("model", "wire"), LISTED)
def test_every_request_with_tools_is_valid_by_the_published_schema(
    published: Published, model: Any, wire: Wire, answer: type[BaseModel] | None, *, may_call: bool
) -> None:
    """For each model on each wire, with calls and their results in it, free to call on or told to answer."""
    profile = CATALOG_FILE.request_profiles[model.request_profile]
    payload = shape(
        model, LOOKED_UP, wire=wire, answer=answer, tools=[Weather().tool, REFUSES], may_call=may_call, openai=TO_OPENAI
    )
    assert ("tools" in payload) == can_answer(profile, wire, calls_tools=True)
    valid(published, payload, wire)


WRONG: dict[str, dict[str, Any]] = {
    "an unknown parameter": {"max_output_tokens": 5},
    "an unknown role": {"messages": [{"role": "instruction", "content": "x"}]},
    "an unknown key of a message": {"messages": [{"role": "user", "content": "x", "text": "x"}]},
    "an unknown effort": {"reasoning_effort": "some"},
    "a text for a number": {"temperature": "warm"},
    "an unknown format": {"response_format": {"type": "json"}},
    "an unknown key of a format": {"response_format": {"type": "json_object", "schema": {}}},
    "no messages": {"messages": None},
    "a tool message without a call": {"messages": [{"role": "tool", "content": "x"}]},
    "a call without an id": {"messages": [{"role": "assistant", "tool_calls": [{"type": "function"}]}]},
    "an unknown key of a tool": {"tools": [{"type": "function", "function": {"name": "f"}, "strict": True}]},
    "an unknown choice": {"tool_choice": "never"},
}


@each_line("wrong", WRONG.values())
def test_the_published_schema_would_find_a_mistake(published: Published, wrong: dict[str, Any]) -> None:
    """A check that refuses nothing would prove nothing."""
    good = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi."}]}
    valid(published, good)
    with pytest.raises(ValidationError):
        valid(published, good | wrong)


@pytest.mark.parametrize("name", CATALOG_FILE.request_profiles)
def test_every_effort_of_a_profile_is_one_that_the_sdk_knows(published: Published, name: str) -> None:
    """The words of models.yaml are OpenAI's words."""
    profile: RequestProfile = CATALOG_FILE.request_profiles[name]
    for effort in profile.chat_completions.reasoning_efforts if profile.chat_completions else ():
        valid(published, {"model": "m", "messages": [{"role": "user", "content": "x"}], "reasoning_effort": effort})
    for effort in profile.responses.reasoning_efforts if profile.responses else ():
        valid(published, {"model": "m", "input": [], "reasoning": {"effort": effort}}, Wire.RESPONSES)


class _Probe(TypedDict):
    name: str


def test_the_walk_finds_nested_typed_dicts() -> None:
    """Messages and formats lie deep in the request type; the walk reaches them."""
    found = {kind.__name__ for kind in _typed_dicts(CompletionCreateParamsNonStreaming, set())}
    assert {"ChatCompletionUserMessageParam", "ResponseFormatJSONSchema", "JSONSchema"} <= found
    assert set(_typed_dicts(list[_Probe | None], set())) == {_Probe}
