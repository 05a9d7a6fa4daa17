"""Reads a stream of Responses: named events, of which the last carries the whole response with its usage."""

from typing import Any

from app.services.gen_ai.wire.answer import as_call, find_failure, read_response
from app.services.gen_ai.wire.loose_json import text_or_empty, text_or_none
from app.services.gen_ai.wire.stream_reader import StreamReader, Taken

_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_THOUGHTS = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})


class ResponsesStreamReader(StreamReader):
    """There is no `[DONE]`: completed, incomplete, failed and error are the ends."""

    def _take_content(self, content: dict[str, Any]) -> Taken:
        kind = text_or_none(content.get("type"))
        response = content.get("response")
        if isinstance(response, dict):
            self._note(response)
            return Taken(self._take_end(response), is_end=True) if kind in _ENDS else Taken()
        if kind == "error" or content.get("error"):
            self._fail(find_failure(content))
            return Taken(is_end=True)
        return Taken(self._take_piece(kind, content))

    def _take_piece(self, kind: str | None, content: dict[str, Any]) -> str:
        delta = content.get("delta")
        delta = delta if isinstance(delta, str) else ""
        if kind == "response.output_text.delta":
            return self._text.add(delta)
        if kind == "response.refusal.delta":
            self._refusal.append(delta)
        elif kind == "response.function_call_arguments.delta":
            self._calls.take([{"index": content.get("output_index"), "function": {"arguments": delta}}])
        elif kind in _THOUGHTS:
            self._beside.append(text_or_empty(delta))
        elif kind == "response.output_item.added":
            item = content.get("item")
            if isinstance(item, dict) and item.get("type") == "function_call":
                self._calls.take([as_call(item) | {"index": content.get("output_index")}])
        return ""

    def _take_end(self, response: dict[str, Any]) -> str:
        """The last event repeats all that was said: what came in no piece is taken from it."""
        said = read_response(response)
        self._fail(said.failure)
        self.finish_reason = said.finish_reason
        if said.calls:
            self._calls.replace(said.calls)
        if said.refusal and not self._refusal:
            self._refusal.append(said.refusal)
        return self._text.add(said.text.removeprefix(self.text)) if said.text.startswith(self.text) else ""
