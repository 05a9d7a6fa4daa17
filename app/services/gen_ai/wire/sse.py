"""Server-sent events from the bytes of a body, however they are cut into parts.

The rules: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation. One thing is
done otherwise: what stands after the last blank line is an event too, since a text that came must not be lost.
"""

from dataclasses import dataclass

MAX_EVENT_BYTES = 8_000_000
"""An event, with the comments before it, is not read beyond that: memory has an end."""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """`data`: the data lines, joined by line feeds. `raw`: the very bytes that it came in.

    The `raw`s of all events, joined, are the body: comments and blank lines belong to the event after them. Bytes that
    belong to no event any more are one without name and data, and so is what goes beyond MAX_EVENT_BYTES.
    """

    name: str | None
    data: bytes
    raw: bytes


class EventDecoder:
    """Feed it the parts of one body in their order, then flush it. It never fails, whatever comes."""

    def __init__(self) -> None:
        self._rest = bytearray()
        """A line whose end has not come yet."""
        self._lines: list[bytes] = []
        """The lines of an event whose end has not come yet."""
        self._size = 0
        self._name: str | None = None
        self._data: list[bytes] = []
        self._gave_up = False

    def feed(self, part: bytes) -> list[ServerEvent]:
        """The events that this part has completed."""
        if self._gave_up:
            return [ServerEvent(None, b"", part)] if part else []
        # A carriage return at the very end may be the first half of a line's end.
        ends_a_line = b"\n" in part or b"\r" in part or self._rest.endswith(b"\r")
        self._rest += part
        events: list[ServerEvent] = []
        if ends_a_line:
            lines = bytes(self._rest).splitlines(keepends=True)
            self._rest = bytearray(b"" if lines[-1].endswith(b"\n") else lines.pop())
            events = self._take(lines)
        if self._size + len(self._rest) > MAX_EVENT_BYTES:
            events += self._give_up()
        return events

    def flush(self) -> list[ServerEvent]:
        """The end of the body: what is left of it."""
        rest = bytes(self._rest)
        self._rest = bytearray()
        events = self._take([rest]) if rest else []
        if self._lines:
            events.append(self._event())
        return events

    def _take(self, lines: list[bytes]) -> list[ServerEvent]:
        events: list[ServerEvent] = []
        for number, line in enumerate(lines):
            self._lines.append(line)
            self._size += len(line)
            if self._size > MAX_EVENT_BYTES:
                self._lines += lines[number + 1 :]
                return events + self._give_up()
            # At the very beginning, says the standard; a gateway may have written a comment before it.
            field = line.rstrip(b"\r\n").removeprefix(_BOM)
            if field:
                self._read_field(field)
            elif self._data or self._name is not None:
                events.append(self._event())
        return events

    def _read_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._name = value.decode("utf-8", "replace")
        elif name == b"error":  # no field of the standard, but how older llama.cpp servers end a stream that failed
            self._name = "error"
            self._data.append(value)

    def _event(self) -> ServerEvent:
        event = ServerEvent(self._name, b"\n".join(self._data), b"".join(self._lines))
        self._lines, self._size, self._name, self._data = [], 0, None, []
        return event

    def _give_up(self) -> list[ServerEvent]:
        """From here on bytes are handed on and no more read."""
        self._gave_up = True
        raw = b"".join((*self._lines, self._rest))
        self._lines, self._rest, self._size = [], bytearray(), 0
        return [ServerEvent(None, b"", raw)]
