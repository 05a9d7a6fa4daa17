"""Chat Completions: shapes a request, reads a whole answer, reads a stream."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from typing_extensions import override

from app.services.gen_ai.rules.model_catalog import WireProfile
from app.services.gen_ai.wire.answer import content_text, find_failure, thought, with_outside, written
from app.services.gen_ai.wire.loose_json import text_or_none
from app.services.gen_ai.wire.messages import Completion, Envelope, Message, UnreadableAnswerError, read_calls
from app.services.gen_ai.wire.stream_reader import StreamReader, Taken
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.services.gen_ai.wire.text_request import BREAKPOINT, TextRequest, openai_fields

PATH = "/chat/completions"
_LONGEST_ID = 40
"""Characters of a call's id: https://developers.openai.com/api/docs/api-reference/chat/create."""


def shape(request: TextRequest) -> dict[str, Any]:
    """The body of a request."""
    wire = request.profile.chat_completions
    assert wire is not None  # noqa: S101  whoever chose the wire has looked
    request = request.fitted(wire)
    payload: dict[str, Any] = {"model": request.record.model_id, "messages": []}
    if request.tools:
        payload["tools"] = [{"type": "function", "function": tool.described()} for tool in request.tools]
        if not request.may_call:
            payload["tool_choice"] = "none"
    if request.answer is not None and wire.structured_output != "prompt":
        payload["response_format"] = _response_format(request, wire)
    payload[request.profile.token_limit] = request.output_limit
    if request.temperature is not None:
        payload["temperature"] = request.temperature
    if request.profile.reasoning_effort is not None:
        payload["reasoning_effort"] = request.profile.reasoning_effort
    if request.streamed:
        payload |= {"stream": True, "stream_options": {"include_usage": True}}
    fields, has_breakpoint = openai_fields(request, payload.get("tools"), payload.get("response_format"))
    payload |= fields
    payload["messages"] = list(_with_roles(request, has_breakpoint=has_breakpoint))
    return payload


def _response_format(request: TextRequest, wire: WireProfile) -> dict[str, Any]:
    if request.answer is None or wire.structured_output == "json_object":
        return {"type": "json_object"}
    schema = strict_schema(request.answer)
    return {"type": "json_schema", "json_schema": {"name": request.answer_name, "strict": True, "schema": schema}}


def _with_roles(request: TextRequest, *, has_breakpoint: bool) -> Iterable[dict[str, Any]]:
    """All instructions become one first message; a family without such a role gets them before the user's own words."""
    role, instructions = request.profile.instruction_role, request.instructions
    if instructions and role != "none":
        part = {"type": "text", "text": instructions, "prompt_cache_breakpoint": BREAKPOINT}
        yield {"role": role, "content": [part] if has_breakpoint else instructions}
        instructions = ""
    for message in request.spoken:
        if instructions and message.role == "user":
            yield {"role": "user", "content": f"{instructions}\n\n{message.text}"}
            instructions = ""
        else:
            yield _as_sent(message)
    if instructions:
        yield {"role": "user", "content": instructions}


def _as_sent(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": _short(message.call_id), "content": message.text}
    if message.calls:
        calls = [replace(call, call_id=_short(call.call_id)).as_sent() for call in message.calls]
        return {"role": message.role, "content": message.text or None, "tool_calls": calls}
    return {"role": message.role, "content": message.text}


def _short(call_id: str) -> str:
    """The id of a call that another model made on Responses, where it may be longer."""
    if len(call_id) <= _LONGEST_ID:
        return call_id
    return f"call_{hashlib.blake2b(call_id.encode(), digest_size=16).hexdigest()}"


def read(envelope: Envelope) -> Completion:
    """What the first choice says.

    Raises:
        UnreadableAnswerError: nothing, not even an error.
    """
    choice = next((choice for choice in envelope.choices if isinstance(choice, dict)), {})
    message = choice.get("message")
    reason = text_or_none(choice.get("finish_reason"))
    failure = envelope.failure or find_failure(choice)
    if not isinstance(message, dict):
        if failure is None:
            raise UnreadableAnswerError("an answer without a message")
        message = {}
    said = Completion(
        text=content_text(message.get("content")),
        refusal=text_or_none(message.get("refusal")),
        finish_reason=reason,
        calls=read_calls(message.get("tool_calls"), longest_id=_LONGEST_ID),
        failure=failure,
    )
    return with_outside(said, envelope)


class ChatStreamReader(StreamReader):
    """A stream of Chat Completions: chunks, of which the last brings the usage, and `[DONE]`."""

    _longest_id = _LONGEST_ID

    @override
    def _read_whole(self, envelope: Envelope) -> Completion:
        return read(envelope)

    @override
    def _take_content(self, content: dict[str, Any]) -> Taken:
        self._fail(find_failure(content))
        choices = content.get("choices")
        choices = choices if isinstance(choices, list) else []
        text = ""
        for position, choice in enumerate(choices):
            if isinstance(choice, dict):
                text += self._take_choice(choice, position)
        self._note(content)
        if isinstance(content.get("usage"), dict):
            self._goes_on = bool(choices)
        return Taken(text, only_usage=not choices and isinstance(content.get("usage"), dict))

    def _take_choice(self, choice: dict[str, Any], position: int) -> str:
        self._note_usage(choice.get("usage"))  # Moonshot's place for it
        index, delta = choice.get("index"), choice.get("delta")
        if not isinstance(delta, dict):
            message = choice.get("message")  # all in one event, or at last again all that came in pieces
            delta = message if isinstance(message, dict) and not (self.text or self.calls) else {}
        if (index if isinstance(index, int) else position) != 0:
            self._beside.append(written(delta))
            return ""
        self._fail(find_failure(choice))
        self.finish_reason = text_or_none(choice.get("finish_reason")) or self.finish_reason
        self._calls.take(delta.get("tool_calls"))
        if refusal := delta.get("refusal"):
            self._refusal.append(refusal if isinstance(refusal, str) else "")
        if len(delta) > 1 or "content" not in delta:
            self._beside.append(thought(delta) + written({"function_call": delta.get("function_call")}))
        content = delta.get("content")
        return self._text.add(content if isinstance(content, str) else content_text(content))
