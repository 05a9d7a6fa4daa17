"""Requests against OpenAI's own description of them: the installed SDK's parameter types, unknown keys forbidden."""

from collections.abc import Iterable
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import BaseModel, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict, is_typeddict

from app.services.gen_ai.rules.model_catalog import RequestProfile
from app.services.gen_ai.wire.messages import Message, ToolCall
from app.services.gen_ai.wire.request_shape import shape_request
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.tools import PARIS, REFUSES, Weather
from tests.tables import each_line

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
def published() -> Iterable[TypeAdapter[Any]]:
    """The SDK's request type; while it is in use, each TypedDict in it refuses keys that it does not name."""
    kinds = list(_typed_dicts(CompletionCreateParamsNonStreaming, set()))
    for kind in kinds:
        with_config({"extra": "forbid"})(kind)
    yield TypeAdapter(CompletionCreateParamsNonStreaming)
    for kind in kinds:
        del kind.__pydantic_config__  # type: ignore[attr-defined]  # set two lines above


def valid(published: TypeAdapter[Any], payload: dict[str, Any]) -> None:
    """Validates, and consumes the iterables that pydantic checks lazily."""
    checked = published.validate_python(payload, strict=False)
    for count, message in enumerate(checked["messages"]):
        assert message["role"] in {"system", "developer", "user", "assistant", "tool"}
        assert list(message.get("tool_calls", ())) == payload["messages"][count].get("tool_calls", [])
    assert list(checked.get("tools", ())) == payload.get("tools", [])


@each_line("temperature", [None, 0.7])
@each_line("answer", [None, Whole])
@each_line("model", CATALOG_FILE.models)
def test_every_request_is_valid_by_the_published_schema(
    published: TypeAdapter[Any], model: Any, answer: type[BaseModel] | None, temperature: float | None
) -> None:
    """For each model, for plain text and for a structure, with and without a temperature."""
    payload = shape_request(
        model,
        CATALOG_FILE.request_profiles[model.request_profile],
        TALK,
        answer=answer,
        answer_name="build_strategy",
        max_output_tokens=1000,
        temperature=temperature,
    )
    valid(published, payload)


LOOKED_UP = (
    *TALK,
    Message("user", "How is the weather in Paris?"),
    Message("assistant", "", calls=(ToolCall("call_0", "weather", PARIS), ToolCall("call_1", "nope", "{"))),
    Message("tool", '{"kind":"data","data":{}}', call_id="call_0"),
    Message("tool", '{"kind":"error","error":"there is no tool nope"}', call_id="call_1"),
)


@each_line("may_call", [True, False])
@each_line("answer", [None, Whole])
@each_line("model", CATALOG_FILE.models)
def test_every_request_with_tools_is_valid_by_the_published_schema(
    published: TypeAdapter[Any], model: Any, answer: type[BaseModel] | None, *, may_call: bool
) -> None:
    """For each model, with calls and their results in the conversation, free to call on or told to answer."""
    profile = CATALOG_FILE.request_profiles[model.request_profile]
    payload = shape_request(
        model,
        profile,
        LOOKED_UP,
        answer=answer,
        answer_name="chat",
        max_output_tokens=1000,
        tools=[Weather().tool, REFUSES],
        may_call=may_call,
    )
    assert ("tools" in payload) == profile.permits(profile.function_calling)
    valid(published, payload)


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
def test_the_published_schema_would_find_a_mistake(published: TypeAdapter[Any], wrong: dict[str, Any]) -> None:
    """A check that refuses nothing would prove nothing."""
    good = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi."}]}
    valid(published, good)
    with pytest.raises(ValidationError):
        valid(published, good | wrong)


@pytest.mark.parametrize("name", CATALOG_FILE.request_profiles)
def test_every_effort_of_a_profile_is_one_that_the_sdk_knows(published: TypeAdapter[Any], name: str) -> None:
    """The words of models.yaml are OpenAI's words."""
    profile: RequestProfile = CATALOG_FILE.request_profiles[name]
    for effort in profile.reasoning_efforts:
        valid(published, {"model": "m", "messages": [{"role": "user", "content": "x"}], "reasoning_effort": effort})


class _Probe(TypedDict):
    name: str


def test_the_walk_finds_nested_typed_dicts() -> None:
    """Messages and formats lie deep in the request type; the walk reaches them."""
    found = {kind.__name__ for kind in _typed_dicts(CompletionCreateParamsNonStreaming, set())}
    assert {"ChatCompletionUserMessageParam", "ResponseFormatJSONSchema", "JSONSchema"} <= found
    assert set(_typed_dicts(list[_Probe | None], set())) == {_Probe}
