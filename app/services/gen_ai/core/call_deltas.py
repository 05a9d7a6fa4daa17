"""Tool calls of a streamed answer, put together from their pieces."""

from typing import Any

from app.services.gen_ai.core.tools import text_or_empty


class CallDeltas:
    """OpenAI numbers the calls of an answer: the first piece of one has its id and its name, the others only a part of
    its arguments (`ChoiceDeltaToolCall` in OpenAI's SDK).

    Compatible servers differ. Some leave the number out, or give every call the number 0: there, a piece with a name
    and an id of its own begins a new call, and any other piece belongs to the call before it.
    """

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._by_index: dict[int, dict[str, Any]] = {}

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The calls so far, in the form of an answer that came in one piece."""
        return self._calls

    @property
    def text(self) -> str:
        """All that the model wrote for them so far."""
        return "".join(call["function"]["name"] + call["function"]["arguments"] for call in self._calls)

    def take(self, deltas: object) -> None:
        """Adds the `tool_calls` of a chunk; what has another form than it should is left out."""
        for delta in deltas if isinstance(deltas, list) else ():
            function = delta.get("function") if isinstance(delta, dict) else None
            if isinstance(function, dict):
                self._add(delta, text_or_empty(function.get("name")), text_or_empty(function.get("arguments")))

    def _add(self, delta: dict[str, Any], name: str, arguments: str) -> None:
        index, call_id = delta.get("index"), text_or_empty(delta.get("id"))
        known = self._by_index.get(index) if isinstance(index, int) else next(reversed(self._calls), None)
        if known is None or (name and call_id and known["id"] not in ("", call_id)):
            known = {"id": call_id, "function": {"name": "", "arguments": ""}}
            self._calls.append(known)
        if isinstance(index, int):
            self._by_index[index] = known
        known["id"] = known["id"] or call_id
        known["function"]["name"] = known["function"]["name"] or name
        known["function"]["arguments"] += arguments
