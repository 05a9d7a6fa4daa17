"""What the API refuses: each row is a request, and the status, parameter and code of its refusal."""

from datetime import UTC, datetime
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError

from app.clock import FixedClock
from tests.simulator.conftest import Post
from tests.tables import each_line

USER = {"role": "user", "content": "Say hello."}
CALL: dict[str, Any] = {
    "role": "assistant",
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}],
}
TOOL = {"type": "function", "function": {"name": "f"}}
MARKED = {"type": "text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit"}}


@pytest.fixture
def post_before_shutdowns(post: Post, clock: FixedClock) -> Post:
    clock.move_to(datetime(2025, 7, 1, tzinfo=UTC))
    return post


def schema_format(schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    described = {"name": "answer", "schema": schema or {"type": "object"}} | more
    return {"type": "json_schema", "json_schema": described}


FORM = [
    ({"model": None}, "model", "invalid_type"),
    ({"messages": []}, "messages", "empty_array"),
    ({"messages": [{"content": "x"}]}, "messages[0].role", "missing_required_parameter"),
    ({"messages": [{"role": "boss", "content": "x"}]}, "messages[0].role", "invalid_value"),
    ({"messages": [USER | {"mood": "good"}]}, "messages[0].mood", "unknown_parameter"),
    ({"messages": [{"role": "user"}]}, "messages[0].content", "invalid_value"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content", "invalid_value"),
    ({"colour": "red"}, "colour", "unknown_parameter"),
    ({"safety_identifier": "x" * 129}, "safety_identifier", "string_above_max_length"),
    ({"prompt_cache_options": {"mode": "some"}}, "prompt_cache_options.mode", "invalid_value"),
    ({"prompt_cache_options": {"ttl": "12h"}}, "prompt_cache_options.ttl", "invalid_value"),
    ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "invalid_type"),
    (
        {"messages": [{"role": "user", "content": [MARKED | {"prompt_cache_breakpoint": {"mode": "implicit"}}]}]},
        "messages[0].content",
        "invalid_value",
    ),
    (
        {"messages": [USER | {"content": [MARKED | {"prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}}]}]},
        "messages[0].content",
        "invalid_value",
    ),
    (
        {"messages": [USER | {"content": [MARKED | {"prompt_cache_breakpoint": True}]}]},
        "messages[0].content",
        "invalid_value",
    ),
    (
        {"messages": [USER | {"prompt_cache_breakpoint": {"mode": "explicit"}}]},
        "messages[0].prompt_cache_breakpoint",
        "unknown_parameter",
    ),
    (
        {"tools": [TOOL | {"prompt_cache_breakpoint": {"mode": "explicit"}}]},
        "tools[0].prompt_cache_breakpoint",
        "unknown_parameter",
    ),
    ({"temperature": "hot"}, "temperature", "invalid_type"),
    ({"temperature": 2.5}, "temperature", "decimal_above_max_value"),
    ({"top_p": -0.1}, "top_p", "decimal_below_min_value"),
    ({"max_completion_tokens": 0}, "max_completion_tokens", "integer_below_min_value"),
    ({"service_tier": "first"}, "service_tier", "invalid_value"),
    ({"n": 0}, "n", "integer_below_min_value"),
    ({"n": 129}, "n", "integer_above_max_value"),
    ({"metadata": {"k": "v" * 513}}, "metadata.k", "string_above_max_length"),
    ({"logprobs": True}, "logprobs", "unsupported_parameter"),
    ({"stream_options": {"include_usage": True}}, "stream_options", None),
    ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
    (
        {"response_format": {"type": "json_schema"}},
        "response_format.json_schema",
        "missing_required_parameter",
    ),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "answer"}}},
        "response_format.json_schema.schema",
        "missing_required_parameter",
    ),
    ({"response_format": schema_format(name="my answer")}, "response_format.json_schema.name", "invalid_value"),
    ({"response_format": schema_format(strict=True)}, "response_format", "invalid_json_schema"),
    ({"response_format": {"type": "json_object"}}, "messages", None),
    ({"tool_choice": "auto"}, "tool_choice", None),
    ({"parallel_tool_calls": True}, "parallel_tool_calls", None),
    ({"tools": [TOOL], "tool_choice": {"type": "function"}}, "tool_choice", "invalid_value"),
    (
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
        "tool_choice",
        "invalid_value",
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "strict": True, "parameters": {"type": "object"}}}]},
        "tools[0].function.parameters",
        "invalid_function_parameters",
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "string"}}}]},
        "tools[0].function.parameters",
        "invalid_function_parameters",
    ),
    (
        {"tools": [TOOL, {"type": "function", "function": {"name": "g", "parameters": {}}}]},
        "tools[1].function.parameters",
        "invalid_function_parameters",
    ),
    ({"tools": [{"type": "function", "function": {"name": "my tool"}}]}, "tools[0].function.name", "invalid_value"),
    ({"tools": [{"type": "function"}]}, "tools[0].function", "missing_required_parameter"),
    ({"messages": [CALL | {"tool_calls": []}]}, "messages[0].tool_calls", "empty_array"),
    (
        {"messages": [USER, {"role": "assistant", "tool_calls": [CALL["tool_calls"][0] | {"id": "i" * 41}]}]},
        "messages[1].tool_calls[0].id",
        "string_above_max_length",
    ),
    ({"messages": [USER, CALL, {"role": "tool", "content": "4", "tool_call_id": "c2"}]}, "messages[2].role", None),
    ({"messages": [{"role": "tool", "content": "4", "tool_call_id": "c1"}]}, "messages[0].role", None),
    ({"messages": [CALL, USER]}, "messages[1].role", None),
    ({"messages": [USER, CALL]}, "messages", None),
]


