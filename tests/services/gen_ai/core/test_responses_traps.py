"""Tool rounds on Responses: nothing is left with OpenAI, so all that it said goes back as it came, and nothing else."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from app.errors import AnswerRejectedError
from app.services.gen_ai.core.operation import GenerationTask, PlainText, Verdict
from app.services.gen_ai.rules.budgets import Budget, BudgetBook
from app.services.gen_ai.rules.service_policy import PolicyFile
from app.services.gen_ai.wire.messages import Message, NoArguments, Tool
from app.vocabulary import BudgetPeriod, BudgetScope, ModelTier
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.responses_gate import WAYS, Way
from tests.fakes.responses_upstream import (
    MODEL,
    Item,
    call,
    events,
    message,
    sent,
    thought,
    whole,
)
from tests.fakes.scripted_upstream import completion, streamed
from tests.fakes.tools import PARIS, Weather
from tests.tables import each_line

TALK = (Message("instruction", "Be brief."), Message("user", "How is the weather in Paris?"))
CLEAR = message("It is clear.", number=9, phase="final_answer")
ROUNDS: Sequence[Sequence[Item]] = (
    (thought(1), call("weather", PARIS)),
    (thought(1, "**Looking**", "Which city?"), thought(2), call("weather", PARIS)),
    (thought(1), message("I look.", phase="commentary"), thought(2), call("weather", PARIS)),
    (thought(1), call("weather", PARIS, 1), thought(2), call("weather", PARIS, 2), message("Wait.")),
    (call("weather", PARIS, call_id="c" * 64),),
    (thought(1), call("nope", "not JSON"), call("weather", "{}", 2)),
)


def task(*tools: Tool[Any], **changes: Any) -> GenerationTask[PlainText, None]:
    told: dict[str, Any] = {
        "service": "chatops_advanced",
        "operation": "chat",
        "caller_id": "alice",
        "messages": TALK,
        "answer": PlainText,
        "max_output_tokens": 300,
        "tools": tools,
        "requested_model_id": MODEL,
    }
    return GenerationTask[PlainText, None](**told | changes)


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


def outputs(items: Sequence[Item]) -> dict[str, Any]:
    """The results that a request hands in, by the id of their call."""
    return {item["call_id"]: json.loads(item["output"]) for item in items}


async def test_all_that_was_said_goes_back_as_it_came_with_one_result_for_each_call(way: Way) -> None:
    """Reasoning, remarks and calls, unchanged and in their order; before them stands the first request, to the byte."""
    for items in ROUNDS:
        async with Gate.build(way.answer(*items), way.answer(CLEAR)) as gate:
            assert (await way.ask(gate, task(Weather().tool))).answer.text == "It is clear."
            first, second = (json.loads(request.content) for request in gate.upstream.requests)
            before = len(first["input"])
            assert second["input"][: before + len(items)] == [*first["input"], *items]
            assert second["input"][before + len(items) :] == [
                {"type": "function_call_output", "call_id": item["call_id"], "output": found["output"]}
                for item, found in zip(_calls(items), second["input"][before + len(items) :], strict=True)
            ]
            at_first, later = (request.content for request in gate.upstream.requests)
            assert later.startswith(at_first[: at_first.index(b'],"store":')]), (
                "what is edited before a thought drops it"
            )
            assert first | {"input": []} == second | {"input": []}


def _calls(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item["type"] == "function_call"]


async def test_nothing_is_left_with_openai(way: Way) -> None:
    """Each request says so, asks for the thoughts, and neither points to what came before nor has `instructions`."""
    answers = [way.answer(thought(number), call("weather", PARIS, number)) for number in range(5)]
    async with Gate.build(*answers, way.answer(CLEAR)) as gate:
        await way.ask(gate, task(Weather().tool))
        for body in gate.upstream.bodies:
            assert (body["store"], body["include"]) == (False, ["reasoning.encrypted_content"])
            assert (body["reasoning"], body["safety_identifier"]) == ({"effort": "low"}, "hash of alice")
            assert not {"instructions", "previous_response_id", "conversation", "truncation"} & body.keys()
        assert [body.get("tool_choice") for body in gate.upstream.bodies] == [None] * 5 + ["none"]
        assert [len(body["input"]) for body in gate.upstream.bodies] == [2, 5, 8, 11, 14, 17]
        assert len({body["prompt_cache_key"] for body in gate.upstream.bodies}) == 1


async def test_each_of_many_calls_gets_a_result(way: Way) -> None:
    """More than are run at a time: what was not run is told so, as a call without a result is refused."""
    calls = [call("weather", PARIS, number) for number in range(11)]
    weather = Weather()
    async with Gate.build(way.answer(thought(1), *calls), way.answer(CLEAR)) as gate:
        generated = await way.ask(gate, task(weather.tool))
        told = outputs(gate.upstream.bodies[1]["input"][-11:])
    assert list(told) == [one["call_id"] for one in calls]
    assert [found["kind"] for found in told.values()] == ["data"] * 8 + ["error"] * 3
    assert (len(weather.asked), len(generated.tools)) == (8, 11)


@each_line("ids", [("call_1", "call_1"), ("", ""), ("c" * 65, "call_2"), (None, "call_2"), (7, "call_2")])
async def test_calls_that_cannot_be_told_apart_get_ids_of_ours(ids: Sequence[Any]) -> None:
    """No such answer is OpenAI's. Thoughts stay out, as their calls do not go back as they came."""
    for way in WAYS:
        items = [thought(1), *(call("weather", PARIS, number) for number in (1, 2))]
        answer = way.answer(*items).content.decode()
        for number, call_id in enumerate(ids, 1):
            answer = answer.replace(f'"call_id": "call_{number}"', f'"call_id": {json.dumps(call_id)}')
            answer = answer.replace(f'"call_id":"call_{number}"', f'"call_id":{json.dumps(call_id)}')
        weather = Weather()
        async with Gate.build(httpx2.Response(200, text=answer), way.answer(CLEAR)) as gate:
            await way.ask(gate, task(weather.tool))
            *_, one, other, found, also = gate.upstream.bodies[1]["input"]
        assert [item["type"] for item in (one, other, found, also)] == ["function_call"] * 2 + [
            "function_call_output"
        ] * 2
        assert [one["call_id"], other["call_id"]] == [found["call_id"], also["call_id"]]
        assert len({one["call_id"], other["call_id"]}) == len(weather.asked) == 2
        assert all(0 < len(item["call_id"]) <= 64 for item in (one, other))


