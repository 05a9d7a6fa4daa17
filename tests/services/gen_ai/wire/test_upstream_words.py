"""What an upstream says of an error: kept whatever its form, without keys, and told apart by whom it is about."""

import json
from typing import Any

import pytest

from app.services.gen_ai.wire.messages import StreamFailure
from app.services.gen_ai.wire.upstream_words import (
    UpstreamWords,
    read_words,
    refuses_all_of_it,
    refuses_model,
    secrets_of,
    words_of,
)
from tests.fakes.scripted_upstream import KEY
from tests.tables import each_line

MODEL = "gpt-6.1-sol"
OPENAI = {
    "error": {
        "message": "Unsupported value: 'reasoning_effort' does not support 'none' with this model.",
        "type": "invalid_request_error",
        "param": "reasoning_effort",
        "code": "unsupported_value",
    }
}
FORMS: dict[str, tuple[Any, UpstreamWords]] = {
    "OpenAI": (OPENAI, UpstreamWords(**OPENAI["error"])),
    "a text": ({"error": "no such model"}, UpstreamWords("no such model")),
    "a text with a code beside it": ({"error": "busy", "code": "E7"}, UpstreamWords("busy", code="E7")),
    "FastAPI": ({"detail": "Not Found"}, UpstreamWords("Not Found")),
    "FastAPI's list": (
        {"detail": [{"loc": ["body", "model"], "msg": "missing"}]},
        UpstreamWords('{"loc": ["body", "model"], "msg": "missing"}'),
    ),
    "vLLM": (
        {"object": "error", "message": "gone", "type": "NotFoundError", "param": "model", "code": 404},
        UpstreamWords("gone", "NotFoundError", "model", "404"),
    ),
    "Google": ([{"error": {"code": 400, "message": "bad", "status": "X"}}], UpstreamWords("bad", code="400")),
    "Cloudflare": ({"errors": [{"code": 1016, "message": "DNS"}]}, UpstreamWords("DNS", code="1016")),
    "a JSON text": ("slow down", UpstreamWords("slow down")),
    "of no known form": ({"reason": {"a": [1]}}, UpstreamWords('{"reason": {"a": [1]}}')),
    "a message that is none": ({"error": {"message": {"en": "no"}}}, UpstreamWords('{"en": "no"}')),
    "a code that is none": ({"error": {"message": "x", "code": {"a": 1}, "param": True}}, UpstreamWords("x")),
}


@pytest.mark.parametrize(("body", "words"), FORMS.values(), ids=FORMS.keys())
def test_every_form_of_an_error_is_read(body: object, words: UpstreamWords) -> None:
    assert read_words(json.dumps(body).encode()) == words


RAW: list[tuple[bytes, str | None]] = [
    (b"", None),
    (b"  \n", None),
    (b"{}", None),
    (b"upstream connect error", "upstream connect error"),
    (b"<html><head><title>502 Bad &amp; Gateway</title></head><body>" + b"x" * 9000, "an HTML page: 502 Bad & Gateway"),
    (b"<!doctype html><style>p{}</style><p>Over <b>quota</b>", "an HTML page: Over quota"),
    (b"<", "an HTML page: <"),
    (b"\xff\xfe", "\ufffd\ufffd"),
    (b'{"error": "a\\u0000b\\u001b[31m\\n\\u202ec\\ud83d"}', "ab c"),
    ("모델이 없습니다".encode(), "모델이 없습니다"),
]


@pytest.mark.parametrize(("body", "message"), RAW)
def test_what_is_no_json_is_kept_as_a_glimpse(body: bytes, message: str | None) -> None:
    """One line, without control characters; of a page its title or its first words, not the page."""
    assert read_words(body).message == message


def test_what_is_kept_is_bounded() -> None:
    """However long each part of it is."""
    words = read_words(
        json.dumps({"error": dict.fromkeys(("message", "type", "param", "code"), "word " * 9000)}).encode()
    )
    assert words.message is not None
    assert words.code is not None
    assert (len(words.message), len(words.code), words.message[-1]) == (1000, 128, "…")


