"""Responses: shapes a request, reads a whole answer, reads a stream of named events.

Nothing is left with OpenAI: each request hands in all that came before it, reasoning included.
https://developers.openai.com/api/docs/guides/migrate-to-responses
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from typing_extensions import override

from app.services.gen_ai.rules.model_catalog import WireProfile
from app.services.gen_ai.wire.answer import content_parts, content_text, find_failure, with_outside
from app.services.gen_ai.wire.loose_json import text_or_empty, text_or_none
from app.services.gen_ai.wire.messages import Completion, Envelope, UnreadableAnswerError, read_calls
from app.services.gen_ai.wire.stream_reader import StreamReader, Taken
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.services.gen_ai.wire.text_request import BREAKPOINT, TextRequest, openai_fields

PATH = "/responses"
_SMALLEST_LIMIT = 16
"""Tokens: https://developers.openai.com/api/reference/resources/responses, max_output_tokens."""
_LONGEST_ID = 64


def shape(request: TextRequest) -> dict[str, Any]:
    """The body of a request. Instructions are the first developer message: in the field `instructions`, gpt-6.2 reads
    them last, and never caches them (https://developers.openai.com/api/docs/guides/keep-prefix-unchanged).
    """
    wire = request.profile.responses
    assert wire is not None  # noqa: S101  whoever chose the wire has looked
    request = request.fitted(wire)
    payload: dict[str, Any] = {"model": request.record.model_id, "input": [], "store": False}
    if request.tools:
        payload["tools"] = [{"type": "function", **tool.described()} for tool in request.tools]
        if not request.may_call:
            payload["tool_choice"] = "none"
    if request.answer is not None and wire.structured_output != "prompt":
        payload["text"] = {"format": _format(request, wire)}
    payload["max_output_tokens"] = max(request.output_limit, _SMALLEST_LIMIT)
    if request.temperature is not None:
        payload["temperature"] = request.temperature
    if request.profile.reasoning_effort is not None:
        payload["reasoning"] = {"effort": request.profile.reasoning_effort}
        payload["include"] = ["reasoning.encrypted_content"]
    if request.streamed:
        payload["stream"] = True
    fields, has_breakpoint = openai_fields(request, payload.get("tools"), payload.get("text"))
    payload |= fields
    payload["input"] = list(_items(request, has_breakpoint=has_breakpoint))
    return payload


def _format(request: TextRequest, wire: WireProfile) -> dict[str, Any]:
    if request.answer is None or wire.structured_output == "json_object":
        return {"type": "json_object"}
    schema = strict_schema(request.answer)
    return {"type": "json_schema", "name": request.answer_name, "strict": True, "schema": schema}


def _items(request: TextRequest, *, has_breakpoint: bool) -> Iterator[Mapping[str, Any]]:
    if request.instructions:
        part: dict[str, Any] = {"type": "input_text", "text": request.instructions}
        if has_breakpoint:
            part["prompt_cache_breakpoint"] = BREAKPOINT
        # OpenAI takes both roles; most open models' templates know no developer, and refuse the message or drop it.
        is_elsewhere = request.openai is None and request.profile.instruction_role == "system"
        yield {"role": "system" if is_elsewhere else "developer", "content": [part]}
    for message in request.spoken:
        if message.role == "tool":
            yield {"type": "function_call_output", "call_id": message.call_id, "output": message.text}
        elif message.kept is not None and message.kept.model_id == request.record.model_id:
            yield from message.kept.items
        else:
            if message.text or not message.calls:
                yield {"role": message.role, "content": message.text}
            for call in message.calls:
                yield {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments}


def read(envelope: Envelope) -> Completion:
    """What a response object says; several messages are one text.

    Raises:
        UnreadableAnswerError: nothing, not even an error.
    """
    if envelope.response is None:
        if envelope.failure is None:
            raise UnreadableAnswerError("an answer without any output")
        return with_outside(Completion("", None, None, failure=envelope.failure), envelope)
    return with_outside(_read_response(envelope.response), envelope)


def _read_response(response: dict[str, Any]) -> Completion:
    items = _objects(response.get("output"))
    parts = [
        part
        for item in items
        if item.get("type", "message") == "message"
        for part in content_parts(item.get("content"))
    ]
    refusal = "".join(text_or_empty(part.get("refusal")) for part in parts if part.get("type") == "refusal")
    entries = [_as_entry(item) for item in items if item.get("type") == "function_call"]
    calls = read_calls(entries, longest_id=_LONGEST_ID)
    is_as_sent = [call.call_id for call in calls] == [entry["id"] for entry in entries]
    failure = find_failure(response)
    reason = "error" if failure else _finish_reason(response, has_calls=bool(calls))
    dropped = _objects(response.get("input_transformations"))
    return Completion(
        text=content_text(parts),
        refusal=refusal or None,
        finish_reason=reason,
        calls=calls,
        failure=failure,
        items=tuple(items) if reason == "tool_calls" and is_as_sent and _can_be_sent(items) else (),
        dropped=tuple(text_or_empty(one.get("reason")) for one in dropped),
    )


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _can_be_sent(items: list[dict[str, Any]]) -> bool:
    """Whether they can go back as they came: half a character, or a number of no size, cannot be written."""
    try:
        orjson.dumps(items)
    except orjson.JSONEncodeError:
        return False
    return True