async def test_arguments_that_are_too_long_for_the_round_go_back_as_they_came(way: Way) -> None:
    """The call is not run, and its result says why; in the list it stands without them."""
    asked = call("weather", json.dumps({"city": "Paris " * 5000, "days": 2}))
    weather = Weather()
    async with Gate.build(way.answer(thought(1), asked), way.answer(CLEAR)) as gate:
        generated = await way.ask(gate, task(weather.tool))
        assert gate.upstream.bodies[1]["input"][-2] == asked
        told = outputs(gate.upstream.bodies[1]["input"][-1:])
    assert (weather.asked, told["call_1"]["error"]) == ([], "the arguments are too long")
    assert [use.call.arguments for use in generated.tools] == ["{}"]


async def test_what_goes_back_of_a_stream_is_each_item_as_it_was_when_done() -> None:
    """In the order of the answer, each once, with the thoughts of `output_item.done`: elsewhere they may be cut."""
    items = thought(1), message("I look."), thought(2), call("weather", PARIS)
    opening, *told, last = events(*items)
    done = [one for one in told if one["type"] == "response.output_item.done"]
    cut = [item | ({"encrypted_content": None} if item["type"] == "reasoning" else {}) for item in items]
    for output in (cut, []):
        ended = last | {"response": last["response"] | {"output": output}}
        answer = sent([opening, *reversed(done), *done, ended])
        async with Gate.build(answer, sent(events(CLEAR))) as gate:
            await WAYS[1].ask(gate, task(Weather().tool))
            assert gate.upstream.bodies[1]["input"][2:-1] == [*items]


ODD = [
    message() | {"content": [7, "Hm.", None, {"type": "output_text", "text": None}]},
    message() | {"content": "I look."},
    message() | {"content": None, "role": ["assistant"]},
    {"type": "message", "content": {"text": 7}},
    {"type": "later_kind", "content": [[]], "payload": {"deep": [1.5, None]}},
    message("half \ud83d"),
]


