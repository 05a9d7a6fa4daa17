import asyncio
import threading
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel, field_validator

from app.errors import AnswerRejectedError, InvalidModelError, UpstreamError
from app.services.gen_ai.core.operation import GenerationTask, PlainText, Verdict
from app.services.gen_ai.rules.pricing import TokenUsage
from app.services.gen_ai.wire.messages import Message
from app.vocabulary import AttemptStatus
from tests.fakes.gate import Gate
from tests.fakes.scripted_upstream import completion, refusal

TALK = (Message("instruction", "Name a city."), Message("user", "In France, please."))
PARIS = '{"city": "Paris", "people": 2100000}'
COST = Decimal("0.00027")
"""One scripted answer of gpt-4o-mini: 1_000 x 0.15 + 200 x 0.60 = 270 per million."""


class City(BaseModel):
    city: str
    people: int

    @field_validator("city")
    @classmethod
    def _is_a_name(cls, city: str) -> str:
        if not city.istitle():
            raise ValueError("must begin with a capital letter")
        return city


def task(**changes: Any) -> GenerationTask[City, int]:
    told: dict[str, Any] = {
        "service": "strategy_builder",
        "operation": "build_strategy",
        "caller_id": "alice",
        "messages": TALK,
        "answer": City,
        "max_output_tokens": 300,
    }
    return GenerationTask[City, int](**told | changes)


def prose(**changes: Any) -> GenerationTask[PlainText, None]:
    return GenerationTask[PlainText, None]("narrative_report", "report", "alice", TALK, PlainText, 300, **changes)


async def rejected(gate: Gate, what: GenerationTask[Any, Any]) -> AnswerRejectedError:
    with pytest.raises(AnswerRejectedError) as caught:
        await gate.generator.generate(what)
    return caught.value


async def test_a_good_answer_is_accepted_at_once(gate: Gate) -> None:
    """One request, one row, the answer in its type, and a receipt that says what it cost."""
    gate.upstream.then(completion(PARIS))
    generated = await gate.generator.generate(task())
    assert generated.answer == City(city="Paris", people=2_100_000)
    receipt = generated.receipt
    assert (receipt.model_id, receipt.requested_model_id, receipt.model_reason) == ("gpt-4o-mini", None, None)
    assert (receipt.upstream, receipt.cost_usd, receipt.tokens) == ("openai", COST, TokenUsage(1000, 0, 0, 200, 0))
    (row,) = gate.ledger.opened
    assert [item.attempt for item in receipt.attempts] == [row.attempt]
    assert (row.attempt.operation_id, row.attempt.operation) == (receipt.operation_id, "build_strategy")
    assert (row.attempt.caller_id, row.attempt.requested_model_id) == ("alice", None)


async def test_the_request_is_shaped_for_the_model(gate: Gate) -> None:
    """Strict schema named after the operation, the limit, the temperature, the role."""
    gate.upstream.then(completion(PARIS))
    await gate.generator.generate(task(temperature=0.2))
    (body,) = gate.upstream.bodies
    assert (body["model"], body["temperature"], body["max_completion_tokens"]) == ("gpt-4o-mini", 0.2, 300)
    assert body["response_format"]["json_schema"]["name"] == "build_strategy"
    assert body["messages"][0] == {"role": "system", "content": "Name a city."}


async def test_a_requested_model_is_the_one_that_is_asked(gate: Gate) -> None:
    """And it is written down as requested."""
    gate.upstream.then(completion(PARIS, model="gpt-6-luna"))
    generated = await gate.generator.generate(task(requested_model_id="gpt-6-luna", temperature=0.5))
    assert gate.upstream.bodies[0]["model"] == "gpt-6-luna"
    assert (generated.receipt.model_id, generated.receipt.requested_model_id) == ("gpt-6-luna", "gpt-6-luna")
    assert gate.ledger.opened[0].attempt.requested_model_id == "gpt-6-luna"


async def test_a_forbidden_model_costs_nothing(gate: Gate) -> None:
    """It is refused before anything is opened or sent."""
    with pytest.raises(InvalidModelError):
        await gate.generator.generate(task(requested_model_id="gpt-6-astra"))
    assert (gate.ledger.opened, gate.upstream.bodies) == ((), [])


async def test_a_replaced_default_is_explained_in_the_receipt() -> None:
    """After the shutdown of gpt-4o-mini the receipt says who answered and why."""
    async with Gate.build(completion(PARIS, model="gpt-6-luna")) as gate:
        gate.clock.move_to(gate.clock.now().replace(year=2027, month=2))
        receipt = (await gate.generator.generate(task())).receipt
    assert receipt.model_id == "gpt-6-luna"
    assert receipt.model_reason is not None
    assert "gpt-6-luna is its replacement" in receipt.model_reason


