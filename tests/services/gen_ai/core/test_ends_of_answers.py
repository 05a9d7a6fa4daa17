"""Which answers are whole: what broke off, for whatever reason, is not accepted, and what is only dressed up is."""

from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from app.errors import AnswerRejectedError
from app.services.gen_ai.core.judging import judge_completion
from app.services.gen_ai.core.operation import GenerationTask, PlainText
from app.services.gen_ai.wire.messages import Completion, Message, NoArguments, StreamFailure, Tool, ToolCall
from tests.fakes.gate import Gate
from tests.fakes.scripted_upstream import completion
from tests.tables import each_line

TALK = (Message("user", "Name a city in France."),)
PARIS = '{"city": "Paris"}'


class City(BaseModel):
    city: str


def task(answer: type[Any] = City, **changes: Any) -> GenerationTask[Any, Any]:
    told = {"max_output_tokens": 300} | changes
    return GenerationTask("strategy_builder", "build_strategy", "alice", TALK, answer, **told)


WHOLE = [None, "stop", "STOP", "tool_calls", "function_call", "eos", "eos_token", "end_turn", "COMPLETE"]
NOT_WHOLE = [
    "error",
    "content_filter",
    "insufficient_system_resource",
    "SAFETY",
    "recitation",
    "cancelled",
    "queued",
    "?",
]


@each_line("reason", WHOLE)
async def test_whole_answers_are_accepted(reason: str | None) -> None:
    """OpenAI's reasons for their end, and the words that compatible servers have for them."""
    judged = await judge_completion(task(), Completion(PARIS, None, reason))
    assert judged.accepted == (City(city="Paris"), None)


@each_line("reason", NOT_WHOLE)
async def test_answers_that_ended_otherwise_are_not(reason: str) -> None:
    """Whatever the reason is, also one that nobody has heard of: it is told, and the text is no answer."""
    judged = await judge_completion(task(PlainText), Completion("A Sharpe ratio of ", None, reason))
    (violation,) = judged.violations
    assert judged.accepted is None
    assert reason.lower() in violation or reason == "content_filter"


async def test_the_code_of_an_error_is_told_as_any_word_of_the_upstreams() -> None:
    """In one short line, without a key: a server may put anything there."""
    failure = StreamFailure("\x1b[31msk-proj-0123456789abcdef\n" + "x" * 100_000, "broken")
    (violation,) = (await judge_completion(task(), Completion(PARIS, None, "stop", failure=failure))).violations
    assert violation.startswith("the answer ended in an error ([key] xx")
    assert len(violation) < 200


async def test_an_answer_with_an_error_in_it_is_none() -> None:
    """Also where the end mark and a good reason came after it."""
    failure = StreamFailure("502", "no worker")
    judged = await judge_completion(task(PlainText), Completion("A Sharpe ratio of ", None, "stop", failure=failure))
    assert (judged.accepted, judged.violations) == (None, ["the answer ended in an error (502)"])


BROKEN = httpx2.Response(200, json={"error": {"code": 502, "message": "no worker"}})


@pytest.mark.parametrize("broken", [BROKEN, completion("A Sharpe ", finish_reason="error")], ids=["error", "half"])
async def test_what_ended_in_an_error_is_asked_again_as_it_was(gate: Gate, broken: httpx2.Response) -> None:
    """It is no work of the model: half a sentence would only lead it astray."""
    gate.upstream.then(broken, completion(PARIS))
    generated = await gate.generator.generate(task())
    assert generated.answer == City(city="Paris")
    first, second = gate.upstream.bodies
    assert first == second


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
async def test_what_was_cut_off_is_asked_again_with_twice_the_room(gate: Gate, reason: str) -> None:
    """The same limit would cut it off again."""
    gate.upstream.then(*(completion('{"city": "Pa', finish_reason=reason) for _ in range(2)), completion(PARIS))
    await gate.generator.generate(task(requested_model_id="gpt-4o-mini"))
    assert [body["max_completion_tokens"] for body in gate.upstream.bodies][:2] == [300, 600]


async def test_a_model_that_thought_until_its_limit_gets_twice_that(gate: Gate) -> None:
    """Its thoughts take from the limit: with twice the visible part of it, it would burn it as it did."""
    limit = 16_384 + 300
    usage = {"prompt_tokens": 9, "completion_tokens": limit, "completion_tokens_details": {"reasoning_tokens": limit}}
    burnt = completion("", model="gpt-6-astra", finish_reason="length", usage=usage)
    gate.upstream.then(burnt, completion("Paris.", model="gpt-6-astra"))
    prose = GenerationTask[PlainText, None](
        "narrative_report", "report", "alice", TALK, PlainText, 300, requested_model_id="gpt-6-astra"
    )
    await gate.generator.generate(prose)
    assert [body["max_completion_tokens"] for body in gate.upstream.bodies] == [limit, 2 * limit]