@each_line("odd", ODD)
async def test_items_of_no_known_form_break_nothing(odd: Item) -> None:
    """Whatever stands beside a call, the call is run and the operation ends well."""
    answer = json.dumps(json.loads(whole(call("weather", PARIS)).content) | {"output": [odd, call("weather", PARIS)]})
    async with Gate.build(httpx2.Response(200, text=answer), whole(CLEAR)) as gate:
        assert (await gate.generator.generate(task(Weather().tool))).answer.text == "It is clear."
        assert gate.upstream.bodies[1]["input"][-1]["type"] == "function_call_output"


CUT = {"status": "incomplete", "why": "max_output_tokens"}


async def _never(_: NoArguments) -> dict[str, Any]:
    raise AssertionError("it was run")


UNFINISHED = [
    CUT,
    {"status": "incomplete", "why": "content_filter"},
    {"status": "incomplete", "why": "steered"},
    {"status": "incomplete"},
    {"status": "failed", "error": ("server_error", "gone")},
]


@each_line("ending", UNFINISHED)
async def test_a_call_of_an_answer_that_was_not_finished_is_not_run(ending: dict[str, Any]) -> None:
    """Also the calls before the one that was cut: what comes next is asked for without any of them."""
    items = thought(1), call("never", "{}"), call("never", '{"ci', 2, status="incomplete")
    never: Tool[Any] = Tool("never", "Never.", NoArguments, _never)
    async with Gate.build(whole(*items, **ending), whole(CLEAR)) as gate:
        generated = await gate.generator.generate(task(never))
        later = gate.upstream.bodies[1]["input"]
    assert generated.tools == ()
    assert not [item for item in later if item.get("type") in ("function_call", "function_call_output", "reasoning")]
    if ending["status"] == "failed":
        return
    async with Gate.build(sent(events(*items, **ending))) as gate:
        with pytest.raises(AnswerRejectedError) as caught:
            await WAYS[1].ask(gate, task(never))
        assert caught.value.fields["cost_usd"] == "0.00297"


async def test_a_cut_off_call_is_asked_for_again_with_more_room() -> None:
    """What came before stays the beginning of the request: earlier thoughts are not lost by a repair."""
    earlier = thought(1), call("weather", PARIS)
    cut = thought(2), call("weather", '{"ci', 2, status="incomplete")
    async with Gate.build(whole(*earlier), whole(*cut, **CUT), whole(CLEAR)) as gate:
        await gate.generator.generate(task(Weather().tool))
        _, second, third = gate.upstream.bodies
    assert third["input"][: len(second["input"])] == second["input"]
    assert third["max_output_tokens"] > second["max_output_tokens"]
    assert not [item for item in third["input"] if item.get("id") in ("rs_2", "fc_2")]


REASONS = ("organization_mismatch", "end_user_mismatch", "model_mismatch", "prefix_mismatch", "turn_boundary")


async def test_dropped_reasoning_is_logged_and_changes_nothing_else(way: Way) -> None:
    """OpenAI leaves it out silently where the request is not what it was; only the answer says so."""
    removed = [
        {"id": f"rs_{at}", "type": "reasoning", "action": "removed", "reason": why} for at, why in enumerate(REASONS)
    ]
    receipts = []
    for told in ([], removed):
        answers = way.answer(thought(1), call("weather", PARIS)), way.answer(CLEAR, input_transformations=told)
        async with Gate.build(*answers) as gate:
            with capture_logs() as logs:
                generated = await way.ask(gate, task(Weather().tool))
        lines = [line for line in logs if line["event"] == "reasoning_dropped"]
        assert [line["reasons"] for line in lines] == ([list(REASONS)] if told else [])
        receipts.append((generated.answer, generated.tools, generated.receipt.cost_usd))
    assert receipts[0] == receipts[1]


async def test_dropped_reasoning_is_logged_where_a_whole_answer_came_for_a_stream() -> None:
    """As some gateways send it."""
    told = [{"id": "rs_1", "type": "reasoning", "action": "removed", "reason": REASONS[3]}]
    async with Gate.build(
        sent(events(thought(1), call("weather", PARIS))), whole(CLEAR, input_transformations=told)
    ) as gate:
        with capture_logs() as logs:
            await WAYS[1].ask(gate, task(Weather().tool))
    assert [line["reasons"] for line in logs if line["event"] == "reasoning_dropped"] == [[REASONS[3]]]