KEYS = [
    f"Incorrect API key provided: {KEY}.",
    "Incorrect API key provided: sk-proj-****************abcd.",
    "header was Bearer gsk_0123456789abcdef",
    f"Incorrect API key provided: \x1b[31m{KEY}\x1b[0m.",
    "my-own-server-key-77 is not known",
]


@each_line("message", KEYS)
def test_no_key_comes_back(message: str) -> None:
    """OpenAI's, one with stars in it, a bearer's, and the one that was sent, whatever it looks like; also in a code."""
    secrets = secrets_of({"authorization": "Bearer my-own-server-key-77"})
    failure = words_of(StreamFailure(message, message), secrets)
    for words in (read_words(json.dumps({"error": {"message": message, "param": message}}).encode(), secrets), failure):
        shown = repr(words)
        assert "[key]" in shown
        assert not any(part in shown for part in (KEY, "abcd", "gsk_", "my-own-server"))


def test_a_placeholder_is_no_key() -> None:
    """Where the key is `ollama`, the word may stand in what Ollama says; nor is every word with sk- in it a key."""
    secrets = secrets_of({"authorization": "Bearer ollama"})
    said = {"error": "registry.ollama.ai/x: ask-me does not support tools"}
    assert read_words(json.dumps(said).encode(), secrets).message == said["error"]


REFUSED: list[tuple[int, dict[str, Any], bool, bool]] = [
    # status, the error, whether the model is refused, and whether whatever is asked of it
    (404, {"code": "model_not_found"}, True, True),
    (403, {"code": "model_not_found"}, True, True),
    (401, {"code": "model_not_found"}, True, True),
    (400, {"code": "model_not_found", "param": "model"}, True, True),
    (404, {"code": 404, "param": "model"}, True, True),
    (404, {"message": f"model '{MODEL}' not found, try pulling it first"}, True, True),
    (403, {"message": f"Project p does not have access to model {MODEL}"}, True, True),
    (400, {"code": "unsupported_value", "param": "reasoning_effort"}, True, False),
    (400, {"code": "unsupported_value", "param": "reasoning.effort"}, True, False),
    (400, {"code": "unsupported_parameter", "param": "temperature"}, True, False),
    (400, {"code": None, "param": "reasoning_effort", "message": "Use /v1/responses"}, True, False),
    (400, {"message": f"{MODEL} does not support tools"}, True, False),
    (400, {"param": "tools", "message": "'tools' is not supported with this model"}, True, False),
    (400, {"code": 400, "message": f"{MODEL} is not a valid model ID"}, True, True),
    (400, {"code": "invalid_request_error", "message": "Model Not Exist"}, True, True),
    (400, {"message": f"/chat/completions: Invalid model name passed in model={MODEL}. Call `/v1/models`"}, True, True),
    (400, {"message": f"The answer of {MODEL} is not a valid model of the schema"}, False, False),
    (404, {"message": "Not Found"}, False, True),
    (404, {}, False, True),
    (401, {"code": "invalid_api_key", "message": f"for {MODEL}"}, False, False),
    (401, {"message": f"key for {MODEL}?"}, False, False),
    (403, {"code": "unsupported_country_region_territory"}, False, True),
    (400, {"code": "context_length_exceeded", "param": "model"}, False, True),
    (400, {"code": "content_policy_violation"}, False, False),
    (400, {"code": "invalid_prompt"}, False, False),
    (400, {"code": "integer_below_min_value", "param": "max_output_tokens"}, False, False),
    (400, {"code": "invalid_function_parameters", "param": "tools", "message": "type is not supported"}, False, False),
    (400, {"param": "input", "message": "No tool call found for call_1"}, False, False),
    (429, {"code": "model_not_found"}, False, True),
    (500, {"code": "model_not_found", "param": "model"}, False, True),
]


@pytest.mark.parametrize(("status", "error", "refused", "whole"), REFUSED)
def test_errors_about_the_model_are_told_from_others(
    status: int, error: dict[str, Any], *, refused: bool, whole: bool
) -> None:
    """Another model helps with the first only: a request that is too long, or a key that is wrong, is so for all."""
    words = read_words(json.dumps({"error": error}).encode())
    assert refuses_model(status, words, MODEL) is refused
    assert refuses_all_of_it(status, words) is whole