def _as_entry(item: Mapping[str, Any]) -> dict[str, Any]:
    """A `function_call` item in the form of Chat Completions. Its `call_id` links a result to it, its `id` does not."""
    return {"id": item.get("call_id"), "function": {"name": item.get("name"), "arguments": item.get("arguments")}}


def _written(item: Mapping[str, Any]) -> str:
    """All that an item has of the model's output, but for thoughts that nobody can read."""
    parts = [*content_parts(item.get("content")), *content_parts(item.get("summary"))]
    told = [part.get(name) for part in (*parts, item) for name in ("text", "refusal", "name", "arguments")]
    return "".join(map(text_or_empty, told))


def _finish_reason(response: Mapping[str, Any], *, has_calls: bool) -> str | None:
    """The word of Chat Completions for how a response ended."""
    status = text_or_none(response.get("status"))
    if status == "incomplete":
        details = response.get("incomplete_details")
        reason = text_or_none(details.get("reason")) if isinstance(details, dict) else None
        return "length" if reason == "max_output_tokens" else reason or status
    if status in (None, "completed"):
        return "tool_calls" if has_calls else "stop" if status else None
    return status


_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_BESIDE = frozenset(
    {
        "response.reasoning_summary_text.delta",
        "response.reasoning_text.delta",
        "response.custom_tool_call_input.delta",
        "response.mcp_call_arguments.delta",
        "response.code_interpreter_call_code.delta",
        "response.shell_call_command.delta",
    }
)
"""What the model writes for other ends than the answer: it is billed alike."""


class ResponsesStreamReader(StreamReader):
    """There is no `[DONE]`: completed, incomplete and failed are the ends, and tell the usage. An event `error` may
    come in place of one, or just before it.
    """

    _longest_id = _LONGEST_ID

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[int, dict[str, Any]] = {}
        """Those that are done, by their place in the answer."""

    @override
    def _read_whole(self, envelope: Envelope) -> Completion:
        return read(envelope)

    @override
    def _take_content(self, content: dict[str, Any]) -> Taken:
        kind = text_or_none(content.get("type"))
        response = content.get("response")
        if isinstance(response, dict):
            if kind not in _ENDS:
                self._note(response | {"usage": None})  # it does not count what is still to come
                return Taken()
            self._note(response)
            # Some servers leave out the status, which the event tells as well.
            ending = kind.removeprefix("response.") if kind else None
            return Taken(self._take_end(response | {"status": response.get("status") or ending}), is_end=True)
        failure = find_failure(content)
        if failure is not None:
            self._fail(failure)
            return Taken()
        item = content.get("item")
        if isinstance(item, dict):
            self._take_item(kind, item, content.get("output_index"))
        delta = content.get("delta")
        return Taken(self._take_delta(kind, delta, content.get("output_index")) if isinstance(delta, str) else "")

    def _take_delta(self, kind: str | None, delta: str, index: object) -> str:
        if kind == "response.output_text.delta":
            return self._text.add(delta)
        if kind == "response.refusal.delta":
            self._refusal.append(delta)
        elif kind == "response.function_call_arguments.delta":
            self._calls.take([{"index": index, "function": {"arguments": delta}}])
        elif kind in _BESIDE:
            self._beside.append(text_or_empty(delta))
        return ""

    def _take_item(self, kind: str | None, item: dict[str, Any], index: object) -> None:
        """An item opens before its pieces, and is repeated, whole, after them."""
        if kind == "response.output_item.done":
            self._items[index if isinstance(index, int) else len(self._items)] = item
        elif item.get("type") == "function_call":
            self._calls.take([_as_entry(item) | {"index": index}])

    @property
    @override
    def received(self) -> str:
        """Servers that send no pieces send items all the same."""
        return max(super().received, "".join(map(_written, self._items.values())), key=len)

    def _take_end(self, response: dict[str, Any]) -> str:
        """The last event repeats all that was said: what came in no piece is taken from there, or from the items."""
        done = [item for _, item in sorted(self._items.items())]
        # What is to be handed back is what `output_item.done` brought (the SDK on `encrypted_content`).
        named = {name: item for item in done if (name := text_or_none(item.get("id")))}
        told = [named.get(text_or_empty(item.get("id")), item) for item in _objects(response.get("output"))]
        said = _read_response(response | {"output": told or done})
        self._fail(said.failure)
        self.finish_reason, self._kept, self._dropped = said.finish_reason, said.items, said.dropped
        if said.calls:
            self._calls.replace(said.calls)
        if said.refusal and not self._refusal:
            self._refusal.append(said.refusal)
        return self._text.add(said.text.removeprefix(self.text)) if said.text.startswith(self.text) else ""