@each_line(("body", "param", "code"), FORM)
async def test_no_model_accepts(post: Post, body: dict[str, Any], param: str, code: str | None) -> None:
    """What is missing, unknown, of the wrong form or contradicts itself is a 400 that names it."""
    response = await post(**body)
    error = response.json()["error"]
    assert response.status_code == 400
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)


MODEL_RULES = [
    ("o1-preview", {"messages": [{"role": "system", "content": "x"}, USER]}, "messages[0].role", "unsupported_value"),
    ("o1-preview", {"messages": [{"role": "developer", "content": "x"}]}, "messages[0].role", "unsupported_value"),
    ("o1-preview", {"max_tokens": 100}, "max_tokens", "unsupported_parameter"),
    ("o1-preview", {"temperature": 0.2}, "temperature", "unsupported_parameter"),
    ("o1-preview", {"top_p": 0.2}, "top_p", "unsupported_parameter"),
    ("o1-preview", {"reasoning_effort": "low"}, "reasoning_effort", "unsupported_parameter"),
    ("o1-preview", {"tools": [TOOL]}, "tools", "unsupported_parameter"),
    ("o1-preview", {"response_format": {"type": "json_object"}}, "response_format", None),
    ("o1-preview", {"response_format": schema_format()}, "response_format", None),
    ("gpt-4o", {"messages": [{"role": "developer", "content": "x"}]}, "messages[0].role", "unsupported_value"),
    ("gpt-4o", {"max_tokens": 9, "max_completion_tokens": 9}, "max_tokens", "invalid_parameter_combination"),
    ("gpt-4o", {"max_tokens": 16_385}, "max_tokens", "integer_above_max_value"),
    ("gpt-4o", {"reasoning_effort": "none"}, "reasoning_effort", "unsupported_parameter"),
    ("gpt-4o", {"verbosity": "low"}, "verbosity", "unsupported_parameter"),
    ("gpt-4-turbo", {"response_format": schema_format()}, "response_format", None),
    ("gpt-4-turbo", {"max_completion_tokens": 4_097}, "max_completion_tokens", "integer_above_max_value"),
    ("gpt-4", {"response_format": schema_format()}, "response_format", None),
    ("gpt-4", {"max_tokens": 8_190}, "messages", "context_length_exceeded"),
    ("gpt-6-luna", {"max_tokens": 100}, "max_tokens", "unsupported_parameter"),
    ("gpt-6-luna", {"temperature": 0.2}, "temperature", "unsupported_parameter"),
    ("gpt-6-luna", {"frequency_penalty": 0.1}, "frequency_penalty", "unsupported_parameter"),
    ("gpt-6-luna", {"presence_penalty": -0.1, "reasoning_effort": "low"}, "presence_penalty", "unsupported_parameter"),
    ("gpt-6-luna", {"tools": [TOOL]}, "reasoning_effort", None),
    ("gpt-6-sol", {"tools": [TOOL], "reasoning_effort": "medium"}, "reasoning_effort", None),
    ("gpt-5.6", {"tools": [TOOL]}, "reasoning_effort", None),
    ("gpt-6.1-terra", {"tools": [TOOL], "reasoning_effort": "none"}, "reasoning_effort", None),
    ("gpt-6-astra", {"tools": [TOOL], "reasoning_effort": "low"}, "reasoning_effort", None),
    ("gpt-6.2-sol", {"tools": [TOOL]}, "reasoning_effort", None),
    ("gpt-6.2-astra", {"tools": [TOOL], "reasoning_effort": "xhigh"}, "reasoning_effort", None),
    ("gpt-6.2-astra", {"stop": "."}, "stop", "unsupported_parameter"),
    ("gpt-6-luna", {"reasoning_effort": "minimal"}, "reasoning_effort", "unsupported_value"),
    ("gpt-6.2-sol", {"reasoning_effort": "none"}, "reasoning_effort", "unsupported_value"),
    ("gpt-6.2-sol", {"reasoning_effort": "max"}, "reasoning_effort", "unsupported_value"),
    ("gpt-5.6-terra", {"reasoning_effort": "max"}, "reasoning_effort", "unsupported_value"),
    ("gpt-6.2-sol", {"service_tier": "flex"}, "service_tier", "unsupported_value"),
    ("gpt-4o", {"service_tier": "flex"}, "service_tier", "unsupported_value"),
    ("gpt-4-turbo", {"service_tier": "priority"}, "service_tier", "unsupported_value"),
    ("gpt-6.2-sol", {"service_tier": "ultrafast"}, "service_tier", "invalid_value"),
    ("gpt-4o", {"prompt_cache_options": {"mode": "explicit"}}, "prompt_cache_options", "unsupported_parameter"),
    (
        "gpt-4o",
        {"messages": [{"role": "user", "content": [MARKED]}]},
        "messages[0].content.prompt_cache_breakpoint",
        "unsupported_parameter",
    ),
    ("gpt-6.1-sol", {"temperature": 0.2}, "temperature", "unsupported_parameter"),
    ("gpt-6.1-sol", {"reasoning_effort": "none"}, "reasoning_effort", "unsupported_value"),
    ("gpt-6-luna", {"reasoning_effort": "max"}, "reasoning_effort", "unsupported_value"),
    ("gpt-6-luna", {"max_completion_tokens": 128_001}, "max_completion_tokens", "integer_above_max_value"),
]


