"""An answer of Chat Completions, opened in two steps: first what is billed, then what was said."""

from dataclasses import dataclass
from typing import Any

import orjson

from app.services.gen_ai.wire.messages import ToolCall, read_calls


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the ledger needs of an answer, read without looking at what was said. None: the answer does not say."""

    upstream_id: str | None
    answered_as: str | None
    service_tier: str | None
    usage: dict[str, Any] | None
    choices: list[Any]


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model said: a text, a refusal, or what it wants to look up.

    `finish_reason` `length` means that it was cut off.
    """

    text: str
    refusal: str | None
    finish_reason: str | None
    calls: tuple[ToolCall, ...] = ()


EMPTY_COMPLETION = Completion("", None, None)


class UnreadableAnswerError(ValueError):
    """A 2xx answer that is no answer: HTML, cut JSON, or an object without choices."""


def open_envelope(body: bytes) -> Envelope:
    """Reads the outside of an answer.

    Raises:
        UnreadableAnswerError: the body is not a JSON object.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableAnswerError(f"not JSON, but {_glimpse(body)}") from error
    if not isinstance(content, dict):
        raise UnreadableAnswerError("JSON, but not an object")
    usage, choices = content.get("usage"), content.get("choices")
    return Envelope(
        upstream_id=_text(content.get("id")),
        answered_as=_text(content.get("model")),
        service_tier=_text(content.get("service_tier")),
        usage=usage if isinstance(usage, dict) else None,
        choices=choices if isinstance(choices, list) else [],
    )


def read_completion(envelope: Envelope) -> Completion:
    """Reads the first choice.

    Raises:
        UnreadableAnswerError: there is no choice with a message in it.
    """
    choice = envelope.choices[0] if envelope.choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise UnreadableAnswerError("an answer without a message")
    return Completion(
        text=_text(message.get("content")) or "",
        refusal=_text(message.get("refusal")),
        finish_reason=_text(choice.get("finish_reason")),
        calls=read_calls(message.get("tool_calls")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _glimpse(body: bytes) -> str:
    return "HTML" if body.lstrip()[:1] == b"<" else "nothing" if not body.strip() else "cut or malformed text"
