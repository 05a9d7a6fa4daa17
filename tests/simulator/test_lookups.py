"""Questions about what only a tool can know: which tools are called, with what, and what is made of their results."""

import json
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from app.simulator.faults import Fault
from app.simulator.service import Simulator
from tests.simulator.conftest import Post

USAGE: Any = {
    "type": "function",
    "function": {
        "name": "usage_and_cost",
        "description": "Sums usage. Services: strategy_builder, narrative_report.",
        "parameters": {
            "type": "object",
            "properties": {
                "period": {"type": "string", "enum": ["all", "today", "last_month"]},
                "service": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
            "required": ["period", "service"],
            "additionalProperties": False,
        },
    },
}
HEALTH: Any = {"type": "function", "function": {"name": "health_check"}}
CLOCK: Any = {"type": "function", "function": {"name": "clock"}}


def functions(answer: ChatCompletion) -> list[tuple[str, str]]:
    """The functions that an answer calls, and their arguments as written."""
    calls = answer.choices[0].message.tool_calls or []
    return [(call.function.name, call.function.arguments) for call in calls if call.type == "function"]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("How much did I spend?", {"period": "all", "service": None}),
        ("What did the strategy builder cost last month?", {"period": "last_month", "service": "strategy_builder"}),
        ("오늘 리포트 비용은?", {"period": "today", "service": "narrative_report"}),
        ("narrative_report usage today", {"period": "today", "service": "narrative_report"}),
    ],
)
async def test_a_question_about_a_topic_calls_the_tool_that_knows_it(
    openai: AsyncOpenAI, text: str, arguments: dict[str, Any]
) -> None:
    """By plain rules, in both languages; the arguments are what the question says, and else what the schema allows."""
    answer = await openai.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": text}], tools=[CLOCK, USAGE, HEALTH]
    )
    assert [(name, json.loads(written)) for name, written in functions(answer)] == [("usage_and_cost", arguments)]


async def test_several_topics_are_several_calls_side_by_side(openai: AsyncOpenAI) -> None:
    """Streamed as OpenAI does: each call has its number, its id and its own arguments; both forms are the same."""
    asked: Any = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "What did I spend, and is all healthy?"}],
        "tools": [HEALTH, USAGE],
    }
    said = functions(await openai.chat.completions.create(**asked))
    assert said == [("usage_and_cost", '{"period": "all", "service": null}'), ("health_check", "{}")]
    async with openai.chat.completions.stream(**asked) as stream:
        streamed = (await stream.get_final_completion()).choices[0].message.tool_calls or []
    assert [(call.function.name, call.function.arguments) for call in streamed] == said
    assert len({call.id for call in streamed}) == 2


async def test_a_token_limit_cuts_within_the_calls(post: Post) -> None:
    """A call that was never begun is not there."""
    body = {"tools": [HEALTH, USAGE], "messages": [{"role": "user", "content": "What did I spend? Is all healthy?"}]}
    choice = (await post(max_completion_tokens=4, **body)).json()["choices"][0]
    (call,) = choice["message"]["tool_calls"]
    assert (choice["finish_reason"], call["function"]["arguments"]) == ("length", '{"period": "')


TOLD = {
    "Cost?": (
        "usage says: total usd: 1.5, groups: (key: a, n: 1), until: unknown, ok: true\n"
        "health could not tell: it is down\n(simulated)"
    ),
    "비용은?": (
        "usage 조회 결과: total usd: 1.5, groups: (key: a, n: 1), until: 알 수 없음, ok: true\n"
        "health 조회에 실패했습니다: it is down\n(모의 응답)"
    ),
}


async def test_what_tools_returned_is_told_with_their_names(post: Post) -> None:
    """JSON in words, errors as errors, in the user's language, and marked as simulated."""
    calls = [
        {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for number, name in enumerate(("usage", "health"))
    ]
    data = {"kind": "data", "data": {"total_usd": "1.5", "groups": [{"key": "a", "n": 1}], "until": None, "ok": True}}
    for asked, told in TOLD.items():
        messages = [
            {"role": "user", "content": asked},
            {"role": "assistant", "tool_calls": calls},
            {"role": "tool", "tool_call_id": "c1", "content": '{"error": "it is down"}'},
            {"role": "tool", "tool_call_id": "c0", "content": json.dumps(data)},
        ]
        answer = (await post(messages=messages, tools=[USAGE, HEALTH])).json()
        assert answer["choices"][0]["message"]["content"] == told


async def test_a_fault_calls_any_tool_with_any_arguments_where_tools_may_be_called(
    post: Post, simulator: Simulator
) -> None:
    """Unknown tools, bad arguments and loops without end on demand; never against tool_choice none."""
    asked = [{"role": "user", "content": "Hello."}]
    for body in ({"tools": [CLOCK]}, {"tools": [CLOCK], "tool_choice": "auto"}):
        simulator.faults.add(Fault(kind="tool_call", tool="nope", text="{broken"))
        choice = (await post(messages=asked, **body)).json()["choices"][0]
        assert choice["finish_reason"] == "tool_calls"
        assert choice["message"]["tool_calls"][0]["function"] == {"name": "nope", "arguments": "{broken"}
    for body in ({}, {"tools": [CLOCK], "tool_choice": "none"}):
        simulator.faults.add(Fault(kind="tool_call", tool="nope"))
        assert "tool_calls" not in (await post(messages=asked, **body)).json()["choices"][0]["message"]
