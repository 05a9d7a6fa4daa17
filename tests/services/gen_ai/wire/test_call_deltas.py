"""Tool calls of a stream: the same as those of an answer in one piece, whatever the pieces."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from app.services.gen_ai.wire.messages import read_calls
from app.services.gen_ai.wire.pieces import CallDeltas


def opening(index: int | None, call_id: str | None, name: str | None, arguments: str = "") -> dict[str, Any]:
    delta: dict[str, Any] = {"function": {"arguments": arguments}}
    if index is not None:
        delta["index"] = index
    if call_id is not None:
        delta |= {"id": call_id, "type": "function"}
    if name is not None:
        delta["function"]["name"] = name
    return delta


def more(arguments: str, index: int | None = 0) -> dict[str, Any]:
    return opening(index, None, None, arguments)


def together(*chunks: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    deltas = CallDeltas()
    for chunk in chunks:
        deltas.take(chunk)
    return [(call.call_id, call.name, call.arguments) for call in read_calls(deltas.entries, longest_id=40)]


TWO = [("call_a", "weather", '{"city": "Paris"}'), ("call_b", "clock", "{}")]

OPENAI = [
    [opening(0, "call_a", "weather")],
    [more('{"city": ')],
    [more('"Paris"}')],
    [opening(1, "call_b", "clock")],
    [more("{}", 1)],
]
BOTH_IN_A_CHUNK = [
    [opening(0, "call_a", "weather"), opening(1, "call_b", "clock")],
    [more('{"city": "Pa', 0), more("{", 1)],
    [more("}", 1), more('ris"}', 0)],
]
NO_INDEX = [
    [opening(None, "call_a", "weather", '{"city": ')],
    [more('"Paris"}', None)],
    [opening(None, "call_b", "clock", "{}")],
]
ALWAYS_ZERO = [[opening(0, "call_a", "weather", '{"city": "Paris"}')], [opening(0, "call_b", "clock", "{}")]]
ID_IN_EACH = [
    [opening(0, "call_a", "weather", '{"city": ')],
    [opening(0, "call_a", "weather", '"Paris"}')],
    [opening(1, "call_b", "clock", "{")],
    [opening(1, "call_b", None, "}")],
]
NEW_ID_WITHOUT_A_NAME = [
    [opening(0, "call_a", "weather", '{"city": ')],
    [opening(0, "call_z", None, '"Paris"}')],
    [opening(1, "call_b", "clock", "{}")],
]


@pytest.mark.parametrize(
    "chunks",
    [OPENAI, BOTH_IN_A_CHUNK, NO_INDEX, ALWAYS_ZERO, ID_IN_EACH, NEW_ID_WITHOUT_A_NAME],
    ids=["openai", "both in a chunk", "no index", "always index 0", "id in each piece", "new id in each piece"],
)
def test_calls_are_put_together_as_servers_send_them(chunks: list[list[dict[str, Any]]]) -> None:
    """OpenAI's own way, and what compatible servers are known to do in its place."""
    assert together(*chunks) == TWO


@pytest.mark.parametrize("broken", [None, "x", [None], [{}], [{"index": 0}], [{"index": 0, "function": "x"}]])
def test_what_is_no_call_is_left_out(broken: Any) -> None:
    """It neither fails nor spoils the calls around it."""
    assert together(OPENAI[0], broken, *OPENAI[1:]) == TWO


def test_all_that_was_written_counts_also_before_the_end() -> None:
    """A stream that breaks is estimated from it."""
    deltas = CallDeltas()
    deltas.take(OPENAI[0])
    deltas.take(OPENAI[1])
    assert deltas.text == 'weather{"city": '


CALLS = st.lists(st.tuples(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(max_size=30)), min_size=1, max_size=4)


@given(CALLS, st.integers(1, 5))
def test_it_agrees_with_the_accumulator_of_openais_sdk(calls: list[tuple[str, str]], size: int) -> None:
    """Arguments cut anywhere, one call after the other, as OpenAI streams them."""
    pieces = []
    for index, (name, arguments) in enumerate(calls):
        pieces.append([opening(index, f"call_{index}", name)])
        pieces += [[more(arguments[at : at + size], index)] for at in range(0, len(arguments), size)]
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    state = ChatCompletionStreamState()
    for number, piece in enumerate([*pieces, None]):
        delta: dict[str, Any] = {"tool_calls": piece} if piece else {}
        reason = None if piece else "tool_calls"
        choice = {"index": 0, "delta": delta | ({"role": "assistant"} if number == 0 else {}), "finish_reason": reason}
        state.handle_chunk(ChatCompletionChunk.model_validate(frame | {"choices": [choice]}))
    message = state.current_completion_snapshot.choices[0].message
    theirs = [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or ()]
    assert together(*pieces) == theirs