# Another model between two rounds: thoughts are of the model that had them.

LONG_ID = "c" * 64


def _stepping_down(tier: ModelTier) -> PolicyFile:
    """A chat that begins with gpt-6.2-sol, and over a budget goes on with the best model of another tier."""
    changes: dict[str, Any] = {"default_model": MODEL, "ladder": (), "over_budget": "step_down"}
    changes["allowed_tiers"] = frozenset({ModelTier.ADVANCED, tier})
    services = tuple(
        policy.model_copy(update=changes) if policy.service_name == "chatops_advanced" else policy
        for policy in POLICY_FILE.services
    )
    return PolicyFile(services=services)


def _room_for_one() -> MemoryLedger:
    limit = Decimal("0.1695")
    return MemoryLedger(
        BudgetBook([Budget(name="small", scope=BudgetScope.ALL, period=BudgetPeriod.DAY, limit_usd=limit, kind="hard")])
    )


async def test_no_thought_is_handed_to_another_model(way: Way) -> None:
    """Over a budget between two rounds a cheaper model gets what was said and called, and the results."""
    items = thought(1), message("I look.", phase="commentary"), call("weather", PARIS, call_id=LONG_ID)
    answers = way.answer(*items), way.answer(CLEAR, model="gpt-6.1-terra")
    policies = _stepping_down(ModelTier.STANDARD)
    async with Gate.build(*answers, policy_file=policies, ledger=_room_for_one()) as gate:
        await way.ask(gate, task(Weather().tool, requested_model_id=None))
        first, second = gate.upstream.bodies
    assert (first["model"], second["model"]) == (MODEL, "gpt-6.1-terra")
    asked = {"type": "function_call", "call_id": LONG_ID, "name": "weather", "arguments": PARIS}
    assert second["input"][2:-1] == [{"role": "assistant", "content": "I look."}, asked]
    assert second["input"][-1]["call_id"] == LONG_ID


async def test_a_model_on_chat_completions_goes_on_with_ids_that_it_takes(way: Way) -> None:
    """Responses has ids of 64 characters, Chat Completions refuses more than 40."""
    items = thought(1), call("weather", PARIS, 1, call_id=LONG_ID), call("weather", PARIS, 2, call_id="d" * 64)
    said = completion("It is clear.") if way.name == "whole" else streamed({"content": "It is clear."})
    policies = _stepping_down(ModelTier.MINI)
    async with Gate.build(way.answer(*items), said, policy_file=policies, ledger=_room_for_one()) as gate:
        await way.ask(gate, task(Weather().tool, requested_model_id=None))
        _, second = gate.upstream.bodies
    asked, *found = second["messages"][2:]
    ids = [one["id"] for one in asked["tool_calls"]]
    assert second["model"] != MODEL
    assert ids == [one["tool_call_id"] for one in found]
    assert [len(one) <= 40 for one in set(ids)] == [True, True]


async def test_the_next_model_of_the_ladder_hears_nothing_of_the_thoughts() -> None:
    """It begins anew; a repair by the same model keeps them."""
    changes = {"default_model": MODEL, "ladder": ("gpt-6.1-terra",)}
    services = tuple(policy.model_copy(update=changes) for policy in POLICY_FILE.services)
    round_of = (thought(1), call("weather", PARIS))
    wrong = message("wrong", number=3)
    answers = whole(*round_of), whole(thought(2), wrong), whole(thought(3), wrong)
    later = (whole(*round_of, model="gpt-6.1-terra"), whole(CLEAR, model="gpt-6.1-terra"))
    verdict = lambda answer: Verdict(["say it"] if answer.text == "wrong" else [], None)  # noqa: E731
    async with Gate.build(*answers, *later, policy_file=PolicyFile(services=services)) as gate:
        await gate.generator.generate(task(Weather().tool, requested_model_id=None, verify=verdict))
        first, second, repair, anew, _ = gate.upstream.bodies
    assert repair["input"][: len(second["input"])] == second["input"]
    assert (anew["model"], anew["input"]) == ("gpt-6.1-terra", first["input"])
