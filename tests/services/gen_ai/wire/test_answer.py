import contextlib
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.wire.answer import open_envelope
from app.services.gen_ai.wire.formats import read_completion
from app.services.gen_ai.wire.messages import Completion, Envelope, StreamFailure, ToolCall, UnreadableAnswerError
from tests.fakes.completions import said_in
from tests.fakes.hostile_json import json_with
from tests.fakes.scripted_upstream import USAGE, completion
from tests.tables import each_line


def opened(**content: Any) -> Envelope:
    return open_envelope(orjson.dumps(content))


def test_the_envelope_holds_what_is_billed() -> None:
    """Id, the name that answered, the tier and the usage, as the answer says them."""
    envelope = open_envelope(completion("Hello.").content)
    assert (envelope.upstream_id, envelope.answered_as) == ("chatcmpl-1", "gpt-4o-mini-2024-07-18")
    assert (envelope.service_tier, envelope.usage) == ("default", USAGE)
    assert said_in(read_completion(envelope)) == Completion("Hello.", None, "stop")


def test_what_an_answer_does_not_say_is_none() -> None:
    """An empty object is an envelope without anything in it."""
    assert opened() == Envelope(None, None, None, None, [])
    assert opened(id=1, model=2, service_tier=3, usage=[4], choices="5") == Envelope(None, None, None, None, [])


UNREADABLE = {
    b"<html>502</html>": "not JSON, but HTML",
    b"  \n<!doctype html>": "not JSON, but HTML",
    b"": "not JSON, but nothing",
    b"   ": "not JSON, but nothing",
    b'{"id": "chatcmpl-1", "usa': "not JSON, but cut or malformed text",
    b'{"a": 1}{"b": 2}': "not JSON, but cut or malformed text",
    b"\xff\xfe": "not JSON, but cut or malformed text",
    b"[1]": "JSON, but not an object",
    b'"text"': "JSON, but not an object",
    b"null": "JSON, but not an object",
}


@each_line(("body", "reason"), UNREADABLE.items())
def test_a_body_that_is_no_answer_is_told_apart(body: bytes, reason: str) -> None:
    """A 200 with HTML, cut JSON, nothing, or JSON of another kind; the body itself is not repeated."""
    with pytest.raises(UnreadableAnswerError) as caught:
        open_envelope(body)
    assert str(caught.value) == reason


@pytest.mark.parametrize("choices", [[], None, [None], ["text"], [{}], [{"message": None}], [{"message": "Hi."}]])
def test_an_answer_without_a_message_is_unreadable(choices: Any) -> None:
    """No choices, or a choice with nothing in it."""
    with pytest.raises(UnreadableAnswerError, match="an answer without a message"):
        read_completion(opened(choices=choices))


