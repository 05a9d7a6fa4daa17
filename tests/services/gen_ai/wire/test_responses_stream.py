"""A stream of Responses: its text and calls from the pieces, its end and usage from whichever event ends it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from app.services.gen_ai.wire.messages import Completion, StreamFailure, ToolCall
from app.services.gen_ai.wire.responses import ResponsesStreamReader
from app.services.gen_ai.wire.sse import EventDecoder
from app.services.gen_ai.wire.stream_reader import Taken
from tests.fakes.completions import said_in
from tests.fakes.hostile_json import json_with
from tests.tables import each_line

USED = {
    "input_tokens": 90,
    "input_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 0},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 97,
}
FRAME: dict[str, Any] = {
    "id": "resp_4", "object": "response", "created_at": 1795435200, "model": "gpt-6.1-terra", "service_tier": "flex",
    "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "output": [], "error": None, "usage": None,
}  # fmt: skip
TEXT = "Up 12 % this year."
REASONING = {"id": "rs_1", "type": "reasoning", "summary": []}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_a", "name": "models", "arguments": '{"tier": "MINI"}'}


def message(*parts: dict[str, Any], item_id: str = "msg_1") -> dict[str, Any]:
    return {"id": item_id, "type": "message", "role": "assistant", "status": "completed", "content": list(parts)}


def spoken(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def response(status: str, *output: dict[str, Any], **more: object) -> dict[str, Any]:
    return FRAME | {"status": status, "output": list(output)} | more


def event(kind: str, **content: object) -> dict[str, Any]:
    return {"type": f"response.{kind}", "sequence_number": 1, **content}


def delta(kind: str, text: str, index: int = 0) -> dict[str, Any]:
    where: dict[str, Any] = {"item_id": f"item_{index}", "output_index": index, "delta": text}
    if kind == "reasoning_summary_text":
        return event(f"{kind}.delta", summary_index=0, **where)
    if kind == "function_call_arguments":
        return event(f"{kind}.delta", **where)
    return event(f"{kind}.delta", content_index=0, **where, **({"logprobs": []} if kind == "output_text" else {}))


BEGUN = (event("created", response=response("in_progress")), event("in_progress", response=response("in_progress")))
COMPLETED = event("completed", response=response("completed", REASONING, message(spoken(TEXT)), usage=USED))
PIECES = (delta("output_text", "Up 12 %", 1), delta("output_text", " this year.", 1))


class Read:
    def __init__(self, *events: dict[str, Any] | bytes) -> None:
        self.reader, decoder = ResponsesStreamReader(), EventDecoder()
        body = b"".join(_sent(one) for one in events)
        read = [*decoder.feed(body), *decoder.flush()]
        self.taken = [self.reader.take(one) for one in read]
        self.given_out = "".join(one.text for one in self.taken) + self.reader.end()


def _sent(one: dict[str, Any] | bytes) -> bytes:
    if isinstance(one, bytes):
        return one
    return f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode()


def test_these_are_events_of_openais_own_types() -> None:
    """Else the tests here would show nothing."""
    events: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    added = event("output_item.added", output_index=0, item=CALL | {"arguments": ""})
    for one in (*BEGUN, *PIECES, COMPLETED, added, delta("reasoning_summary_text", "Hm"), delta("refusal", "No."),
                delta("function_call_arguments", "{}")):  # fmt: skip
        assert events.validate_python(one).to_dict() == one


def test_a_whole_stream() -> None:
    """Text in its pieces, the names, the usage; the last event is known for the last."""
    read = Read(*BEGUN, delta("reasoning_summary_text", "Hm. "), *PIECES, COMPLETED)
    assert read.taken[-3:] == [Taken("Up 12 %"), Taken(" this year."), Taken(is_end=True)]
    assert (read.given_out, read.reader.complete) == (TEXT, True)
    assert said_in(read.reader.completion) == Completion(TEXT, None, "stop")
    assert read.reader.received == TEXT + "Hm. "
    envelope = read.reader.envelope
    assert (envelope.upstream_id, envelope.answered_as, envelope.service_tier) == ("resp_4", "gpt-6.1-terra", "flex")
    assert envelope.usage == USED


ENDS: dict[str, tuple[dict[str, Any], str | None, StreamFailure | None]] = {
    "completed": (response("completed", usage=USED), "stop", None),
    "cut off": (
        response("incomplete", incomplete_details={"reason": "max_output_tokens"}, usage=USED), "length", None),
    "filtered": (
        response("incomplete", incomplete_details={"reason": "content_filter"}, usage=USED), "content_filter", None),
    "steered": (response("incomplete", incomplete_details={"reason": "steered"}, usage=USED), "steered", None),
    "for no reason": (response("incomplete", incomplete_details=None, usage=USED), "incomplete", None),
    "failed": (
        response("failed", error={"code": "server_error", "message": "no worker"}, usage=USED),
        "error", StreamFailure("server_error", "no worker")),
    "failed for no reason": (response("failed", usage=USED), "error", StreamFailure(None, "it gives no reason")),
    "cancelled": (response("cancelled", usage=USED), "cancelled", None),
}  # fmt: skip


@each_line(("end", "reason", "failure"), ENDS.values())
def test_every_end_is_read_for_its_usage(
    end: dict[str, Any], reason: str | None, failure: StreamFailure | None
) -> None:
    """Completed, incomplete, failed: all three carry it, and all three are billed."""
    read = Read(*BEGUN, *PIECES, event(end["status"], response=end))
    assert (read.reader.envelope.usage, read.taken[-1].is_end, read.reader.complete) == (USED, True, True)
    assert said_in(read.reader.completion) == Completion(TEXT, None, reason, failure=failure)


@each_line(("error", "failure"), [
    ({"type": "error", "code": "server_error", "message": "gone"}, StreamFailure("server_error", "gone")),
    ({"type": "error", "code": None, "message": "gone"}, StreamFailure("error", "gone")),
    ({"type": "error", "error": {"code": "x", "message": "gone"}}, StreamFailure("x", "gone")),
    (b'data: {"error": {"message": "gone"}}\n\n', StreamFailure(None, "gone")),
    (b"event: error\ndata: gone\n\n", StreamFailure(None, "gone")),
])  # fmt: skip
def test_an_error_may_come_in_place_of_an_end(error: dict[str, Any] | bytes, failure: StreamFailure) -> None:
    """Without any usage; the text before it is no answer. A failed end after it has the usage, and no other reason."""
    read = Read(*BEGUN, PIECES[0], error)
    assert (read.reader.failure, read.reader.completion.failure) == (failure, failure)
    assert (read.reader.envelope.usage, read.given_out, read.reader.complete) == (None, "Up 12 %", False)
    late = response("failed", error={"code": "other", "message": "late"}, usage=USED)
    read = Read(*BEGUN, PIECES[0], error, event("failed", response=late))
    assert (read.reader.failure, read.reader.envelope.usage, read.taken[-1].is_end) == (failure, USED, True)


def test_calls_are_put_together() -> None:
    """The name and the id come with the item, the arguments in pieces; the last event is right in doubt."""
    added = [event("output_item.added", output_index=at, item=CALL | {"call_id": f"call_{at}", "arguments": ""})
             for at in (1, 2)]  # fmt: skip
    pieces = [delta("function_call_arguments", '{"tier": ', 1), delta("function_call_arguments", "{}", 2),
              delta("function_call_arguments", '"MINI"}', 1)]  # fmt: skip
    calls = (ToolCall("call_1", "models", '{"tier": "MINI"}'), ToolCall("call_2", "models", "{}"))
    read = Read(*BEGUN, *added, *pieces)
    assert (read.reader.calls, read.reader.complete) == (calls, False)
    assert read.reader.received == 'models{"tier": "MINI"}models{}'
    ended = event("completed", response=response("completed", CALL, usage=USED))
    assert said_in(Read(*added, *pieces, ended).reader.completion) == Completion(
        "", None, "tool_calls", (ToolCall("call_a", "models", '{"tier": "MINI"}'),)
    )


ITEM_DONE = event("output_item.done", output_index=0, item=message(spoken(TEXT)))
BARE_END = event("completed", response=response("completed", usage=USED))


@each_line("events", [(COMPLETED,), (PIECES[0], COMPLETED), (ITEM_DONE, BARE_END), (PIECES[0], ITEM_DONE, BARE_END)])
def test_text_that_came_in_no_piece_is_taken_from_the_end(events: tuple[dict[str, Any], ...]) -> None:
    """Servers leave out pieces, or the output of the last event: what is told once is not lost, and not told twice."""
    read = Read(*BEGUN, *events)
    assert read.given_out == read.reader.text == TEXT


def test_several_messages_are_one_text() -> None:
    """As OpenAI's own `output_text` joins them; a refusal is apart."""
    refusal = {"type": "refusal", "refusal": "No."}
    parts = response("completed", message(spoken("Up ")), REASONING, message(spoken("12 %"), refusal))
    read = Read(event("completed", response=parts | {"usage": USED}))
    assert said_in(read.reader.completion) == Completion("Up 12 %", "No.", "stop")
    refused = Read(delta("refusal", "No"), delta("refusal", "."), event("completed", response=parts))
    assert refused.reader.refusal == "No."