async def test_the_larger_limit_ends_at_what_the_model_can_give(gate: Gate) -> None:
    """And a usage that cannot be read adds nothing."""
    gate.upstream.then(completion("", finish_reason="length", usage={"prompt_tokens": -1}), completion(PARIS))
    await gate.generator.generate(task(requested_model_id="gpt-4o-mini", max_output_tokens=9_000))
    assert [body["max_completion_tokens"] for body in gate.upstream.bodies] == [9_000, 16_384]


FENCED = [
    "```json\n{json}\n```",
    "```\n{json}\n```\n",
    "``` json\n{json}```",
    "```JSON {json} ```",
    "Here it is:\n\n```json\n{json}\n```\nTell me if you need more.",
    "```json\n{json}",
    "  {json}\n",
]


@each_line("dress", FENCED)
async def test_a_fence_is_taken_off_json(dress: str) -> None:
    """With or without a name, a sentence before or after it, or its end: one paid request is enough."""
    json = '{"city": "Pa`ris``` {x}"}'
    judged = await judge_completion(task(), Completion(dress.replace("{json}", json), None, "stop"))
    assert judged.accepted == (City(city="Pa`ris``` {x}"), None)


@each_line("text", ["```\n```", "``````", "```json", "```json\nno\n```", "no", '{"city": ```"Paris"```}'])
async def test_a_fence_round_no_json_is_no_answer(text: str) -> None:
    """The model is told what is wrong with what is inside."""
    judged = await judge_completion(task(), Completion(text, None, "stop"))
    assert judged.accepted is None


async def test_a_fence_of_prose_is_a_part_of_it() -> None:
    """Only JSON is taken out of one."""
    text = "```python\nprint()\n```"
    judged = await judge_completion(task(PlainText), Completion(text, None, "stop"))
    assert judged.accepted == (PlainText(text=text), None)


async def test_a_call_in_an_answer_that_failed_is_not_run(gate: Gate) -> None:
    """Its arguments may be cut; the whole is asked for again."""

    async def never(_: NoArguments) -> dict[str, Any]:
        raise AssertionError("it was run")

    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    choice = {"message": {"content": None, "tool_calls": [call]}, "finish_reason": "error"}
    broken = httpx2.Response(200, json={"model": "gpt-4o-2024-11-20", "choices": [choice]})
    gate.upstream.then(broken, completion(PARIS, model="gpt-4o-2024-11-20"))
    tools = (Tool("look", "Looks.", NoArguments, never),)
    generated = await gate.generator.generate(task(tools=tools, requested_model_id="gpt-4o"))
    assert generated.tools == ()


async def test_arguments_that_came_as_an_object_reach_the_tool(gate: Gate) -> None:
    """As JSON, as they should have been sent."""
    seen: list[ToolCall] = []

    async def look(_: NoArguments) -> dict[str, Any]:
        return {"found": 1}

    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": {}}}
    choice = {"message": {"content": "", "tool_calls": [call]}, "finish_reason": "tool_calls"}
    asking = httpx2.Response(200, json={"model": "gpt-4o-2024-11-20", "choices": [choice]})
    gate.upstream.then(asking, completion(PARIS, model="gpt-4o-2024-11-20"))
    tools = (Tool("look", "Looks.", NoArguments, look),)
    generated = await gate.generator.generate(task(tools=tools, requested_model_id="gpt-4o"))
    seen += [use.call for use in generated.tools if use.succeeded]
    assert seen == [ToolCall("call_1", "look", "{}")]


async def test_a_stream_that_is_not_whole_is_rejected(gate: Gate) -> None:
    """It cannot be repaired: whoever listens is told."""
    chunk = b'data: {"model": "gpt-4o-mini", "choices": [{"delta": {"content": "Half"}, "finish_reason": "abort"}]}\n\n'
    gate.upstream.then(httpx2.Response(200, content=chunk + b"data: [DONE]\n\n"))
    prose = GenerationTask[PlainText, None]("narrative_report", "report", "alice", TALK, PlainText, 300)
    with pytest.raises(AnswerRejectedError) as caught:
        [piece async for piece in gate.generator.stream(prose)]
    assert caught.value.fields["violations"] == ["the answer is not whole: it ended with 'abort'"]
