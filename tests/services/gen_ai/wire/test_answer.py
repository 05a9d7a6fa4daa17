from typing import Any

import orjson
import pytest

from app.services.gen_ai.wire.answer import open_envelope, read_completion
from app.services.gen_ai.wire.messages import Completion, Envelope, UnreadableAnswerError
from tests.fakes.scripted_upstream import USAGE, completion
from tests.tables import each_line


def opened(**content: Any) -> Envelope:
    return open_envelope(orjson.dumps(content))


def test_the_envelope_holds_what_is_billed() -> None:
    """Id, the name that answered, the tier and the usage, as the answer says them."""
    envelope = open_envelope(completion("Hello.").content)
    assert (envelope.upstream_id, envelope.answered_as) == ("chatcmpl-1", "gpt-4o-mini-2024-07-18")
    assert (envelope.service_tier, envelope.usage) == ("default", USAGE)
    assert read_completion(envelope) == Completion("Hello.", None, "stop")


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
    "cut off": ({"message": {"content": "Hi"}, "finish_reason": "length"}, Completion("Hi", None, "length")),
    "nothing": ({"message": {}}, Completion("", None, None)),
    "a list of parts": ({"message": {"content": [{"text": "Hi."}]}}, Completion("Hi.", None, None)),
}


@pytest.mark.parametrize(("choice", "said"), SAID.values(), ids=SAID.keys())
def test_the_first_choice_is_what_was_said(choice: dict[str, Any], said: Completion) -> None:
    """Text, refusal and the reason for the end."""
    assert read_completion(opened(choices=[choice, {"message": {"content": "another"}}])) == said
