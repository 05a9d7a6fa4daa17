"""What a stream brings in pieces, put together: the calls of tools, and text that may be cut within a character."""

from collections.abc import Sequence
from typing import Any

from app.services.gen_ai.wire.loose_json import REPLACEMENT, mended, text_or_empty
from app.services.gen_ai.wire.messages import ToolCall, arguments_text


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
        return [
            {"id": call["id"], "function": {"name": call["name"], "arguments": "".join(call["arguments"])}}
            for call in self._calls
        ]

    @property
    def text(self) -> str:
        """All that the model wrote for them so far."""
        return mended("".join(call["name"] + "".join(call["arguments"]) for call in self._calls))

    def take(self, deltas: object) -> None:
        """Adds the `tool_calls` of a chunk; what has another form than it should is left out."""
        for delta in deltas if isinstance(deltas, list) else ():
            function = delta.get("function") if isinstance(delta, dict) else None
            if isinstance(function, dict):
                arguments = function.get("arguments")
                piece = arguments if isinstance(arguments, str) else arguments_text(arguments)
                self._add(delta, text_or_empty(function.get("name")), piece)

    def replace(self, calls: Sequence[ToolCall]) -> None:
        """Takes the calls as they are told at last, in place of the pieces."""
        self._calls, self._by_index = [], {}
        self.take([call.as_sent() for call in calls])

    def _add(self, delta: dict[str, Any], name: str, arguments: str) -> None:
        index, call_id = delta.get("index"), text_or_empty(delta.get("id"))
        known = self._by_index.get(index) if isinstance(index, int) else next(reversed(self._calls), None)
        if known is None or (name and call_id and known["id"] not in ("", call_id)):
            known = {"id": call_id, "name": "", "arguments": []}
            self._calls.append(known)
        if isinstance(index, int):
            self._by_index[index] = known
        known["id"] = known["id"] or call_id
        known["name"] = known["name"] or name
        known["arguments"].append(arguments)


class JoinedText:
    """Text in pieces, of which one may end in the middle of a character: half an emoji waits for its other half."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._half = ""

    @property
    def whole(self) -> str:
        return "".join(self._pieces) + (REPLACEMENT if self._half else "")

    def add(self, piece: str) -> str:
        """What can be given out now."""
        if not piece:
            return ""
        piece = self._half + piece
        self._half = piece[-1] if "\ud800" <= piece[-1] <= "\udbff" else ""
        piece = mended(piece.removesuffix(self._half))
        self._pieces.append(piece)
        return piece

    def end(self) -> str:
        """What is left to give out: a half that has waited in vain."""
        if not self._half:
            return ""
        self._half = ""
        self._pieces.append(REPLACEMENT)
        return REPLACEMENT