BAD: dict[str, tuple[httpx2.Response, str]] = {
    "no JSON": (completion("Paris, I think."), "Invalid JSON"),
    "a missing field": (completion('{"city": "Paris"}'), "people: Field required"),
    "a wrong type": (completion('{"city": "Paris", "people": "many"}'), "people: Input should be a valid integer"),
    "a validator's objection": (completion('{"city": "paris", "people": 1}'), "city: must begin with a"),
    "cut off": (
        completion('{"city": "Par', finish_reason="length"),
        "the answer was cut off at the limit of 300 tokens",
    ),
    "cut off though it is whole": (completion(PARIS, finish_reason="length"), "the answer was cut off"),
    "nothing": (completion(""), "the answer is empty"),
    "null": (completion(None), "the answer is empty"),
}


@pytest.mark.parametrize(("first", "violation"), BAD.values(), ids=BAD.keys())
async def test_a_bad_answer_is_repaired_once(gate: Gate, first: httpx2.Response, violation: str) -> None:
    """The model is shown its own answer and what is wrong with it; both attempts are paid and in the ledger."""
    gate.upstream.then(httpx2.Response(200, content=first.content), completion(PARIS))
    generated = await gate.generator.generate(task())
    assert generated.answer.city == "Paris"
    *before, answered, complaint = gate.upstream.bodies[1]["messages"]
    assert before == gate.upstream.bodies[0]["messages"]
    assert answered["role"] == "assistant"
    assert complaint["role"] == "user"
    assert complaint["content"].startswith("Your answer cannot be used. Give the whole answer again")
    assert f"\n- {violation}" in complaint["content"]
    assert [row.status for row in gate.ledger.opened] == [AttemptStatus.MEASURED] * 2
    assert generated.receipt.cost_usd == 2 * COST


async def test_what_the_verifier_finds_is_shown_to_the_model(gate: Gate) -> None:
    """Every violation, one to a line; the repaired answer is verified again, and comes with what was found in it."""

    def verify(city: City) -> Verdict[int]:
        return Verdict([] if city.people > 5 else ["too few people", "a village is no city"], city.people)

    gate.upstream.then(completion('{"city": "Rocamadour", "people": 5}'), completion(PARIS))
    generated = await gate.generator.generate(task(verify=verify))
    assert generated.answer.city == "Paris"
    assert generated.findings == generated.answer.people
    assert gate.upstream.bodies[1]["messages"][-2:] == [
        {"role": "assistant", "content": '{"city": "Rocamadour", "people": 5}'},
        {
            "role": "user",
            "content": "Your answer cannot be used. Give the whole answer again, with every one of these put right:\n"
            "- too few people\n- a village is no city",
        },
    ]


async def test_a_verifier_may_take_its_time_elsewhere(gate: Gate) -> None:
    """What it returns later counts as what it returns at once."""
    threads = []

    def slow(city: City) -> Verdict[int]:
        threads.append(threading.current_thread())
        return Verdict([] if city.people > 5 else ["too few people"], city.people)

    gate.upstream.then(completion('{"city": "Rocamadour", "people": 5}'), completion(PARIS))
    generated = await gate.generator.generate(task(verify=lambda city: asyncio.to_thread(slow, city)))
    assert generated.answer.city == "Paris"
    assert [item.violations for item in generated.receipt.attempts] == [("too few people",), ()]
    assert threading.main_thread() not in threads
    assert len(threads) == 2


async def test_when_every_try_is_used_up_nothing_is_passed_off_as_an_answer(gate: Gate) -> None:
    """The error says what is still wrong, what it cost, which operation it was and every attempt; all are counted."""
    gate.upstream.then(*(completion('{"city": "Paris"}') for _ in range(4)))
    error = await rejected(gate, task(requested_model_id="gpt-4o-mini"))
    assert (error.status, error.code) == (422, "answer_rejected")
    assert error.fields["violations"] == ["people: Field required"]
    assert error.fields["operation_id"] == gate.ledger.opened[0].attempt.operation_id
    assert error.fields["model_id"] == "gpt-4o-mini"
    assert Decimal(error.fields["cost_usd"]) == 4 * COST
    assert [attempt["accepted"] for attempt in error.fields["attempts"]] == [False] * 4
    assert {attempt["violations"][0] for attempt in error.fields["attempts"]} == {"people: Field required"}
    assert sum(Decimal(attempt["cost_usd"]) for attempt in error.fields["attempts"]) == 4 * COST
    assert len(gate.ledger.opened) == len(gate.upstream.bodies) == 4
    assert len({row.attempt.operation_id for row in gate.ledger.opened}) == 1


