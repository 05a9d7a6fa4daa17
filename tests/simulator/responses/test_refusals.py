"""What Responses refuses: each row is a request, and the parameter and code of its refusal."""

from datetime import UTC, datetime
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from app.clock import FixedClock
from app.simulator.service import Simulator
from tests.simulator.conftest import Post
from tests.tables import each_line

USER = {"role": "user", "content": "Say hello."}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "4"}
MARKED = {"type": "input_text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit"}}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}
ENDLESS = {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}
TOOL: dict[str, Any] = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}


@pytest.fixture
def ask_before_shutdowns(ask: Post, clock: FixedClock) -> Post:
    clock.move_to(datetime(2025, 7, 1, tzinfo=UTC))
    return ask


def schema_format(schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "name": "answer", "schema": schema or {"type": "object"}} | more}


FORM: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"model": None}, "model", "invalid_type"),
    ({"input": []}, "input", "empty_array"),
    ({"input": "", "instructions": "Say hello."}, "input", "empty_array"),
    ({"input": 7}, "input", "invalid_type"),
    ({"input": ["Hello."]}, "input[0]", "invalid_type"),
    ({"input": [{"content": "x"}]}, "input[0].role", "missing_required_parameter"),
    ({"input": [{"role": "boss", "content": "x"}]}, "input[0].role", "invalid_value"),
    ({"input": [{"role": "tool", "content": "x"}]}, "input[0].role", "invalid_value"),
    ({"input": [USER | {"mood": "good"}]}, "input[0].mood", "unknown_parameter"),
    ({"input": [USER | {"content": None}]}, "input[0].content", "invalid_type"),
    ({"input": [USER | {"content": [{"type": "input_image"}]}]}, "input[0].content", "invalid_value"),
    ({"input": [USER | {"content": [{"type": "output_text", "text": "x"}]}]}, "input[0].content", "invalid_value"),
    (
        {"input": [USER, {"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]},
        "input[1].content",
        "invalid_value",
    ),
    (
        {"input": [USER, {"role": "assistant", "content": [MARKED | {"type": "output_text"}]}]},
        "input[1].content",
        "invalid_value",
    ),
    (
        {"input": [USER | {"content": [MARKED | {"prompt_cache_breakpoint": {"mode": "implicit"}}]}]},
        "input[0].content",
        "invalid_value",
    ),
    ({"prompt_cache_options": {"ttl": "24h"}}, "prompt_cache_options.ttl", "invalid_value"),
    (
        {"tools": [TOOL | {"prompt_cache_breakpoint": {"mode": "explicit"}}]},
        "tools[0].prompt_cache_breakpoint",
        "unknown_parameter",
    ),
    ({"input": [USER, {"type": "web_search_call", "id": "ws_1"}]}, "input[1]", "invalid_value"),
    ({"input": [USER, {"type": "function_call", "name": "f"}]}, "input[1].call_id", "missing_required_parameter"),
    ({"input": [USER, OUTPUT]}, "input", None),
    ({"input": [USER, CALL]}, "input", None),
    ({"input": [USER, CALL, OUTPUT | {"call_id": "c2"}]}, "input", None),
    ({"input": [USER, THOUGHT]}, "input", None),
    ({"input": [THOUGHT, USER]}, "input", None),
    ({"messages": [USER]}, "messages", "unknown_parameter"),
    ({"max_tokens": 100}, "max_tokens", "unknown_parameter"),
    ({"max_output_tokens": 15}, "max_output_tokens", "integer_below_min_value"),
    ({"max_output_tokens": -100_000}, "max_output_tokens", "integer_below_min_value"),
    ({"max_output_tokens": "100"}, "max_output_tokens", "invalid_type"),
    ({"max_output_tokens": 16_385}, "max_output_tokens", "integer_above_max_value"),
    ({"temperature": 2.5}, "temperature", "decimal_above_max_value"),
    ({"service_tier": "first"}, "service_tier", "invalid_value"),
    ({"n": 2}, "n", "unknown_parameter"),
    ({"top_logprobs": 2}, "top_logprobs", "unsupported_parameter"),
    ({"include": ["message.output_text.logprobs"]}, "include[0]", "invalid_value"),
    ({"background": True}, "background", "unsupported_parameter"),
    ({"conversation": "conv_1"}, "conversation", "unsupported_parameter"),
    ({"prompt": {"id": "pmpt_1"}}, "prompt", "unsupported_parameter"),
    ({"previous_response_id": "resp_1"}, "previous_response_id", "previous_response_not_found"),
    ({"stream_options": {"include_obfuscation": False}}, "stream_options", None),
    ({"stream": True, "stream_options": {"include_usage": True}}, "stream_options.include_usage", "unknown_parameter"),
    ({"metadata": {str(number): "" for number in range(17)}}, "metadata", "array_above_max_length"),
    ({"safety_identifier": "x" * 129}, "safety_identifier", "string_above_max_length"),
    ({"response_format": {"type": "text"}}, "response_format", "unknown_parameter"),
    ({"text": {"format": {"type": "xml"}}}, "text.format.type", "invalid_value"),
    ({"text": {"format": {"type": "json_schema", "name": "a"}}}, "text.format.schema", "missing_required_parameter"),
    ({"text": {"format": {"type": "json_schema", "schema": {}}}}, "text.format.name", "missing_required_parameter"),
    ({"text": schema_format(strict=True)}, "text.format.schema", "invalid_json_schema"),
    ({"text": schema_format({"type": "thing"})}, "text.format.schema", "invalid_json_schema"),
    ({"text": schema_format(ENDLESS)}, None, "invalid_json_schema"),
    ({"text": {"format": {"type": "json_object"}}, "instructions": "Answer in JSON."}, "input", None),
    ({"tool_choice": "required"}, "tool_choice", None),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "name": "g"}}, "tool_choice", "invalid_value"),
    (
        {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "tools": [{"type": "function", "name": "f"}]}},
        "tool_choice.mode",
        "missing_required_parameter",
    ),
    ({"tools": [{"type": "web_search"}]}, "tools[0].type", "invalid_value"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools[0].name", "missing_required_parameter"),
    ({"tools": [TOOL | {"parameters": {"type": "string"}}]}, "tools[0].parameters", "invalid_function_parameters"),
    ({"tools": [TOOL | {"strict": True}]}, "tools[0].parameters", "invalid_function_parameters"),
]


