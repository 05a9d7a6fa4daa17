"""Reads a stream of Responses: named events, of which the last carries the whole response with its usage."""

from typing import Any

from app.services.gen_ai.wire.answer import as_call, find_failure, read_response
from app.services.gen_ai.wire.loose_json import text_or_empty, text_or_none
from app.services.gen_ai.wire.stream_reader import StreamReader, Taken

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
    """There is no `[DONE]`: completed, incomplete, failed and error are the ends."""

    _error_is_end = True

    def __init__(self) -> None:
        super().__init__()
        self._items: list[dict[str, Any]] = []

    def _take_content(self, content: dict[str, Any]) -> Taken:
        kind = text_or_none(content.get("type"))
        response = content.get("response")
        if isinstance(response, dict):
            if kind not in _ENDS:
                self._note(response | {"usage": None})  # it does not count what is still to come
                return Taken()
            self._note(response)
            return Taken(self._take_end(response), is_end=True)
        failure = find_failure(content)
        if failure is not None:
            self._fail(failure)
            return Taken(is_end=True)
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
            self._items.append(item)
        elif item.get("type") == "function_call":
            self._calls.take([as_call(item) | {"index": index}])

    def _take_end(self, response: dict[str, Any]) -> str:
        """The last event repeats all that was said: what came in no piece is taken from there, or from the items."""
        said = read_response(response if response.get("output") else response | {"output": self._items})
        self._fail(said.failure)
        self.finish_reason = said.finish_reason
        if said.calls:
            self._calls.replace(said.calls)
        if said.refusal and not self._refusal:
            self._refusal.append(said.refusal)
        return self._text.add(said.text.removeprefix(self.text)) if said.text.startswith(self.text) else ""