@each_line(("model", "body", "param", "code"), MODEL_RULES)
async def test_this_model_does_not_accept(
    post_before_shutdowns: Post, model: str, body: dict[str, Any], param: str, code: str | None
) -> None:
    """Each family refuses what it cannot do."""
    response = await post_before_shutdowns(model=model, **body)
    error = response.json()["error"]
    assert response.status_code == 400
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)


ACCEPTED = [
    ("gpt-4o", {"max_tokens": 16_384, "temperature": 0.2}),
    ("gpt-4o", {"max_completion_tokens": 16_384, "top_p": 1}),
    ("gpt-4o", {"response_format": schema_format()}),
    ("gpt-4o", {"tools": [{"type": "function", "function": {"name": "f", "strict": True}}], "tool_choice": "none"}),
    ("gpt-4-turbo", {"messages": [{"role": "system", "content": "Answer in JSON."}, USER]}),
    ("o1-preview", {"max_completion_tokens": 1_000, "stream": True}),
    ("gpt-6-luna", {"messages": [{"role": "developer", "content": "Be short."}, USER], "verbosity": "low"}),
    ("gpt-6-luna", {"messages": [{"role": "system", "content": [{"type": "text", "text": "Be short."}]}, USER]}),
    ("gpt-6-luna", {"reasoning_effort": "none", "temperature": 0.2, "top_p": 0.9}),
    ("gpt-6-luna", {"reasoning_effort": "none", "tools": [TOOL]}),
    ("gpt-6-astra", {"reasoning_effort": "xhigh"}),
    ("gpt-6.2-sol", {"frequency_penalty": 0, "presence_penalty": 0}),
    ("gpt-6-luna", {"frequency_penalty": 0.1, "reasoning_effort": "none"}),
    ("gpt-5.6", {"reasoning_effort": "none", "tools": [TOOL]}),
    ("gpt-6.2-sol", {"verbosity": "high", "store": False, "safety_identifier": "x" * 128, "metadata": {"a": "b"}}),
    ("gpt-6.2-astra", {"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}, "prompt_cache_key": "k"}),
    ("gpt-6-luna", {"messages": [{"role": "system", "content": [MARKED]}, USER | {"content": [MARKED]}]}),
    ("gpt-4o-mini", {"messages": [USER, CALL, {"role": "tool", "content": "4", "tool_call_id": "c1"}]}),
    ("gpt-4o-mini", {"temperature": None, "response_format": {"type": "text"}, "user": "u", "stop": None}),
]


@each_line(("model", "body"), ACCEPTED)
async def test_this_model_accepts(post_before_shutdowns: Post, model: str, body: dict[str, Any]) -> None:
    """The counterpart: what a family can do is answered."""
    response = await post_before_shutdowns(model=model, **body)
    assert response.status_code == 200, response.text


async def test_the_refusal_of_tools_points_to_responses(openai: AsyncOpenAI) -> None:
    """In OpenAI's words, for a model that has no effort none as well."""
    tools: Any = [TOOL]
    for model in ("gpt-6-luna", "gpt-6.2-sol"):
        with pytest.raises(BadRequestError, match="use /v1/responses or set reasoning_effort to 'none'") as refused:
            await openai.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "Hello."}], tools=tools
            )
        assert (refused.value.type, refused.value.code) == ("invalid_request_error", None)


async def test_the_required_parameters_are_missed(openai: AsyncOpenAI) -> None:
    """The SDK's own exception carries the parameter and the code."""
    with pytest.raises(BadRequestError) as refused:
        await openai.post("/chat/completions", body={"model": "gpt-4o"}, cast_to=object)
    assert (refused.value.param, refused.value.code) == ("messages", "missing_required_parameter")


async def test_the_prompt_has_a_limit_of_its_own(post: Post) -> None:
    """gpt-6 has room for 1,050,000 tokens, of which 922,000 may be prompt."""
    response = await post(model="gpt-6-luna", messages=[{"role": "user", "content": "a " * 922_000}])
    assert response.json()["error"]["code"] == "context_length_exceeded"
