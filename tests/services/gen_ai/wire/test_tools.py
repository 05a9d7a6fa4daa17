"""Tools as a request lists them, and calls as an answer asks for them."""

from typing import Any

import pytest

from app.services.gen_ai.wire.messages import NoArguments, Tool, ToolCall, ToolUse, read_calls
from tests.fakes.scripted_upstream import called
from tests.fakes.tools import PARIS, Weather
from tests.tables import each_line


async def _nothing(_: NoArguments) -> dict[str, Any]:
    return {}


def test_a_tool_is_described_as_a_strict_function() -> None:
    """Every argument is required and no other is allowed: the model is held to the schema."""
    assert Weather().tool.described() == {
        "name": "weather",
        "description": "Tells the weather of a city.",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
            "required": ["city", "days"],
            "additionalProperties": False,
        },
    }


@pytest.mark.parametrize("name", ["", "my tool", "wetter?", "x" * 65, "날씨"])
def test_a_name_that_openai_refuses_is_refused_here(name: str) -> None:
    """At the start, not at the first question."""
    with pytest.raises(ValueError, match="1 to 64 letters"):
        Tool(name, "Does nothing.", NoArguments, _nothing)


@each_line(
    ("entries", "calls"),
    [
        (None, ()),
        ("x", ()),
        ([None, {}, {"function": 1}], ()),
        ([called("weather", PARIS)], (ToolCall("call_0", "weather", PARIS),)),
        ([called("a b!", "x")], (ToolCall("call_0", "a_b_", "x"),)),
        ([called("", "x")], (ToolCall("call_0", "_", "x"),)),
        ([{"function": {"name": "f"}}, called("g", "")], (ToolCall("call_0", "f", ""), ToolCall("call_1", "g", ""))),
        ([called("f", ""), called("f", "")], (ToolCall("call_0", "f", ""), ToolCall("call_1", "f", ""))),
        ([called("f", "") | {"id": "i" * 41}], (ToolCall("call_0", "f", ""),)),
    ],
)
def test_calls_are_read_so_that_they_can_be_sent_back(entries: Any, calls: tuple[ToolCall, ...]) -> None:
    """OpenAI refuses odd names, ids of more than 40 characters and, for whoever tells them apart, equal ids."""
    assert read_calls(entries, longest_id=40) == calls


@pytest.mark.parametrize(
    ("written", "arguments"), [(PARIS, {"city": "Paris", "days": 2}), ("", {}), ("[1]", None), ("{", None)]
)
def test_the_arguments_of_a_use_are_an_object_or_unknown(written: str, arguments: dict[str, Any] | None) -> None:
    """What nobody can read is None, not an empty object."""
    assert ToolUse(ToolCall("call_0", "weather", written)).arguments == arguments
