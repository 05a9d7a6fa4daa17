"""`n`: several answers to one prompt."""

from typing import Any

import pytest
from openai import AsyncOpenAI

from app.simulator.faults import Fault
from app.simulator.service import Simulator
from tests.simulator.conftest import Post

QUESTION: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello."}]}
TOOL = {"type": "function", "function": {"name": "clock"}}


async def test_all_choices_are_billed(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """The prompt once, the output of each."""
    one = await openai.chat.completions.create(**QUESTION)
    three = await openai.chat.completions.create(**QUESTION, n=3)
    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert {choice.message.content for choice in three.choices} == {one.choices[0].message.content}
    assert one.usage is not None
    assert three.usage is not None
    assert three.usage.prompt_tokens == one.usage.prompt_tokens
    assert three.usage.completion_tokens == 3 * one.usage.completion_tokens
    assert simulator.account.bills[-1].usage == three.usage.to_dict()


async def test_each_choice_has_its_own_limit_and_reasoning(post: Post) -> None:
    """The limit is that of one choice; so much is written as many times."""
    answer = (await post(model="gpt-6-luna", n=4, max_completion_tokens=130)).json()
    assert [choice["finish_reason"] for choice in answer["choices"]] == ["length"] * 4
    assert answer["usage"]["completion_tokens"] == 4 * 130
    assert answer["usage"]["completion_tokens_details"]["reasoning_tokens"] == 4 * 128


async def test_choices_take_turns_in_a_stream(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """Each chunk is of one choice; the usage that was asked for is that of all, and the bill grows with all."""
    simulator.faults.add(Fault(kind="content", text="one two three four five six seven eight nine ten"))
    stream = await openai.chat.completions.create(**QUESTION, n=2, stream=True, stream_options={"include_usage": True})
    chunks = [chunk async for chunk in stream]
    texts = {0: "", 1: ""}
    order = [chunk.choices[0].index for chunk in chunks[:-1]]
    for chunk in chunks[:-1]:
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert order == [0, 1] * (len(order) // 2)
    assert texts == dict.fromkeys((0, 1), "one two three four five six seven eight nine ten")
    assert [chunk.choices[0].finish_reason for chunk in chunks[-3:-1]] == ["stop", "stop"]
    assert chunks[-1].usage is not None
    assert simulator.account.bills[0].usage == chunks[-1].usage.to_dict()


@pytest.mark.parametrize("stream", [False, True])
async def test_calls_of_choices_have_ids_of_their_own(openai: AsyncOpenAI, *, stream: bool) -> None:
    """So that each can be answered."""
    asked: Any = QUESTION | {"n": 2, "tools": [TOOL], "tool_choice": "required", "stream": stream}
    answer: Any = await openai.chat.completions.create(**asked)
    if stream:
        deltas = [chunk.choices[0].delta async for chunk in answer]
        ids = [call.id for delta in deltas for call in delta.tool_calls or () if call.id]
    else:
        ids = [choice.message.tool_calls[0].id for choice in answer.choices]
    assert len(set(ids)) == 2