SAID: dict[str, tuple[dict[str, Any], Completion]] = {
    "a text": ({"message": {"content": "Hi."}, "finish_reason": "stop"}, Completion("Hi.", None, "stop")),
    "a refusal": (
        {"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"},
        Completion("", "No.", "stop"),
    ),
    "a refusal that is none": (
        {"message": {"content": "Hi.", "refusal": ""}, "finish_reason": "stop"},
        Completion("Hi.", None, "stop"),
    ),
    "cut off": ({"message": {"content": "Hi"}, "finish_reason": "length"}, Completion("Hi", None, "length")),
    "nothing": ({"message": {}}, Completion("", None, None)),
    "reasons that are none": ({"message": {"content": 7}, "finish_reason": ["stop"]}, Completion("", None, None)),
    "a list of parts": (
        {"message": {"content": [{"type": "thinking", "thinking": [{"text": "Hm."}]}, {"type": "text", "text": "H"},
                                 {"text": "i."}, None, {"type": "text", "text": None}, " You."]}},
        Completion("Hi. You.", None, None),
    ),
    "one part": ({"message": {"content": {"type": "text", "text": "Hi."}}}, Completion("Hi.", None, None)),
    "arguments as an object": (
        {"message": {"tool_calls": [{"id": "a", "function": {"name": "look", "arguments": {"q": ["é", 1]}}}]}},
        Completion("", None, None, (ToolCall("a", "look", '{"q": ["é", 1]}'),)),
    ),
    "an error at its end": (
        {"message": {"content": "Half"}, "finish_reason": "error"},
        Completion("Half", None, "error", failure=StreamFailure(None, "it gives no reason")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("choice", "said"), SAID.values(), ids=SAID.keys())
def test_the_first_choice_is_what_was_said(choice: dict[str, Any], said: Completion) -> None:
    """Text, refusal and the reason for the end."""
    assert said_in(read_completion(opened(choices=[choice, {"message": {"content": "another"}}]))) == said


@each_line("body", [
    b'\xef\xbb\xbf{"choices": [{"message": {"content": "Up \\ud83d\\ude80"}}]}',
    b'{"choices": [{"message": {"content": "Up \xf0\x9f\x9a\x80"}, "logprobs": NaN}]}',
    b'{"choices": [{"message": {"content": "Up \xf0\x9f\x9a\x80"}}], "created": ' + b"9" * 5000 + b"}",
    b'{"x": "\\ud83d", "choices": [{"message": {"content": [{"text": "Up \\ud83d"}, {"text": "\\ude80"}]}}]}',
])  # fmt: skip
def test_an_answer_is_read_however_it_is_written(body: bytes) -> None:
    """A byte order mark, a NaN, a number without end, half a character somewhere: it was paid for."""
    assert read_completion(open_envelope(body)).text == "Up \U0001f680"


@each_line("body", [
    {"error": {"code": 502, "message": "no worker"}},
    {"error": {"code": 502, "message": "no worker"}, "choices": None, "usage": USAGE},
    {"choices": [{"error": {"code": 502, "message": "no worker"}}]},
])  # fmt: skip
def test_an_error_in_place_of_an_answer_is_a_failure(body: dict[str, Any]) -> None:
    """With status 200, as gateways send it; its usage is read all the same."""
    envelope = opened(**body)
    assert said_in(read_completion(envelope)) == Completion("", None, None, failure=StreamFailure("502", "no worker"))
    assert envelope.usage == body.get("usage")


def test_a_usage_within_the_choice_is_found() -> None:
    """Where there is one choice only: of several, each has a part of it at most."""
    choice = {"message": {"content": "Hi."}, "usage": USAGE}
    assert opened(choices=[choice]).usage == opened(choices=[choice], usage=ZERO).usage == USAGE
    assert opened(choices=[choice, choice]).usage is None


def test_names_that_say_nothing_are_absent() -> None:
    """An empty id is none, and so is an empty model or tier."""
    assert opened(id="", model="", service_tier="") == Envelope(None, None, None, None, [])


ZERO = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
NO_OUTPUT = {"prompt_tokens": 90, "completion_tokens": 0, "total_tokens": 90}
HI = {"choices": [{"message": {"content": "Hi."}}]}
CALLED = {"choices": [{"message": {"content": None, "tool_calls": [{"function": {"name": "look", "arguments": {}}}]}}]}
VECTORS = {"object": "list", "data": [{"embedding": [0.1, 0.2], "index": 0}]}


@each_line(("usage", "answer", "counts"), [
    (USAGE, HI, True),
    (ZERO, HI, False),
    (NO_OUTPUT, HI, False),
    (NO_OUTPUT, CALLED, False),
    ({"completion_tokens": 7}, HI, True),
    (ZERO, {"choices": []}, True),
    (NO_OUTPUT, {"choices": [{"message": {"content": ""}}]}, True),
    ({"input_tokens": 9, "output_tokens": 0}, {"output": [{"type": "message"}]}, False),
    ({"input_tokens": 9, "output_tokens": 0}, {"output": []}, True),
    ({"prompt_tokens": 9, "total_tokens": 9}, VECTORS, True),
    (ZERO, VECTORS, False),
])  # fmt: skip
def test_a_usage_that_misses_what_is_there_is_none(usage: dict[str, Any], answer: dict[str, Any], counts: bool) -> None:  # noqa: FBT001
    """No output beside a text, no input of vectors: a placeholder, and not a price of nothing."""
    assert opened(**answer, usage=usage).usage == (usage if counts else None)


def test_an_answer_of_embeddings_is_opened_too() -> None:
    """It has no id and no tier; nothing is said in it."""
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    envelope = opened(**VECTORS, model="text-embedding-3-small", usage=usage)
    assert envelope == Envelope(None, "text-embedding-3-small", None, usage, [])


VALUE = json_with(
    "usage", "message", "content", "tool_calls", "function", "arguments", "error", "type", "text", "finish_reason"
)
MEMBERS = ("id", "model", "usage", "choices", "output", "error", "status", "object", "data")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, VALUE)))
def test_no_json_makes_the_reading_raise(body: dict[str, Any]) -> None:
    """Beyond the one error that says that nothing was said; what is read can be written down."""
    envelope = open_envelope(json.dumps(body).encode())
    for name in (envelope.upstream_id, envelope.answered_as, envelope.service_tier):
        assert name is None or name.encode()
    try:
        said = read_completion(envelope)
    except UnreadableAnswerError:
        return
    (said.text + (said.refusal or "") + "".join(call.name + call.arguments for call in said.calls)).encode()


@given(st.binary(max_size=30) | st.text(max_size=30).map(str.encode))
def test_no_bytes_make_the_opening_raise(body: bytes) -> None:
    """A page, half an answer, noise."""
    with contextlib.suppress(UnreadableAnswerError):
        open_envelope(body)


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 2_000 + b"]" * 2_000, b"9" * 5_000])
def test_depth_and_length_are_no_way_to_an_exception(deep: bytes) -> None:
    """An answer nested without end is malformed; one that nests only its arguments loses those alone."""
    with pytest.raises(UnreadableAnswerError):
        open_envelope(b'{"choices": ' + deep)
    nested = b'{"a":' * 950 + b"1" + b"}" * 950
    body = b'{"choices": [{"message": {"tool_calls": [{"function": {"name": "f", "arguments": %s}}]}}]}' % nested
    assert [call.name for call in read_completion(open_envelope(body)).calls] == ["f"]
