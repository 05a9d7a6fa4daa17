"""Another model between two rounds on Responses: thoughts are of the model that had them, calls and results are not."""

from decimal import Decimal
from typing import Any

import pytest

from app.services.gen_ai.core.operation import Verdict
from app.services.gen_ai.rules.budgets import Budget, BudgetBook
from app.services.gen_ai.rules.service_policy import PolicyFile
from app.vocabulary import BudgetPeriod, BudgetScope, ModelTier
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.responses_gate import TERRA, WAYS, Way, task
from tests.fakes.responses_upstream import MODEL, call, message, thought, whole
from tests.fakes.scripted_upstream import completion, streamed
from tests.fakes.tools import PARIS, Weather

CLEAR = message("It is clear.", number=9, phase="final_answer")
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


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_no_thought_is_handed_to_another_model(way: Way) -> None:
    """Over a budget between two rounds a cheaper model gets what was said and called, and the results."""
    items = thought(1), message("I look.", phase="commentary"), call("weather", PARIS, call_id=LONG_ID)
    answers = way.answer(*items), way.answer(CLEAR, model=TERRA)
    policies = _stepping_down(ModelTier.STANDARD)
    async with Gate.build(*answers, policy_file=policies, ledger=_room_for_one()) as gate:
        await way.ask(gate, task(tools=(Weather().tool,), requested_model_id=None))
        first, second = gate.upstream.bodies
    assert (first["model"], second["model"]) == (MODEL, TERRA)
    asked = {"type": "function_call", "call_id": LONG_ID, "name": "weather", "arguments": PARIS}
    assert second["input"][2:-1] == [{"role": "assistant", "content": "I look."}, asked]
    assert second["input"][-1]["call_id"] == LONG_ID


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_a_model_on_chat_completions_goes_on_with_ids_that_it_takes(way: Way) -> None:
    """Responses has ids of 64 characters, Chat Completions refuses more than 40."""
    items = thought(1), call("weather", PARIS, 1, call_id=LONG_ID), call("weather", PARIS, 2, call_id="d" * 64)
    said = completion("It is clear.") if way.name == "whole" else streamed({"content": "It is clear."})
    policies = _stepping_down(ModelTier.MINI)
    async with Gate.build(way.answer(*items), said, policy_file=policies, ledger=_room_for_one()) as gate:
        await way.ask(gate, task(tools=(Weather().tool,), requested_model_id=None))
        _, second = gate.upstream.bodies
    asked, *found = second["messages"][2:]
    ids = [one["id"] for one in asked["tool_calls"]]
    assert second["model"] != MODEL
    assert ids == [one["tool_call_id"] for one in found]
    assert [len(one) <= 40 for one in set(ids)] == [True, True]


async def test_the_next_model_of_the_ladder_hears_nothing_of_the_thoughts() -> None:
    """It begins anew; a repair by the same model keeps them."""
    changes = {"default_model": MODEL, "ladder": (TERRA,)}
    services = tuple(policy.model_copy(update=changes) for policy in POLICY_FILE.services)
    round_of = (thought(1), call("weather", PARIS))
    wrong = message("wrong", number=3)
    answers = whole(*round_of), whole(thought(2), wrong), whole(thought(3), wrong)
    later = (whole(*round_of, model=TERRA), whole(CLEAR, model=TERRA))
    verdict = lambda answer: Verdict(["say it"] if answer.text == "wrong" else [], None)  # noqa: E731
    async with Gate.build(*answers, *later, policy_file=PolicyFile(services=services)) as gate:
        await gate.generator.generate(task(tools=(Weather().tool,), requested_model_id=None, verify=verdict))
        first, second, repair, anew, _ = gate.upstream.bodies
    assert repair["input"][: len(second["input"])] == second["input"]
    assert (anew["model"], anew["input"]) == (TERRA, first["input"])
