"""A chat's stream: all that was said, once, whatever the server makes of the format; and an error is no answer."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.services.gen_ai.wire.chat_completions import ChatStreamReader
from app.services.gen_ai.wire.messages import Completion, StreamFailure, ToolCall
from app.services.gen_ai.wire.sse import MAX_EVENT_BYTES, EventDecoder, ServerEvent
from app.services.gen_ai.wire.stream_reader import Taken
from tests.fakes.completions import said_in
from tests.fakes.hostile_json import json_with
from tests.tables import each_line

USED = {"prompt_tokens": 90, "completion_tokens": 7, "total_tokens": 97}
ZERO = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
MODEL = "gpt-4o-2024-11-20"
DONE = b"data: [DONE]\n\n"


def event(content: object, **outside: object) -> bytes:
    """One event; escapes in it stay as JSON writes them in ASCII."""
    frame = {"id": "chatcmpl-9", "model": MODEL} if isinstance(content, dict) else {}
    return (
        b"data: "
        + json.dumps({**frame, **content, **outside} if isinstance(content, dict) else content).encode()
        + b"\n\n"
    )


def said(content: object, index: int | None = 0, **delta: object) -> bytes:
    choice = {"delta": {"content": content, **delta}} | ({} if index is None else {"index": index})
    return event({"choices": [choice]})


def ended(reason: object = "stop", **outside: object) -> bytes:
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}, **outside)


def used(usage: object = USED, **outside: object) -> bytes:
    return event({"choices": [], "usage": usage}, **outside)


class Read:
    """A body that has been read to its end: what was given out, piece by piece, and what the reader knows."""

    def __init__(self, *parts: bytes, broken: bool = False) -> None:
        self.reader, decoder = ChatStreamReader(), EventDecoder()
        self.taken: list[Taken] = []
        for part in parts:
            self.taken += [self.reader.take(one) for one in decoder.feed(part)]
        if broken:
            self.given_out = "".join(one.text for one in self.taken)
            return
        self.taken += [self.reader.take(one) for one in decoder.flush()]
        self.given_out = "".join(one.text for one in self.taken) + self.reader.end()


WHOLE = (said("Up 12 %"), said(" this year."), ended(), used(), DONE)
TEXT = "Up 12 % this year."


def with_bom() -> tuple[bytes, ...]:
    return (b"\xef\xbb\xbf" + WHOLE[0], *WHOLE[1:])


SAME: dict[str, tuple[bytes, ...]] = {
    "as OpenAI sends it": WHOLE,
    "carriage returns": tuple(part.replace(b"\n", b"\r\n") for part in WHOLE),
    "old carriage returns": tuple(part.replace(b"\n", b"\r") for part in WHOLE),
    "comments": (b": PROCESSING\n\n", *WHOLE[:2], b":\n\n: ping\n", *WHOLE[2:]),
    "a byte order mark": with_bom(),
    "a byte order mark after a comment": (b": PROCESSING\n\n", *with_bom()),
    "no space after the colon": tuple(part.replace(b"data: ", b"data:") for part in WHOLE),
    "an event over two lines": (WHOLE[0].replace(b', "choices"', b',\ndata: "choices"'), *WHOLE[1:]),
    "no blank lines between events": tuple(part.replace(b"\n\n", b"\n") for part in WHOLE),
    "no end mark": WHOLE[:-1],
    "no end of the last line": (*WHOLE[:-1], b"data: [DONE]"),
    "the end mark with a blank": (*WHOLE[:-1], b"data: [DONE] \n\n"),
    "parts for content": (
        said([{"type": "text", "text": "Up 12 %"}]),
        said([{"type": "thinking", "thinking": [{"text": "so"}]}, {"type": "text", "text": " this "}]),
        said([{"text": "year."}]),
        *WHOLE[2:],
    ),
    "a content filter that knows nothing, at last": (*WHOLE[:-1], event(
        {"id": "", "model": "", "service_tier": "", "choices": [{"index": 0, "finish_reason": None}]}), DONE),
    "no index": (said("Up 12 %", None), said(" this year.", None), *WHOLE[2:]),
    "a placeholder first": (said("Up 12 %"), used(ZERO), *WHOLE[1:]),
    "a placeholder at last": (*WHOLE[:-1], used(ZERO), DONE),
    "usage null, and without output": (*WHOLE[:-1], used(None), used({"prompt_tokens": 90, "total_tokens": 90}), DONE),
    "usage in every chunk": (
        event({"choices": [{"delta": {"content": "Up 12 %"}}], "usage": USED | {"completion_tokens": 3}}), *WHOLE[1:]),
    "usage in the choice": (
        *WHOLE[:2], event({"choices": [{"finish_reason": "stop", "delta": {}, "usage": USED}]}), DONE),
    "events that are none": (
        b"data: []\n\n", b"data: 7\n\n", b"data: ping\n\n", b"data:\n\n", b"id: 4\n\n", event({"choices": None}),
        event({"choices": [None, 4]}), *WHOLE),
    "an answer in JSON after the events": (*WHOLE[:-1], b'{"choices": [{"message": {"content": "More."}}]}'),
    "names that are none": (
        WHOLE[0], event({"id": 7, "model": ["x"], "service_tier": {}, "choices": []}), *WHOLE[1:]),
    "the whole once more at last": (
        *WHOLE[:2], event({"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]}), used(), DONE),
    "another stream after the end": (*WHOLE, said("Up again"), event({"error": "late"}), DONE),
    "a whole answer as one event": (
        event({"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}], "usage": USED}), DONE),
}  # fmt: skip


@each_line(("way", "parts"), SAME.items())
def test_one_answer_in_every_way_that_servers_send_it(way: str, parts: tuple[bytes, ...]) -> None:
    """Text, end, names and usage are those of the plain stream; what was given out is the text."""
    read = Read(*parts)
    assert (read.given_out, read.reader.text) == (TEXT, TEXT)
    assert (read.reader.finish_reason, read.reader.complete, read.reader.failure) == ("stop", True, None)
    envelope = read.reader.envelope
    assert (envelope.upstream_id, envelope.answered_as, envelope.service_tier) == ("chatcmpl-9", MODEL, None)
    assert envelope.usage == USED
    assert said_in(read.reader.completion) == Completion(TEXT, None, "stop")


JSON_ANSWER = {
    "id": "chatcmpl-9",
    "model": MODEL,
    "choices": [{"index": 0, "message": {"content": TEXT}, "finish_reason": "stop"}],
    "usage": USED,
}


@each_line("body", [json.dumps(JSON_ANSWER), json.dumps(JSON_ANSWER, indent=2), "\ufeff \n" + json.dumps(JSON_ANSWER)])
def test_json_where_a_stream_was_asked_for_is_the_answer(body: str) -> None:
    """In one line, over several, and after a mark: text, names and usage are read at the end."""
    read = Read(body.encode())
    assert (read.given_out, read.reader.complete, read.reader.envelope.usage) == (TEXT, True, USED)
    assert read.reader.envelope.upstream_id == "chatcmpl-9"


def test_json_without_an_answer_tells_its_usage_all_the_same() -> None:
    """It is no answer, but it was paid for."""
    read = Read(json.dumps(JSON_ANSWER | {"choices": [{"text": TEXT}]}).encode())
    assert (read.given_out, read.reader.complete, read.reader.envelope.usage) == ("", False, USED)


def test_json_with_calls_in_place_of_a_stream_brings_the_calls() -> None:
    """Two of the same name stay two; a refusal is one."""
    function = {"name": "models", "arguments": {"tier": "MINI"}}
    message = {"content": None, "refusal": "No.", "tool_calls": [{"function": function}, {"function": function}]}
    read = Read(json.dumps({"choices": [{"message": message, "finish_reason": "tool_calls"}]}).encode())
    calls = tuple(ToolCall(f"call_{number}", "models", '{"tier": "MINI"}') for number in range(2))
    assert said_in(read.reader.completion) == Completion("", "No.", "tool_calls", calls)


ROCKET, HIGH, LOW = "\U0001f680", "\ud83d", "\ude80"
HALVES: list[tuple[list[str], str]] = [
    (["Up " + HIGH, LOW + " by 12 %"], f"Up {ROCKET} by 12 %"),
    (["Up ", HIGH, LOW], f"Up {ROCKET}"),
    (["Up " + HIGH, "", LOW], f"Up {ROCKET}"),
    (["Up " + HIGH, " by 12 %"], "Up \ufffd by 12 %"),
    (["Up " + HIGH], "Up \ufffd"),
    (["Up " + LOW + " by 12 %"], "Up \ufffd by 12 %"),
    ([HIGH, HIGH, LOW], f"\ufffd{ROCKET}"),
    ([HIGH + LOW, LOW], f"{ROCKET}\ufffd"),
    (["1" + HIGH, LOW + HIGH, LOW + "2"], f"1{ROCKET}{ROCKET}2"),
]


@each_line(("pieces", "text"), HALVES)
def test_a_character_that_is_cut_over_two_chunks_is_joined(pieces: list[str], text: str) -> None:
    """No figure beside it is lost; a half without the other is replaced, and all of it can be sent on."""
    for ending in [(ended(), used(), DONE), (ended(),), ()]:
        read = Read(*map(said, pieces), *ending)
        assert read.given_out == read.reader.text == text
        text.encode()


def test_halves_in_refusals_arguments_and_names_are_joined_too() -> None:
    """Whatever is written into the ledger or sent back to the model is text."""
    call = {"index": 0, "id": "c" + HIGH, "function": {"name": "look", "arguments": '{"q": "' + HIGH}}
    rest = {"index": 0, "function": {"arguments": LOW + '"}'}}
    read = Read(
        said(None, refusal="No" + HIGH), said(None, refusal=LOW),
        said(None, tool_calls=[call]), said(None, tool_calls=[rest]),
        ended("tool_calls", id="x" + LOW, model="m" + HIGH), DONE)  # fmt: skip
    assert said_in(read.reader.completion) == Completion(
        "", f"No{ROCKET}", "tool_calls", (ToolCall("c\ufffd", "look", f'{{"q": "{ROCKET}"}}'),)
    )
    assert (read.reader.envelope.upstream_id, read.reader.envelope.answered_as) == ("x\ufffd", "m\ufffd")
    read.reader.received.encode()


@each_line(("data", "text"), [(b"caf\xe9", "caf\ufffd"), (b"\xed\xa0\xbd\xed\xba\x80", ROCKET), (b"a\tb", "a\tb")])
def test_bytes_that_are_no_text_cost_one_character(data: bytes, text: str) -> None:
    """Latin-1, surrogates as three bytes each, control characters: the chunk is read all the same."""
    assert Read(b'data: {"choices": [{"delta": {"content": "' + data + b'"}}]}\n\n').given_out == text


ERRORS: list[tuple[bytes, StreamFailure]] = [
    (event({"error": {"message": "limit reached", "type": "b", "code": 502}}), StreamFailure("502", "limit reached")),
    (event({"error": {"message": "limit reached", "type": "b"}}), StreamFailure("b", "limit reached")),
    (event({"error": "limit reached"}), StreamFailure(None, "limit reached")),
    (event({"error": {}}), StreamFailure(None, "it gives no reason")),
    (event({"object": "error", "message": "limit reached", "code": "b"}), StreamFailure("b", "limit reached")),
    (event({"type": "error", "message": "limit reached", "code": "b"}), StreamFailure("b", "limit reached")),
    (b'event: error\ndata: {"message": "limit reached"}\n\n', StreamFailure("error", "limit reached")),
    (b'event: error\ndata: {"error": {"message": "limit reached"}}\n\n', StreamFailure(None, "limit reached")),
    (b"event: error\ndata: limit reached\n\n", StreamFailure(None, "limit reached")),
    (b"event: error\n\n", StreamFailure(None, "error")),
    (b'error: {"code": 500, "message": "limit reached"}\n\n', StreamFailure("500", "limit reached")),
    (ended("error", error={"code": "gone", "message": "limit reached"}), StreamFailure("gone", "limit reached")),
    (ended("error"), StreamFailure(None, "it gives no reason")),
    (event({"choices": [{"error": {"code": 1, "message": "limit reached"}}]}), StreamFailure("1", "limit reached")),
]  # fmt: skip


@each_line(("error", "failure"), ERRORS)
def test_an_error_inside_a_stream_is_not_its_end(error: bytes, failure: StreamFailure) -> None:
    """Half a sentence stays half a sentence, also if the end mark and the usage follow; the first error is told."""
    read = Read(said("A Sharpe ratio of "), error, event({"error": "another"}), used(), DONE)
    assert read.reader.failure == read.reader.completion.failure == read.reader.envelope.failure == failure
    assert (read.given_out, read.reader.envelope.usage) == ("A Sharpe ratio of ", USED)


@each_line("event", [b'data: {"choi\n\n', b'data: {\n"choices": []}\n\n', b"event: message\ndata: {]\n\n"])
def test_a_stream_with_an_event_that_cannot_be_read_is_not_complete(event: bytes) -> None:
    """What was said in it is missing, whatever comes after it; the usage tells what it cost all the same."""
    read = Read(*WHOLE[:2], event, *WHOLE[2:])
    assert (read.reader.complete, read.reader.failure, read.reader.envelope.usage) == (False, None, USED)


@each_line("nothing", [None, "", False])
def test_an_error_that_is_none_is_none(nothing: object) -> None:
    """Some servers name it in every chunk."""
    assert Read(*WHOLE[:2], ended(error=nothing), used(error=nothing), DONE).reader.failure is None


def test_json_with_an_error_in_place_of_a_stream_is_a_failure() -> None:
    """A 200 that says 502."""
    read = Read(b'{"error": {"code": 502, "message": "no worker"}}')
    assert (read.reader.failure, read.given_out) == (StreamFailure("502", "no worker"), "")


@each_line("parts", [(), (said("Half"),), (said("Half"), used()), (b"<html>502</html>",), (b'{"id": "x"}',)])
def test_a_stream_that_gives_no_reason_for_its_end_is_not_complete(parts: tuple[bytes, ...]) -> None:
    """It was cut; so is one that broke, whatever it had said."""
    assert not Read(*parts).reader.complete
    assert not Read(*parts, ended(), broken=True).reader.complete


def test_an_end_mark_completes_a_stream_that_gives_no_reason() -> None:
    """As some servers end."""
    assert Read(said("Whole."), DONE).reader.complete


def test_the_last_event_and_the_one_that_only_brings_usage_are_known() -> None:
    """The one is held back until the row is settled, the other is kept from whoever has not asked for it."""
    taken = Read(*WHOLE).taken
    assert [one.is_end for one in taken] == [False, False, False, False, True]
    assert [one.only_usage for one in taken] == [False, False, False, True, False]
    others = [used(None), event({"choices": [], "prompt_filter_results": []}), ended(usage=USED)]
    assert [one.only_usage for one in Read(*others).taken] == [False, False, False]


def test_an_end_mark_without_a_blank_line_before_it_is_one() -> None:
    """Both are lines of one event then."""
    body = said("Hi.").replace(b"\n\n", b"\n") + DONE
    assert Read(body).taken == [Taken("Hi.", is_end=True)]


def test_a_server_cannot_talk_without_end_in_its_error() -> None:
    """It is told to people."""
    failure = Read(event({"error": {"message": "x" * 10_000}})).reader.failure
    assert failure == StreamFailure(None, "x" * 4000)


def test_a_half_that_waits_comes_with_the_end_mark() -> None:
    """Who stops at the end mark has all of the text."""
    assert Read(said("Up " + HIGH), DONE).taken[-1] == Taken("\ufffd", is_end=True)


def test_other_choices_are_no_text_and_count_all_the_same() -> None:
    """They are billed: an estimate must know of them, and of what was thought aloud."""
    call = {"index": 0, "function": {"name": "look", "arguments": {"a": 1}}}
    read = Read(
        said("first"), said("second", 1), said(None, 2, tool_calls=[call]), said(None, 1, refusal="third"),
        said(None, reasoning_content="fourth"), event({"choices": [{"delta": {"reasoning": "fifth"}}]}),
        event({"choices": [{"delta": {"content": "sixth"}}, {"delta": {"content": "seventh"}}]}),
        said(None, function_call={"name": "old", "arguments": "{}"}),
    )  # fmt: skip
    assert read.given_out == "firstsixth"
    for written in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", 'look{"a": 1}', "old{}"):
        assert read.reader.received.count(written) == 1


@each_line(("usage", "parts", "found"), [
    (ZERO, (said("Hi."),), None),
    ({"prompt_tokens": 90, "completion_tokens": 0}, (said("Hi."),), None),
    ({}, (said("Hi."),), None),
    (ZERO, (said("Hi.", 1),), None),
    (ZERO, (), ZERO),
    ({"prompt_tokens": 90, "completion_tokens": 0}, (), {"prompt_tokens": 90, "completion_tokens": 0}),
    ({"prompt_tokens": 90, "completion_tokens": "x"}, (said("Hi."),), {"prompt_tokens": 90, "completion_tokens": "x"}),
    ([7], (said("Hi."),), None),
])  # fmt: skip
def test_a_usage_without_output_is_none_beside_a_text(usage: object, parts: tuple[bytes, ...], found: object) -> None:
    """It was written by somebody: nothing is not what it cost. Where nothing was said, it may be the truth."""
    assert Read(*parts, ended(), used(usage), DONE).reader.envelope.usage == found


def test_an_event_beyond_all_measure_is_lost() -> None:
    """Not an exception, and no memory; what came before stays. An error of the server it is not: that costs nothing."""
    read = Read(said("Half"), b"data: " + b"x" * MAX_EVENT_BYTES, b"x\n\n", DONE)
    assert (read.given_out, read.reader.complete, read.reader.failure) == ("Half", False, None)
    page = Read(b"x" * (MAX_EVENT_BYTES + 1), json.dumps(JSON_ANSWER).encode())
    assert (page.given_out, page.reader.complete, page.reader.failure) == ("", False, None)


DEEP = b"[" * 5_000 + b"]" * 5_000
DEEP_ARGUMENTS = b'{"a":' * 1_000 + b"1" + b"}" * 1_000


@pytest.mark.parametrize("deep", [DEEP, DEEP_ARGUMENTS, b"1" * 5_000], ids=["lists", "objects", "digits"])
def test_depth_and_length_are_no_way_to_an_exception(deep: bytes) -> None:
    """In every place of a chunk."""
    for place in (
        b'"usage": %s',
        b'"id": %s',
        b'"error": %s',
        b'"choices": %s',
        b'"choices": [{"delta": {"content": %s}}]',
        b'"choices": [{"delta": {"tool_calls": [{"function": {"arguments": %s}}]}}]',
    ):
        read = Read(said("Hi."), b"data: {" + place % deep + b"}\n\n", DONE)
        assert read.given_out == "Hi."
        assert read.reader.envelope is not None
        assert read.reader.completion.text == "Hi."


NAMES = ("id", "model", "service_tier", "usage", "choices", "error", "type", "object")
VALUE = json_with("index", "delta", "message", "finish_reason", "usage", "content", "refusal", "tool_calls", "function")
CHUNKS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUE))


@given(st.lists(CHUNKS | VALUE, max_size=4), st.sampled_from([(), (DONE,)]))
@example([{"choices": [{"delta": {"tool_calls": [{"index": True, "function": {"arguments": [HIGH]}}]}}]}], ())
def test_no_json_makes_the_reader_raise(chunks: list[Any], ending: tuple[bytes, ...]) -> None:
    """Nor is the text of the chunks before and after lost, unless those have a text of their own."""
    read = Read(said("before"), *map(event, chunks), said("after", model="m"), *ending)
    assert read.given_out == read.reader.text
    assert read.given_out.startswith("before")
    assert read.given_out.endswith("after")
    for text in (read.reader.received, read.reader.refusal, json.dumps(read.reader.envelope.usage)):
        text.encode()
    assert all(isinstance(call, ToolCall) for call in read.reader.completion.calls)


@given(st.text(alphabet=st.characters(), max_size=40), st.lists(st.integers(0, 40), max_size=5), st.data())
def test_no_text_is_lost_however_it_is_cut(text: str, cuts: list[int], data: st.DataObject) -> None:
    """Cut within characters by the server, and within bytes by the network."""
    units = text.encode("utf-16-le", "surrogatepass")
    at = sorted({0, *(2 * cut for cut in cuts), len(units)})
    pieces = [units[start:end].decode("utf-16-le", "surrogatepass") for start, end in pairwise(at)]
    body = b"".join((*map(said, pieces), ended(), used(), DONE))
    step = data.draw(st.integers(1, len(body)))
    read = Read(*(body[start : start + step] for start in range(0, len(body), step)))
    expected = units.decode("utf-16-le", "replace")
    assert (read.given_out, read.reader.text) == (expected, expected)


def test_a_reader_can_be_asked_before_it_has_read_anything() -> None:
    """A stream may break before its first event."""
    reader: Any = ChatStreamReader()
    checks: list[Callable[[], object]] = [lambda: reader.envelope, lambda: reader.completion, lambda: reader.received]
    assert all(check() is not None for check in checks)
    assert reader.take(ServerEvent(None, b"", b": ping\n\n")) == Taken()
    assert (reader.end(), reader.complete) == ("", False)


@each_line(("parts", "usage"), [
    ((said("Up", 0), event({"choices": [{"index": 0, "delta": {"content": " 1"}}], "usage": USED})), None),
    ((event({"choices": [{"index": 0, "delta": {"content": "Up"}}], "usage": USED}), ended()), USED),
    ((event({"choices": [{"index": 0, "delta": {"content": "Up"}}], "usage": USED}), DONE), USED),
    ((said("Up", 0), used()), USED),
])  # fmt: skip
def test_a_count_that_runs_along_is_no_usage_of_what_was_cut_off(parts: tuple[bytes, ...], usage: object) -> None:
    """Some servers send one with every piece; only the last, of an answer that ended, counts all of it."""
    assert Read(*parts, broken=True).reader.envelope.usage == usage
