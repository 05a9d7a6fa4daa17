"""Reads a streamed answer: its text as it comes, its tool calls from their pieces, and at the end what was used."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from app.services.gen_ai.rules.pricing import counts_output
from app.services.gen_ai.wire.answer import find_failure, open_envelope, with_outside
from app.services.gen_ai.wire.loose_json import mended, read_json, text_or_none
from app.services.gen_ai.wire.messages import (
    Completion,
    Envelope,
    StreamFailure,
    ToolCall,
    UnreadableAnswerError,
    read_calls,
)
from app.services.gen_ai.wire.pieces import CallDeltas, JoinedText
from app.services.gen_ai.wire.sse import MAX_EVENT_BYTES, ServerEvent

_DONE = b"[DONE]"
_MOST_LINES = 1000
"""Of one event that are looked at one by one: beyond that it is no text of an answer."""


class Taken(NamedTuple):
    """What an event brought: the next piece of text; whether it is the last event of the answer; whether it is the
    chunk that only brings the usage, which whoever has not asked for it must not see.
    """

    text: str = ""
    is_end: bool = False
    only_usage: bool = False


_NOTHING = Taken()


class StreamReader(ABC):
    """Reads one answer, event by event, without any I/O. What it has seen so far is in its attributes, also after the
    stream broke. Nothing that a server sends makes it raise.

    `complete`: the answer came to its end, and nothing of it was lost. `failure`: it ended in an error; what was said
    before is no answer.
    """

    _longest_id: ClassVar[int]
    """Characters of a call's id that the wire takes back."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self.failure: StreamFailure | None = None
        self._ended = False
        self._lost = False
        """Whether an event could not be read: what was said in it is missing."""
        self._text = JoinedText()
        self._refusal: list[str] = []
        self._calls = CallDeltas()
        self._beside: list[str] = []
        """What was written for other ends: thoughts, and the answers of other choices."""
        self._kept: tuple[Mapping[str, Any], ...] = ()
        """What is to be handed back, where the wire wants that."""
        self._dropped: tuple[str, ...] = ()
        self._outside: dict[str, str] = {}
        self._usage: dict[str, Any] | None = None
        self._placeholder: dict[str, Any] | None = None
        """A usage that counts no output: the truth only where nothing was written."""
        self._goes_on = False
        """Whether the usage came beside a piece of the answer: of a stream that was cut off, it counts a part."""
        self._no_events: bytes | None = b""
        """The body, as long as it has no event with data."""

    @property
    def complete(self) -> bool:
        return self._ended and not self._lost

    @property
    def text(self) -> str:
        return self._text.whole

    @property
    def refusal(self) -> str:
        return mended("".join(self._refusal))

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        return read_calls(self._calls.entries, longest_id=self._longest_id)

    @property
    def received(self) -> str:
        """All that the model wrote so far, whatever it is for."""
        return self.text + self.refusal + self._calls.text + "".join(self._beside)

    @property
    def envelope(self) -> Envelope:
        """The outside of the answer, as far as it was seen, as if it had come in one piece."""
        return Envelope(
            upstream_id=self._outside.get("id"),
            answered_as=self._outside.get("model"),
            service_tier=self._outside.get("service_tier"),
            usage=self._whole_usage or (None if self.received else self._placeholder),
            choices=[],
            failure=self.failure,
        )

    @property
    def _whole_usage(self) -> dict[str, Any] | None:
        ended = self.complete or self.finish_reason is not None
        return self._usage if ended or not self._goes_on else None

    @property
    def completion(self) -> Completion:
        """What the model said so far."""
        said = Completion(
            self.text,
            self.refusal or None,
            self.finish_reason,
            self.calls,
            self.failure,
            items=self._kept,
            dropped=self._dropped,
        )
        return with_outside(said, self.envelope)

    def take(self, event: ServerEvent) -> Taken:
        """Reads the next event; what comes after the end is no part of the answer."""
        if self._ended:
            return _NOTHING
        if len(event.raw) > MAX_EVENT_BYTES:
            self._no_events = None
            self._lost = True
            return _NOTHING
        if not event.data and event.name is None:
            if self._no_events is not None:
                self._no_events += event.raw
            return _NOTHING
        self._no_events = None
        taken = self._take_data(event.name, event.data)
        if event.name == "error":
            self._fail(_told(event.data))
        if taken.is_end:
            self._ended = True
            return taken._replace(text=taken.text + self._text.end())
        return taken

    def end(self) -> str:
        """The body has come to its end, in good order; returns the text that is left to give out.

        A server that leaves out the end mark has answered all the same once it has said why it ends.
        """
        if self._no_events:
            return self._take_whole(self._no_events)
        self._ended = self._ended or self.finish_reason is not None
        return self._text.end()

    def _take_data(self, name: str | None, data: bytes) -> Taken:
        if data.startswith(_DONE):
            return Taken(is_end=True)
        try:
            content = read_json(data)
        except ValueError:
            return self._take_lines(name, data)
        if not isinstance(content, dict):
            return _NOTHING
        if name is not None:
            content.setdefault("type", name)
        return self._take_content(content)

    def _take_lines(self, name: str | None, data: bytes) -> Taken:
        """Where a server puts no blank line between two events, each line is one. A word that is no JSON keeps the
        connection alive; an object that cannot be read has lost what was said in it.
        """
        lines = data.split(b"\n")
        if len(lines) > _MOST_LINES or (len(lines) == 1 and data.lstrip().startswith(b"{")):
            self._lost = True
        taken = [self._take_data(name, line) for line in lines[:_MOST_LINES]] if len(lines) > 1 else []
        return Taken("".join(one.text for one in taken), any(one.is_end for one in taken))

    @abstractmethod
    def _read_whole(self, envelope: Envelope) -> Completion:
        """Reads a whole answer of the wire.

        Raises:
            UnreadableAnswerError: nothing was said.
        """

    @abstractmethod
    def _take_content(self, content: dict[str, Any]) -> Taken:
        """Reads the object of an event."""

    def _take_whole(self, body: bytes) -> str:
        """A whole answer where a stream was asked for; of what says nothing, its usage."""
        try:
            envelope = open_envelope(body)
            names = {"id": envelope.upstream_id, "model": envelope.answered_as, "service_tier": envelope.service_tier}
            self._note(names | {"usage": envelope.usage})
            said = self._read_whole(envelope)
        except UnreadableAnswerError:
            return ""
        self._refusal.append(said.refusal or "")
        self._calls.replace(said.calls)
        self._fail(said.failure)
        self.finish_reason, self._ended = said.finish_reason, True
        self._kept, self._dropped = said.items, said.dropped
        return self._text.add(said.text)

    def _note(self, content: dict[str, Any]) -> None:
        """Notes the outside of the answer. What is absent in a chunk does not overwrite what came before."""
        for name in ("id", "model", "service_tier"):
            if value := text_or_none(content.get(name)):
                self._outside[name] = value
        self._note_usage(content.get("usage"))

    def _note_usage(self, usage: object) -> None:
        if isinstance(usage, dict):
            if counts_output(usage):
                self._usage = usage
            else:
                self._placeholder = usage

    def _fail(self, failure: StreamFailure | None) -> None:
        self.failure = self.failure or failure


def _told(data: bytes) -> StreamFailure | None:
    """What an event that is called an error says, in whichever form."""
    try:
        content = read_json(data)
    except ValueError:
        content = data.decode("utf-8", "replace")
    return find_failure({"error": (isinstance(content, dict) and content.get("error")) or content or "error"})
