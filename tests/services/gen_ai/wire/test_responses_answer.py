"""A whole answer of Responses: read by the same two functions as one of Chat Completions."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response

from app.services.gen_ai.wire.answer import open_envelope
from app.services.gen_ai.wire.formats import read_completion
from app.services.gen_ai.wire.messages import Completion, Envelope, StreamFailure, ToolCall
from tests.fakes.completions import said_in
from tests.tables import each_line


def opened(content: dict[str, Any]) -> Envelope:
    return open_envelope(orjson.dumps(content))


RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1795435200, "status": "completed", "model": "gpt-6.1-terra",
    "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "service_tier": "default", "error": None,
    "incomplete_details": None, "usage": {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11,
              "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
              "output_tokens_details": {"reasoning_tokens": 0}},
}  # fmt: skip


def replied(*items: dict[str, Any]) -> dict[str, Any]:
    return RESPONSE | {"output": list(items)}


def message(*texts: str) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": parts}


REFUSED = {"id": "msg_2", "type": "message", "content": [{"type": "refusal", "refusal": "No."}]}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
OUTPUTS: dict[str, tuple[list[Any], Completion]] = {
    "a message": ([message("Hi.")], Completion("Hi.", None, "stop")),
    "thoughts first": ([{"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]},
                        message("Hi.")], Completion("Hi.", None, "stop")),
    "two messages": ([message("Good ", "day"), message(".")], Completion("Good day.", None, "stop")),
    "a refusal": ([REFUSED], Completion("", "No.", "stop")),
    "a call": ([message("Hm."), CALL], Completion("Hm.", None, "tool_calls", (ToolCall("call_1", "look", "{}"),))),
    "nothing": ([], Completion("", None, "stop")),
    "what is none": ([None, 7, {"type": "message"}, {"type": "message", "content": [7]}, {"type": "function_call"}],
                     Completion("", None, "tool_calls", (ToolCall("call_0", "_", ""),))),
}  # fmt: skip


@pytest.mark.parametrize(("output", "said"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_a_response_is_read_by_the_same_functions(output: list[Any], said: Completion) -> None:
    """What is billed stands in the same places, what was said in its own."""
    envelope = opened(RESPONSE | {"output": output})
    assert (envelope.upstream_id, envelope.answered_as, envelope.service_tier) == ("resp_1", "gpt-6.1-terra", "default")
    assert envelope.usage == RESPONSE["usage"]
    assert said_in(read_completion(envelope)) == said


@each_line(("ending", "reason"), [
    ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
    ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter"),
    ({"status": "incomplete", "incomplete_details": {"reason": "max_messages"}}, "max_messages"),
    ({"status": "incomplete", "incomplete_details": 7}, "incomplete"),
    ({"status": "queued"}, "queued"),
    ({"status": "cancelled"}, "cancelled"),
    ({"status": None}, None),
])  # fmt: skip
def test_how_a_response_ended_is_said_in_the_words_of_a_chat(ending: dict[str, Any], reason: str | None) -> None:
    """What has no such word keeps its own; only a completed one has stopped of itself."""
    assert said_in(read_completion(opened(replied(message("Hi.")) | ending))) == Completion("Hi.", None, reason)


def test_a_failed_response_is_a_failure_and_has_its_usage() -> None:
    """A 200 all the same, and billed."""
    failed = replied() | {"status": "failed", "error": {"code": "server_error", "message": "no worker"}}
    envelope = opened(failed)
    assert read_completion(envelope).failure == StreamFailure("server_error", "no worker")
    assert envelope.usage == RESPONSE["usage"]


@given(st.lists(st.lists(st.text(max_size=5), max_size=3), max_size=3))
def test_the_text_of_a_response_is_the_one_that_openais_sdk_reads(texts: list[list[str]]) -> None:
    """Its `output_text`, of any number of messages and parts."""
    answer = replied(*(message(*parts) for parts in texts))
    theirs = Response.model_validate(answer).output_text
    assert read_completion(opened(answer)).text == theirs