@each_line(("body", "param", "code"), FORM)
async def test_no_model_accepts(ask: Post, body: dict[str, Any], param: str, code: str | None) -> None:
    """What is missing, unknown, of the wrong form or contradicts itself is a 400 that names it."""
    response = await ask(**body)
    error = response.json()["error"]
    assert response.status_code == 400
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)


MODEL_RULES: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("gpt-4o", {"reasoning": {"effort": "low"}}, "reasoning.effort", "unsupported_parameter"),
    ("gpt-4o", {"reasoning": {"summary": "auto"}}, "reasoning.summary", "unsupported_parameter"),
    ("gpt-4o", {"text": {"verbosity": "low"}}, "text.verbosity", "unsupported_value"),
    ("gpt-4-turbo", {"text": schema_format()}, "text.format", None),
    ("gpt-4", {"input": "a " * 8_200}, "input", "context_length_exceeded"),
    ("gpt-4", {"input": "a " * 8_200, "truncation": "auto"}, "input", "context_length_exceeded"),
    ("o1-preview", {"instructions": "Be short."}, "instructions", "unsupported_parameter"),
    ("o1-preview", {"input": [{"role": "developer", "content": "x"}]}, "input[0].role", "unsupported_value"),
    ("o1-preview", {"tools": [TOOL]}, "tools", "unsupported_parameter"),
    ("gpt-6.2-sol", {"service_tier": "flex"}, "service_tier", "unsupported_value"),
    ("gpt-6.2-astra", {"service_tier": "ultrafast"}, "service_tier", "unsupported_value"),
    ("gpt-6-luna", {"service_tier": "ultrafast"}, "service_tier", "unsupported_value"),
    ("gpt-4o", {"prompt_cache_options": {}}, "prompt_cache_options", "unsupported_parameter"),
    (
        "gpt-4o",
        {"input": [USER | {"content": [MARKED]}]},
        "input[0].content.prompt_cache_breakpoint",
        "unsupported_parameter",
    ),
    ("gpt-6-luna", {"temperature": 0.2}, "temperature", "unsupported_parameter"),
    ("gpt-6-luna", {"top_p": 0.2, "reasoning": {"effort": "low"}}, "top_p", "unsupported_parameter"),
    ("gpt-6-luna", {"reasoning": {"effort": "minimal"}}, "reasoning.effort", "unsupported_value"),
    ("gpt-6-luna", {"reasoning": {"effort": "some"}}, "reasoning.effort", "invalid_value"),
    ("gpt-6.1-sol", {"reasoning": {"effort": "none"}}, "reasoning.effort", "unsupported_value"),
    ("gpt-6-astra", {"reasoning": {"effort": "none"}}, "reasoning.effort", "unsupported_value"),
    ("gpt-6-luna", {"max_output_tokens": 128_001}, "max_output_tokens", "integer_above_max_value"),
]