async def test_a_refusal_is_not_argued_with(gate: Gate) -> None:
    """One request, and the model's own words."""
    gate.upstream.then(completion(None, refusal="I cannot help with that."))
    error = await rejected(gate, task())
    assert error.fields["violations"] == ["the model refused: I cannot help with that."]
    assert Decimal(error.fields["cost_usd"]) == COST
    assert len(gate.upstream.bodies) == 1


async def test_the_error_of_a_refusal_speaks_of_no_repair(gate: Gate) -> None:
    """There was none: the sentence must not say that there was."""
    gate.upstream.then(completion(None, refusal="No."))
    assert "repair" not in (await rejected(gate, task())).detail


async def test_an_answer_without_choices_is_not_repaired(gate: Gate) -> None:
    """There is nothing to show to the model; what was billed is in the ledger."""
    empty = {"id": "chatcmpl-1", "model": "gpt-4o-mini", "choices": [], "usage": {"prompt_tokens": 1000,
             "completion_tokens": 200}}  # fmt: skip
    gate.upstream.then(httpx2.Response(200, json=empty))
    error = await rejected(gate, task())
    assert error.fields["violations"] == ["an answer without a message"]
    assert [row.status for row in gate.ledger.opened] == [AttemptStatus.MEASURED]


async def test_prose_is_taken_as_it_is(gate: Gate) -> None:
    """Plain text asks for no format and may be verified, too."""
    gate.upstream.then(completion("Lyon."), completion("Paris is large."))
    what = prose(verify=lambda answer: Verdict([] if "Paris" in answer.text else ["name Paris"], None))
    assert (await gate.generator.generate(what)).answer == PlainText(text="Paris is large.")
    assert "response_format" not in gate.upstream.bodies[0]


async def test_prose_that_a_content_filter_cut_is_not_accepted(gate: Gate) -> None:
    """`content_filter` means that something was left out, as `length` does: half a report is none."""
    cut = '{"city": "Paris", "people": 1}'
    gate.upstream.then(*(completion(cut, finish_reason="content_filter") for _ in range(4)))
    await rejected(gate, prose())


async def test_tries_and_repairs_are_one_operation(gate: Gate) -> None:
    """A refused try, a bad answer and a good one: three rows; the unbilled one costs nothing."""
    gate.upstream.then(refusal(429), completion("no"), completion(PARIS))
    receipt = (await gate.generator.generate(task())).receipt
    assert [item.settlement.status.value for item in receipt.attempts] == ["unbilled", "measured", "measured"]
    assert receipt.cost_usd == 2 * COST
    assert receipt.tokens == TokenUsage(2000, 0, 0, 400, 0)


async def test_an_unknown_cost_makes_the_sum_unknown(gate: Gate) -> None:
    """A 500 may have been billed: the receipt says None, not the cost of the rest."""
    gate.upstream.then(refusal(500), completion(PARIS))
    receipt = (await gate.generator.generate(task())).receipt
    assert receipt.cost_usd is None
    assert receipt.tokens == TokenUsage(1000, 0, 0, 200, 0)


async def test_the_error_has_no_cost_where_it_is_unknown(gate: Gate) -> None:
    """An unpriced answer that is rejected."""
    gate.upstream.then(completion(None, refusal="No.", model="llama-3"))
    assert (await rejected(gate, task())).fields["cost_usd"] is None


async def test_a_fault_during_the_repair_is_told_as_a_fault(gate: Gate) -> None:
    """The first answer stays paid and in the ledger."""
    gate.upstream.then(completion("no"), refusal(400))
    with pytest.raises(UpstreamError):
        await gate.generator.generate(task())
    assert [row.status.value for row in gate.ledger.opened] == ["measured", "unbilled"]


async def test_the_repair_has_only_the_time_that_is_left(gate: Gate) -> None:
    """The deadline is for the whole operation."""

    async def slow() -> httpx2.Response:
        gate.clock.move_to(gate.clock.now().replace(second=50))
        return completion("no")

    gate.upstream.then(slow, completion(PARIS))
    await gate.generator.generate(task())
    assert [request.extensions["timeout"]["read"] for request in gate.upstream.requests] == [60, 10]