def test_halves_of_a_character_are_joined() -> None:
    """As in a chat."""
    read = Read(delta("output_text", "Up \ud83d"), delta("output_text", "\ude80 12 %"), BARE_END)
    assert read.given_out == "Up \U0001f680 12 %"


def test_json_where_a_stream_was_asked_for_is_the_answer() -> None:
    """With its usage."""
    read = Read(json.dumps(response("completed", message(spoken(TEXT)), CALL, usage=USED)).encode())
    assert (read.given_out, read.reader.complete, read.reader.envelope.usage) == (TEXT, True, USED)
    assert read.reader.completion.finish_reason == "tool_calls"


@pytest.mark.parametrize("events", [BEGUN, (*BEGUN, *PIECES)], ids=["begun", "in the middle"])
def test_a_stream_without_an_end_is_not_complete(events: tuple[dict[str, Any], ...]) -> None:
    """There is no end mark beside the last event."""
    assert not Read(*events).reader.complete


KINDS = ("created", "completed", "failed", "incomplete", "output_text.delta", "refusal.delta", "output_item.added",
         "output_item.done", "function_call_arguments.delta", "reasoning_text.delta")  # fmt: skip
VALUE = json_with("output", "usage", "status", "error", "incomplete_details", "content", "type", "call_id", "arguments")
EVENTS = st.builds(
    lambda kind, content: {"type": f"response.{kind}"} | content,
    st.sampled_from(KINDS),
    st.fixed_dictionaries({}, optional=dict.fromkeys(("response", "delta", "item", "output_index", "error"), VALUE)),
)


@given(st.lists(EVENTS, max_size=4))
def test_no_json_makes_the_reader_raise(events: list[dict[str, Any]]) -> None:
    """Nor is a text before it lost, and what was given out is the text. After the end there is nothing to read."""
    read = Read(delta("output_text", "before"), *events, delta("output_text", "after"))
    assert read.given_out == read.reader.text
    assert read.given_out.startswith("before")
    assert read.given_out.endswith("after") is not read.reader.complete
    (read.reader.received + str(read.reader.completion) + json.dumps(read.reader.envelope.usage)).encode()


def test_a_usage_before_the_end_is_none() -> None:
    """What is still to come is not in it."""
    early = response("in_progress", usage=USED)
    read = Read(event("created", response=early), event("completed", response=response("completed", message())))
    assert read.reader.complete
    assert read.reader.envelope.usage is None
