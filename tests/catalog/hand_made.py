"""Requests written by hand from the pages of facts: what OpenAI refuses of each, and some that it takes."""

from typing import Any

from tests.catalog.oracle_rules import WireName

OBJECT = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
LOOSE = {"type": "object", "properties": {"x": {"type": "string"}}}
CHAT_TOOL = {"type": "function", "function": {"name": "look", "parameters": OBJECT, "strict": True}}
TOOL = {"type": "function", "name": "look", "parameters": OBJECT, "strict": True}


def asked(wire: WireName, model: str, **more: Any) -> dict[str, Any]:
    """The plainest request, and what is changed of it."""
    said = [{"role": "user", "content": "Hello; answer with json"}]
    plain = {"input": said, "store": False} if wire == "responses" else {"messages": said}
    return {"model": model, **plain, **more}


def effort_on(wire: WireName, effort: str) -> dict[str, Any]:
    return {"reasoning": {"effort": effort}} if wire == "responses" else {"reasoning_effort": effort}


REFUSED: list[tuple[WireName, str, dict[str, Any], str]] = [
    ("chat_completions", "gpt-7", {}, "model"),
    ("responses", "text-embedding-3-small", {}, "model"),
    # sampling at an effort
    ("chat_completions", "gpt-6-luna", {"temperature": 0}, "temperature"),
    ("chat_completions", "gpt-6-luna", {"reasoning_effort": "low", "top_p": 1}, "top_p"),
    ("chat_completions", "gpt-6-luna", {"logprobs": True}, "logprobs"),
    ("chat_completions", "gpt-6-luna", {"presence_penalty": 0.1}, "presence_penalty"),
    ("responses", "gpt-6.1-terra", {"reasoning": {"effort": "low"}, "temperature": 1}, "temperature"),
    ("responses", "o1-preview", {"temperature": 1}, "temperature"),
    ("chat_completions", "gpt-6-astra", {"stop": ["\n"]}, "stop"),
    ("responses", "gpt-4o", {"stop": ["\n"]}, "stop"),
    # limits
    ("responses", "gpt-6-luna", {"max_output_tokens": 15}, "max_output_tokens"),
    ("responses", "gpt-6-luna", {"max_output_tokens": 128_001}, "max_output_tokens"),
    ("responses", "gpt-6-luna", {"max_completion_tokens": 100}, "max_completion_tokens"),
    ("chat_completions", "gpt-4o", {"max_completion_tokens": 16_385}, "max_completion_tokens"),
    ("chat_completions", "gpt-4o", {"max_completion_tokens": 0}, "max_completion_tokens"),
    ("chat_completions", "gpt-6-luna", {"max_tokens": 100}, "max_tokens"),
    ("chat_completions", "gpt-4o", {"max_tokens": 1, "max_completion_tokens": 1}, "max_tokens"),
    # tiers
    ("chat_completions", "gpt-6.2-sol", {"service_tier": "flex"}, "service_tier"),
    ("responses", "gpt-6.2-astra", {"service_tier": "flex"}, "service_tier"),
    ("responses", "gpt-4o", {"service_tier": "flex"}, "service_tier"),
    ("responses", "gpt-6-luna", {"service_tier": "batch"}, "service_tier"),
    ("chat_completions", "gpt-6.1-sol", {"service_tier": "ultrafast"}, "service_tier"),
    ("responses", "gpt-6-luna", {"service_tier": "ultrafast"}, "service_tier"),
    ("responses", "gpt-6.2-astra", {"service_tier": "ultrafast"}, "service_tier"),
    # what the answer must be
    ("chat_completions", "gpt-4", {"response_format": {"type": "json_object"}}, "response_format"),
    ("responses", "o1-preview", {"text": {"format": {"type": "json_object"}}}, "text.format"),
    ("chat_completions", "gpt-4o", {"response_format": {"type": "json_object"}, "messages": [{"role": "user",
        "content": "Hi"}]}, "messages"),
    ("responses", "gpt-4o", {"text": {"format": {"type": "json_object"}}, "input": "Hi"}, "input"),
    ("chat_completions", "gpt-4-turbo", {"response_format": {"type": "json_schema", "json_schema": {"name": "a",
        "schema": OBJECT}}}, "response_format"),
    ("chat_completions", "gpt-4o", {"response_format": {"type": "json_schema", "name": "a", "schema": OBJECT}},
        "response_format"),
    ("responses", "gpt-4o", {"text": {"format": {"type": "json_schema", "json_schema": {"name": "a"}}}},
        "text.format"),
    ("responses", "gpt-4o", {"text": {"format": {"type": "json_schema", "name": "a", "strict": True,
        "schema": LOOSE}}}, "text.format"),
    ("chat_completions", "gpt-4o", {"verbosity": "low"}, "verbosity"),
    ("responses", "gpt-6-luna", {"text": {"verbosity": "terse"}}, "text.verbosity"),
    ("responses", "gpt-6-luna", {"response_format": {"type": "text"}}, "response_format"),
    # tools
    ("chat_completions", "gpt-4o", {"tools": [TOOL]}, "tools[0]"),
    ("responses", "gpt-4o", {"tools": [CHAT_TOOL]}, "tools[0]"),
    ("responses", "gpt-4o", {"tools": [TOOL | {"parameters": LOOSE}]}, "tools[0].parameters"),
    ("responses", "o1-preview", {"tools": [TOOL]}, "tools"),
    ("chat_completions", "gpt-4o", {"tool_choice": "required"}, "tool_choice"),
    ("responses", "gpt-4o", {"tools": [TOOL], "tool_choice": {"type": "function", "name": "x"}}, "tool_choice"),
    # roles and turns
    ("chat_completions", "o1-preview", {"messages": [{"role": "system", "content": "x"}]}, "messages[0].role"),
    ("chat_completions", "gpt-4", {"messages": [{"role": "developer", "content": "x"}]}, "messages[0].role"),
    ("responses", "o1-preview", {"input": [{"role": "developer", "content": "x"}]}, "input[0].role"),
    ("responses", "gpt-6-luna", {"input": [{"role": "tool", "content": "x"}]}, "input[0].role"),
    ("responses", "gpt-6-luna", {"input": []}, "input"),
    ("chat_completions", "gpt-6-luna", {"messages": []}, "messages"),
    ("chat_completions", "gpt-4o", {"messages": [{"role": "assistant", "content": None}]}, "messages[0].content"),
    ("chat_completions", "gpt-4o", {"messages": [{"role": "tool", "tool_call_id": "c", "content": "x"}]},
        "messages[0].role"),
    ("chat_completions", "gpt-4o", {"messages": [{"role": "assistant", "content": None, "tool_calls": [
        {"id": "c"}]}]}, "messages"),
    ("responses", "gpt-4o", {"input": [{"role": "assistant", "content": "", "tool_calls": []}]},
        "input[0].tool_calls"),
    ("responses", "gpt-4o", {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        "input[0].content"),
    ("responses", "gpt-4o", {"input": [{"role": "assistant", "content": [{"type": "input_text"}]}]},
        "input[0].content"),
    ("responses", "gpt-6-luna", {"input": [{"type": "function_call_output", "call_id": "c"}]}, "input"),
    ("responses", "gpt-6-luna", {"input": [{"type": "function_call", "call_id": "c"}]}, "input"),
    ("responses", "gpt-6-luna", {"input": [{"type": "reasoning", "id": "r"}]}, "input[0]"),
    ("responses", "gpt-6-luna", {"input": [{"type": "item_reference", "id": "r"}]}, "input[0].type"),
    # what a gate must not leave with OpenAI
    ("responses", "gpt-6.2-sol", {"instructions": "Be brief."}, "instructions"),
    ("responses", "gpt-6.2-sol", {"store": None}, "store"),
    ("responses", "gpt-6.2-sol", {"store": True}, "store"),
    ("responses", "gpt-6.2-sol", {"previous_response_id": "resp_1"}, "previous_response_id"),
    ("responses", "gpt-6.2-sol", {"safety_identifier": "x" * 129}, "safety_identifier"),
    # streams, caches, windows
    ("chat_completions", "gpt-4o", {"stream_options": {"include_usage": True}}, "stream_options"),
    ("responses", "gpt-4o", {"stream": True, "stream_options": {"include_usage": True}},
        "stream_options.include_usage"),
    ("chat_completions", "gpt-4o", {"prompt_cache_options": {"mode": "explicit"}}, "prompt_cache_options"),
    ("chat_completions", "gpt-6-luna", {"prompt_cache_options": {"ttl": "12h"}}, "prompt_cache_options.ttl"),
    ("responses", "gpt-4o", {"input": [{"role": "user", "content": [{"type": "input_text", "text": "x",
        "prompt_cache_breakpoint": {"mode": "explicit"}}]}]}, "prompt_cache_breakpoint"),
    ("responses", "gpt-6-luna", {"background": True, "background_options": {"completion_window": "2h"}},
        "background_options"),
    ("responses", "gpt-6.2-sol", {"background_options": {"completion_window": "2h"}}, "background_options"),
    ("responses", "gpt-6.2-sol", {"background": True, "service_tier": "priority",
        "background_options": {"completion_window": "8h"}}, "background_options"),
]  # fmt: skip
"""Wire, model, what is changed of the plainest request, and the parameter at fault."""

LEGAL: list[tuple[WireName, str, dict[str, Any]]] = [
    ("responses", "gpt-6.2-sol", {"service_tier": "ultrafast", "max_output_tokens": 16}),
    ("responses", "gpt-6.2-sol", {"background": True, "background_options": {"completion_window": "8h"}}),
    ("responses", "gpt-6.1-sol", {"prompt_cache_options": {"mode": "explicit", "ttl": "12h"}}),
    ("chat_completions", "gpt-4", {"max_tokens": 100, "temperature": 2, "stop": ["x"], "tools": [CHAT_TOOL]}),
    ("chat_completions", "gpt-6-luna", {"service_tier": "fast", "verbosity": "low", "stream": True,
        "stream_options": {"include_usage": True}}),
    ("responses", "gpt-6.2-astra", {"text": {"verbosity": "high", "format": {"type": "json_schema", "name": "a",
        "strict": True, "schema": OBJECT}}, "reasoning": {"effort": "max"}, "tools": [TOOL],
        "tool_choice": "none"}),
    ("responses", "gpt-6.1-terra", {"tools": [TOOL], "input": [
        {"role": "developer", "content": [{"type": "input_text", "text": "x",
            "prompt_cache_breakpoint": {"mode": "explicit"}}]},
        {"role": "user", "content": "x"}, {"type": "reasoning", "id": "r", "summary": []},
        {"type": "function_call", "call_id": "a", "name": "look", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "b", "output": "1"},
        {"type": "function_call_output", "call_id": "a", "output": "2"}]}),
]  # fmt: skip
"""As above."""
