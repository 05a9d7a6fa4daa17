"""How a chat looks on a terminal, and as lines of JSON for programs."""

import re
from typing import Any, Protocol

import orjson

from app.api.event_stream import ServerSentEvent
from app.cli.console import err, out

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Answers repeat data: what a terminal would obey, such as an escape sequence, is left out."""


class EventPrinter(Protocol):
    def show(self, event: ServerSentEvent) -> None: ...


class JsonLines:
    """Each event on a line of its own."""

    def show(self, event: ServerSentEvent) -> None:
        line = orjson.dumps({"event": event.event, "data": event.data}).decode()
        out.print(line, highlight=False, soft_wrap=True, markup=False)


class Terminal:
    """Text as it comes; tools, and what it cost, in dim lines of their own."""

    def __init__(self) -> None:
        self._within_line = False

    def show(self, event: ServerSentEvent) -> None:
        match event.event:
            case "session":
                words = f"Session {event.data['session_id']}, until {event.data['expires_at']}"
                err.print(words, style="dim", soft_wrap=True)
            case "delta":
                self._text(event.data["text"])
            case "tool":
                self._tool(event.data)
            case "done":
                self.end()
                self._dim(_paid(event.data))
            case "error":
                self.end()  # the command says what went wrong

    def end(self) -> None:
        """Ends the line, if text has begun one."""
        if self._within_line:
            out.print()
        self._within_line = False

    def _text(self, text: str) -> None:
        out.print(_CONTROL.sub("", text), end="", highlight=False, soft_wrap=True, markup=False)
        self._within_line = not text.endswith("\n")

    def _tool(self, told: dict[str, Any]) -> None:
        self.end()
        if told["state"] == "called":
            arguments = ", ".join(f"{name}={value}" for name, value in (told["arguments"] or {}).items())
            self._dim(f"looks up {told['name']}({arguments})")
        elif not told["succeeded"]:
            self._dim(f"{told['name']}: {told['error']}")
        elif told["truncated"]:
            self._dim(f"{told['name']}: only the beginning of the result was read")

    def _dim(self, text: str) -> None:
        out.print(_CONTROL.sub("", text), style="dim", highlight=False, soft_wrap=True, markup=False)


def _paid(answer: dict[str, Any]) -> str:
    cost = "an unknown cost" if answer["cost_usd"] is None else f"{answer['cost_usd']} USD"
    requests = len(answer["attempts"])
    return f"{answer['model_id']} ({answer['upstream']}): {cost}, {requests} request{'s' if requests > 1 else ''}"
