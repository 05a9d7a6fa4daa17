"""Repair, then climb: a cheap model does the work while its answers pass; a chosen model is never left."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from app.errors import AnswerRejectedError, UpstreamError
from app.services.gen_ai.core.operation import GenerationTask
from app.services.gen_ai.rules.budgets import Budget, BudgetBook
from app.services.gen_ai.wire.messages import Message
from tests.fakes.gate import Gate
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted_upstream import completion

MINI, TERRA = "gpt-4o-mini", "gpt-6.1-terra"
"""The strategy builder's default, and the model above it on the shipped ladder."""
PARIS = '{"city": "Paris"}'


class City(BaseModel):
    city: str


def task(**changes: Any) -> GenerationTask[City, None]:
    said = (Message("user", "A city in France, please."),)
    return GenerationTask("strategy_builder", "build_strategy", "alice", said, City, 300, **changes)


async def test_a_model_repairs_before_the_next_one_is_asked(gate: Gate) -> None:
    """Two bad answers of the cheap one, then a good one of the dearer one: every attempt says what it was."""
    gate.upstream.then(completion("no"), completion("{}"), completion(PARIS, model=TERRA))
    generated = await gate.generator.generate(task())
    receipt = generated.receipt
    assert generated.answer.city == "Paris"
    assert [item.attempt.model_id for item in receipt.attempts] == [MINI, MINI, TERRA]
    assert [bool(item.violations) for item in receipt.attempts] == [True, True, False]
    assert receipt.accepted
    assert (receipt.model_id, receipt.requested_model_id) == (TERRA, None)
    assert receipt.model_reason == (
        "the answers of gpt-4o-mini did not pass the checks; gpt-6.1-terra is the next on the ladder"
    )
    costs = [item.settlement.cost_usd for item in receipt.attempts]
    assert receipt.cost_usd == sum(cost for cost in costs if cost is not None)
    assert {row.attempt.operation_id for row in gate.ledger.opened} == {receipt.operation_id}


async def test_an_upstream_that_fails_is_no_reason_to_climb(gate: Gate) -> None:
    """An answer that ended in an error is asked for once more, unchanged; then it is told, as what it is."""
    gate.upstream.then(completion("The ci", finish_reason="error"), completion("The ci", finish_reason="error"))
    with pytest.raises(UpstreamError) as caught:
        await gate.generator.generate(task())
    assert caught.value.code == "upstream_answer_failed"
    assert Decimal(caught.value.fields["cost_usd"]) == 2 * Decimal("0.00027")
    first, again = gate.upstream.bodies
    assert first == again


async def test_the_better_model_begins_anew(gate: Gate) -> None:
    """It is asked as the first one was, without the answers that did not pass; its own bad answer it is shown."""
    gate.upstream.then(
        completion("no"), completion("no"), completion("so", model=TERRA), completion(PARIS, model=TERRA)
    )
    await gate.generator.generate(task())
    first, _, anew, repaired = (body["messages"] for body in gate.upstream.bodies)
    assert anew[-1] == first[-1]
    assert [message["content"] for message in repaired[-2:-1]] == ["so"]


async def test_a_chosen_model_is_never_left(gate: Gate) -> None:
    """It repairs as often as tries are allowed; no other model is called."""
    gate.upstream.then(*(completion("no") for _ in range(4)))
    with pytest.raises(AnswerRejectedError):
        await gate.generator.generate(task(requested_model_id=MINI))
    assert [body["model"] for body in gate.upstream.bodies] == [MINI] * 4


async def test_a_model_that_has_shut_down_is_passed_over(gate: Gate) -> None:
    """After the shutdown of gpt-4o-mini the ladder begins at its replacement."""
    gate.clock.move_to(gate.clock.now().replace(year=2027, month=2))
    gate.upstream.then(
        completion("no", model="gpt-6-luna"), completion("no", model="gpt-6-luna"), completion(PARIS, model=TERRA)
    )
    receipt = (await gate.generator.generate(task())).receipt
    assert [item.attempt.model_id for item in receipt.attempts] == ["gpt-6-luna", "gpt-6-luna", TERRA]


async def test_at_the_top_of_the_ladder_tries_go_on_until_they_are_used_up(gate: Gate) -> None:
    gate.upstream.then(*(completion("no") for _ in range(2)), *(completion("no", model=TERRA) for _ in range(2)))
    with pytest.raises(AnswerRejectedError) as caught:
        await gate.generator.generate(task())
    assert [body["model"] for body in gate.upstream.bodies] == [MINI, MINI, TERRA, TERRA]
    assert caught.value.fields["model_id"] == TERRA


async def test_a_budget_without_room_ends_the_climb(gate: Gate) -> None:
    """What was tried is told with its violations and its cost; nothing dearer is sent."""
    budget = Budget(name="tight", scope="all", period="day", limit_usd=Decimal("0.00125"), kind="hard")
    async with Gate.build(ledger=MemoryLedger(BudgetBook([budget]))) as tight:
        tight.upstream.then(completion("no"), completion("no"), completion(PARIS, model=TERRA))
        with pytest.raises(AnswerRejectedError) as caught:
            await tight.generator.generate(task())
        assert [body["model"] for body in tight.upstream.bodies] == [MINI, MINI]
    fields = caught.value.fields
    assert fields["violations"][-1] == "budget tight has no room for another try"
    assert Decimal(fields["cost_usd"]) == Decimal("0.00054")
    assert len(fields["attempts"]) == 2
