"""Opens an answer of any wire: what is billed. What was said is left to its wire."""

from dataclasses import replace
from typing import Any

from app.services.gen_ai.rules.pricing import (
    TokenUsage,
    UsageInconsistentError,
    counts_input,
    counts_output,
    read_usage,
)
from app.services.gen_ai.wire.loose_json import read_json, text_or_empty, text_or_none
from app.services.gen_ai.wire.messages import (
    Completion,
    Envelope,
    StreamFailure,
    UnreadableAnswerError,
    arguments_text,
)

_LONGEST_MESSAGE = 4000
"""Characters, far more than are shown: a key that is cut in half would not be found."""


def open_envelope(body: bytes) -> Envelope:
    """Reads the outside of an answer.

    Raises:
        UnreadableAnswerError: the body is not a JSON object.
    """
    try:
        content = read_json(body)
    except ValueError as error:
        raise UnreadableAnswerError(f"not JSON, but {_glimpse(body)}") from error
    if not isinstance(content, dict):
        raise UnreadableAnswerError("JSON, but not an object")
    choices = content.get("choices")
    choices = choices if isinstance(choices, list) else []
    is_response = isinstance(content.get("output"), list) or content.get("object") == "response"
    return Envelope(
        upstream_id=text_or_none(content.get("id")),
        answered_as=text_or_none(content.get("model")),
        service_tier=text_or_none(content.get("service_tier")),
        usage=_usage(content, choices),
        choices=choices,
        response=content if is_response else None,
        failure=find_failure(content),
    )


def with_outside(said: Completion, envelope: Envelope) -> Completion:
    """What was said, with what the answer tells of itself."""
    return replace(
        said,
        usage=_buckets(envelope.usage),
        model=envelope.answered_as,
        service_tier=envelope.service_tier,
        completion_id=envelope.upstream_id,
    )


def _buckets(usage: dict[str, Any] | None) -> TokenUsage | None:
    try:
        return None if usage is None else read_usage(usage)
    except UsageInconsistentError:
        return None


def content_text(content: object) -> str:
    """The text of a message's content: a text, or a list of parts. What was thought aloud is no part of the answer."""
    if isinstance(content, str):
        return text_or_empty(content)
    # Joined before it is mended: a character may be cut over two parts.
    return text_or_empty("".join(part["text"] for part in content_parts(content) if _is_text(part)))


def content_parts(content: object) -> list[dict[str, Any]]:
    parts = content if isinstance(content, list) else [content]
    return [{"text": part} if isinstance(part, str) else part for part in parts if isinstance(part, dict | str)]


def _is_text(part: dict[str, Any]) -> bool:
    return isinstance(part.get("text"), str) and part.get("type", "text") in ("text", "output_text")


def written(message: object) -> str:
    """All that a message, or a piece of one, has of the model's output, whatever it is for: it is billed alike."""
    if not isinstance(message, dict):
        return ""
    calls = message.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    called = [function for function in (*functions, message.get("function_call")) if isinstance(function, dict)]
    return "".join(
        (
            thought(message),
            content_text(message.get("content")),
            text_or_empty(message.get("refusal")),
            *(text_or_empty(function.get("name")) + arguments_text(function.get("arguments")) for function in called),
        )
    )


def thought(message: dict[str, Any]) -> str:
    """What compatible servers show of the reasoning, under either of its two names."""
    return text_or_empty(message.get("reasoning_content")) or text_or_empty(message.get("reasoning"))


def find_failure(content: dict[str, Any]) -> StreamFailure | None:
    """The error that an object is, or carries, or ends with; None where all is well."""
    error = content.get("error")
    is_error = content.get("object") == "error" or content.get("type") == "error"
    ended_so = content.get("finish_reason") == "error" or content.get("status") == "failed"
    if error in (None, "", False) and not is_error and not ended_so:
        return None
    told = error if isinstance(error, dict) else content if is_error else {"message": error}
    code = told.get("code") or told.get("type")
    message = text_or_none(told.get("message")) or "it gives no reason"
    return StreamFailure(
        str(code) if isinstance(code, str | int) else None, message[:_LONGEST_MESSAGE], text_or_none(told.get("param"))
    )


def _usage(content: dict[str, Any], choices: list[Any]) -> dict[str, Any] | None:
    """The usage of an answer; Moonshot puts it into the choice. A placeholder is none."""
    places = [content, *(choices if len(choices) == 1 else ())]
    told = [usage for place in places if isinstance(place, dict) and isinstance(usage := place.get("usage"), dict)]
    counted = next((usage for usage in told if counts_output(usage)), None)
    return counted or next((usage for usage in told if not _is_placeholder(usage, content, choices)), None)


def _is_placeholder(usage: dict[str, Any], content: dict[str, Any], choices: list[Any]) -> bool:
    """Whether a usage without output stands beside something that was said, or one without input beside vectors."""
    said = any(written(choice.get("message")) for choice in choices if isinstance(choice, dict))
    return said or bool(content.get("output")) or (bool(content.get("data")) and not counts_input(usage))


def _glimpse(body: bytes) -> str:
    return "HTML" if body.lstrip()[:1] == b"<" else "nothing" if not body.strip() else "cut or malformed text"