@each_line(("model", "body", "param", "code"), MODEL_RULES)
async def test_this_model_does_not_accept(
    ask_before_shutdowns: Post, model: str, body: dict[str, Any], param: str, code: str | None
) -> None:
    """Each family refuses what it cannot do."""
    response = await ask_before_shutdowns(model=model, **body)
    error = response.json()["error"]
    assert response.status_code == 400
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("gpt-4o", {"input": [{"role": "developer", "content": "Be short."}, USER], "temperature": 0.2, "top_p": 0.5}),
    ("gpt-4o", {"input": [{"role": "system", "content": [{"type": "input_text", "text": "x"}]}, USER]}),
    ("gpt-4o", {"input": [USER, CALL, OUTPUT, USER]}),
    ("gpt-4o", {"input": [USER, THOUGHT, CALL, OUTPUT]}),
    ("gpt-4o", {"tool_choice": "auto", "max_output_tokens": 16}),
    ("gpt-4o", {"conversation": None, "previous_response_id": None, "reasoning": None}),
    ("gpt-6-luna", {"reasoning": {"effort": "none"}, "temperature": 0.2}),
    ("gpt-6-luna", {"reasoning": {"effort": "max"}, "tools": [TOOL]}),
    ("gpt-6.1-sol", {"tools": [TOOL]}),
    ("gpt-6.2-sol", {"tools": [TOOL], "reasoning": {"effort": "max"}, "safety_identifier": "x" * 128}),
    (
        "gpt-6.2-astra",
        {"input": [USER | {"content": [MARKED | {"prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}}]}]},
    ),
    ("gpt-6-astra", {"tools": [TOOL], "reasoning": {"effort": "high", "context": "all_turns"}}),
    ("gpt-4-turbo", {"text": {"format": {"type": "json_object"}}, "input": "Some JSON, please."}),
    ("o1-preview", {"input": [USER, {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, USER]}),
]


@each_line(("model", "body"), ACCEPTED)
async def test_this_model_accepts(ask_before_shutdowns: Post, model: str, body: dict[str, Any]) -> None:
    """The counterpart: what a family can do is answered; tools go with every effort."""
    response = await ask_before_shutdowns(model=model, **body)
    assert response.status_code == 200, response.text


async def test_the_sdk_sees_the_refusal(openai: AsyncOpenAI) -> None:
    """Its own exception carries the parameter and the code, where a stream was asked for as well."""
    with pytest.raises(BadRequestError) as refused:
        await openai.responses.create(model="gpt-4o", input="Hello.", max_output_tokens=1, stream=True)
    assert (refused.value.param, refused.value.code) == ("max_output_tokens", "integer_below_min_value")


async def test_nothing_is_kept_to_refer_to(ask: Post) -> None:
    """An item named by its id is not found."""
    response = await ask(input=[USER, {"type": "item_reference", "id": "msg_1"}])
    assert (response.status_code, response.json()["error"]["param"]) == (404, "input")


@pytest.mark.parametrize("model", ["gpt-7", "gpt-4-turbo", "text-embedding-3-small"])
async def test_a_model_must_be_one_that_answers(openai: AsyncOpenAI, model: str) -> None:
    """Unknown, shut down, or one that has no words."""
    with pytest.raises(NotFoundError) as unknown:
        await openai.responses.create(model=model, input="Hello.")
    assert unknown.value.param == "model"


async def test_a_refused_request_costs_nothing(ask: Post, simulator: Simulator) -> None:
    """And is kept to be looked at all the same."""
    await ask(max_output_tokens=1)
    assert simulator.account.bills == []
    assert simulator.requests[-1]["max_output_tokens"] == 1
