"""Events from bytes: the same ones however the body is cut, and every byte of it again."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.services.gen_ai.wire import sse
from app.services.gen_ai.wire.sse import EventDecoder, ServerEvent
from tests.tables import each_line


def decoded(*parts: bytes) -> list[ServerEvent]:
    decoder = EventDecoder()
    return [event for part in parts for event in decoder.feed(part)] + decoder.flush()


def seen(*parts: bytes) -> list[tuple[str | None, bytes]]:
    return [(event.name, event.data) for event in decoded(*parts)]


ONE, TWO = (None, b"one"), (None, b"two")
BODIES: dict[bytes, list[tuple[str | None, bytes]]] = {
    b"": [],
    b"data: one\n\ndata: two\n\n": [ONE, TWO],
    b"data: one\r\n\r\ndata: two\r\n\r\n": [ONE, TWO],
    b"data: one\r\rdata: two\r\r": [ONE, TWO],
    b"data: one\r\n\ndata: two\n\r\n": [ONE, TWO],
    b"data:one\n\ndata:  two\n\n": [ONE, (None, b" two")],
    b"data: o\ndata: ne\n\n": [(None, b"o\nne")],
    b"data\ndata: one\n\n": [(None, b"\none")],
    b"\xef\xbb\xbfdata: one\n\n": [ONE],
    b"data: \xef\xbb\xbfone\n\n": [(None, b"\xef\xbb\xbfone")],
    b": hello\n\ndata: one\n\n:ping\n: ping\n\ndata: two\n\n": [ONE, TWO],
    b"id: 7\nretry: 10\ndata: one\nid\n\n": [ONE],
    b"event: done\ndata: one\n\ndata: two\n\n": [("done", b"one"), TWO],
    b"event: \xff\ndata: one\n\n": [("\ufffd", b"one")],
    b"event: error\n\n": [("error", b"")],
    b'error: {"code": 500}\n\n': [("error", b'{"code": 500}')],
    b"\n\n\ndata: one\n\n\n\n": [ONE, (None, b"")],
    "data: a\u2028b\x0b\x0c\x1c\x85\n\n".encode(): [(None, "a\u2028b\x0b\x0c\x1c\x85".encode())],
    b"data: one\n\ndata: two": [ONE, TWO],
    b"data: one\n\ndata: two\n": [ONE, TWO],
    b"data: one\r\n\r": [ONE],
    b'{\n "id": "chatcmpl-1"\n}\n': [(None, b"")],
    b"Data: one\n data: two\n\n": [(None, b"")],
}


@each_line(("body", "events"), BODIES.items())
def test_events_are_read_as_the_standard_says(body: bytes, events: list[tuple[str | None, bytes]]) -> None:
    """In one piece and byte by byte. What stands after the last blank line counts; what is no data is kept as bytes."""
    assert seen(body) == events
    assert decoded(*(body[at : at + 1] for at in range(len(body)))) == decoded(body)
    assert b"".join(event.raw for event in decoded(body)) == body


PIECES = st.sampled_from(
    [b"data: ", b"data", b"event: error", b":", b" ", b"\n", b"\r", b"\r\n", b"\n\n", b"{}", b"[DONE]", b"\xef\xbb\xbf"]
)
HOSTILE = st.lists(PIECES | st.binary(max_size=4), max_size=40).map(b"".join)


@given(HOSTILE, st.lists(st.integers(0, 200), max_size=8))
@example(b"data: one\r\n\r\n", [10, 12])
@example(b"data: one\r", [10])
@example(b"\xef\xbb\xbfdata: one\n\n", [1, 2])
def test_it_does_not_matter_where_a_body_is_cut(body: bytes, cuts: list[int]) -> None:
    """Any bytes, cut anywhere: the same events, no exception, and the bytes are all there."""
    at = [0, *sorted(cuts), len(body)]
    parts = [body[start:end] for start, end in pairwise(at)]
    assert decoded(*parts) == decoded(body)
    assert b"".join(event.raw for event in decoded(*parts)) == body


def test_an_event_is_handed_over_as_soon_as_it_is_whole() -> None:
    """Not with the next part: a reader waits for it."""
    decoder = EventDecoder()
    assert [event.data for event in decoder.feed(b"data: one\n\n")] == [b"one"]
    assert decoder.feed(b"data: tw") == []
    assert [event.data for event in decoder.feed(b"o\r\n\r\nda")] == [b"two"]
    # A carriage return at the end of a part: the next byte, whatever it is, says that the line has ended.
    assert decoder.feed(b"ta: three\r\r") == []
    assert [event.data for event in decoder.feed(b"d")] == [b"three"]


LIMIT = 100
ENDLESS = {
    "a line": [b"data: " + b"x" * 50] * 5,
    "lines": [b"data: " + b"x" * 30 + b"\n"] * 5,
    "comments": [b": ping\n\n"] * 20,
    "one part": [b"data: " + b"x" * 200 + b"\n\n"],
}


@each_line(("parts",), [(parts,) for parts in ENDLESS.values()])
def test_an_event_without_an_end_is_not_collected(monkeypatch: pytest.MonkeyPatch, parts: list[bytes]) -> None:
    """Beyond the limit bytes are handed on, not kept: one event tells of it by its size, and nothing more is read."""
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", LIMIT)
    decoder = EventDecoder()
    events = [event for part in (b"data: one\n\n", *parts, b"\n\ndata: two\n\n") for event in decoder.feed(part)]
    assert decoder.flush() == []
    assert [event.data for event in events] == [b"one", *(b"" for _ in events[1:])]
    assert len(events[1].raw) > LIMIT
    assert b"".join(event.raw for event in events) == b"".join((b"data: one\n\n", *parts, b"\n\ndata: two\n\n"))
