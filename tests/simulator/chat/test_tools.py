import json
from typing import Any

import pytest
from openai import AsyncOpenAI

from app.simulator.faults import Fault
from app.simulator.service import Simulator
from tests.simulator.conftest import Events, Post

PRICE: Any = {
    "type": "function",
    "function": {
        "name": "last_price",
        "description": "Returns the latest closing price for a ticker",
        "parameters": {
            "type": "object",
            "properties": {"ticker": {"type": "string"}},
            "required": ["ticker"],
            "additionalProperties": False,
        },
    },
}
CLOCK: Any = {"type": "function", "function": {"name": "clock"}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


async def called(post: Post, text: str, **more: Any) -> tuple[str | None, str]:
    """The tool that a text calls, and the finish reason."""
    body = {"tools": [CLOCK, PRICE], "messages": [{"role": "user", "content": text}]} | more
    choice = (await post(**body)).json()["choices"][0]
    calls = choice["message"].get("tool_calls")
    return (calls[0]["function"]["name"] if calls else None), choice["finish_reason"]


@pytest.mark.parametrize(
    ("text", "choice", "tool", "reason"),
    [
        ("Hello.", None, None, "stop"),
        ("Use last_price now.", "auto", "last_price", "tool_calls"),
        ("What is the last price?", None, "last_price", "tool_calls"),
        ("The latest closing value of this ticker, please", "auto", "last_price", "tool_calls"),
        ("Use last_price now.", "none", None, "stop"),
        ("Hello.", "required", "clock", "tool_calls"),
        ("The latest price", "required", "last_price", "tool_calls"),
        ("Hello.", named("last_price"), "last_price", "stop"),
    ],
)
async def test_when_a_tool_is_called(post: Post, text: str, choice: Any, tool: str | None, reason: str) -> None:
    """A named or required tool is called always, the others when the user's text fits them."""
    assert await called(post, text, tool_choice=choice) == (tool, reason)


async def test_the_arguments_fill_the_tools_schema(openai: AsyncOpenAI) -> None:
    """Values come from the data of the question; a tool without parameters gets an empty object."""
    text = 'Price?\n```json\n{"ticker": "KRW-BTC", "more": 1}\n```'
    for tool, arguments in ((PRICE, {"ticker": "KRW-BTC"}), (CLOCK, {})):
        answer = await openai.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "user", "content": text}],
            tools=[tool],
            tool_choice="required",
        )
        calls = answer.choices[0].message.tool_calls
        assert answer.choices[0].message.content is None
        assert calls is not None
        assert calls[0].type == "function"
        assert json.loads(calls[0].function.arguments) == arguments


async def test_a_tool_call_streams(post: Post, events: Events) -> None:
    """The first chunk names the call, the next ones carry its arguments."""
    chunks = events(await post(stream=True, tools=[PRICE], tool_choice="required"))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    opening = deltas[0]["tool_calls"][0]
    assert (opening["index"], opening["function"]["name"]) == (0, "last_price")
    assert opening["id"].startswith("call_")
    written = "".join(delta["tool_calls"][0]["function"]["arguments"] for delta in deltas)
    assert json.loads(written).keys() == {"ticker"}


@pytest.mark.parametrize(("asked", "quoted"), [("Price?", "The tool answered: 42"), ("가격은?", "도구의 답: 42")])
async def test_a_tools_result_is_quoted(post: Post, asked: str, quoted: str) -> None:
    """After a tool has answered the model speaks again, in the user's language."""
    function = {"name": "last_price", "arguments": "{}"}
    messages = [
        {"role": "user", "content": asked},
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
    ]
    answer = (await post(messages=messages, tools=[PRICE])).json()
    assert answer["choices"][0]["message"]["content"] == quoted


async def test_json_mode_always_answers_with_an_object(
    post: Post, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text is wrapped into one; an object stays as it is."""
    for said, answered in (("Hello.", {"answer": "Hello."}), ("[1]", {"answer": "[1]"}), ('{"a": 1}', {"a": 1})):
        monkeypatch.setattr("app.simulator.drafting.compose", lambda _, said=said: said)
        messages = [{"role": "user", "content": "Answer in JSON."}]
        answer = (await post(messages=messages, response_format={"type": "json_object"})).json()
        assert json.loads(answer["choices"][0]["message"]["content"]) == answered


async def test_a_schema_shapes_the_answer(post: Post, simulator: Simulator) -> None:
    """A strict schema is filled, and the fault `flawed` takes its first required key away."""
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "count": {"type": "integer"}},
        "required": ["title", "count"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
    whole = (await post(response_format=wanted)).json()["choices"][0]["message"]["content"]
    simulator.faults.add(Fault(kind="flawed"))
    flawed = (await post(response_format=wanted)).json()["choices"][0]["message"]["content"]
    assert json.loads(whole).keys() == {"title", "count"}
    assert json.loads(flawed).keys() == {"count"}
