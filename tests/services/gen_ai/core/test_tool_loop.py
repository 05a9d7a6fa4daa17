"""The model looks things up before it answers: one operation, an attempt for each request, and an end in any case."""

import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from app.errors import AnswerRejectedError, UpstreamError, UpstreamTimeoutError
from app.services.gen_ai.core.operation import GenerationTask, PlainText, Verdict
from app.services.gen_ai.rules.budgets import Budget, BudgetBook, BudgetExceededError
from app.services.gen_ai.wire.messages import Message, Tool, ToolCall, ToolUse
from app.vocabulary import AttemptStatus, BudgetPeriod, BudgetScope
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted_upstream import asking, completion, refusal
from tests.fakes.tools import PARIS, Weather

TALK = (Message("instruction", "Be brief."), Message("user", "How is the weather in Paris?"))
MODEL = "gpt-4o-2024-11-20"
COST = Decimal("0.0045")
"""One scripted answer of gpt-4o: 1_000 x 2.50 + 200 x 10.00 = 4_500 per million."""


def task(*tools: Tool[Any], **changes: Any) -> GenerationTask[PlainText, None]:
    told: dict[str, Any] = {
        "service": "chatops_advanced",
        "operation": "chat",
        "caller_id": "alice",
        "messages": TALK,
        "answer": PlainText,
        "max_output_tokens": 300,
        "tools": tools,
    }
    return GenerationTask[PlainText, None](**told | changes)


def clear(text: str = "It is clear.") -> httpx2.Response:
    return completion(text, model=MODEL)


async def test_what_the_model_asks_for_is_run_and_its_answer_comes_back(gate: Gate) -> None:
    """Two requests; the second has the call and what it brought, after all that was said before."""
    weather = Weather()
    gate.upstream.then(asking(("weather", PARIS)), clear())
    generated = await gate.generator.generate(task(weather.tool))
    assert generated.answer.text == "It is clear."
    first, second = gate.upstream.bodies
    assert first["tools"] == second["tools"] == [{"type": "function", "function": weather.tool.described()}]
    assert "tool_choice" not in first | second
    assert second["messages"][: len(first["messages"])] == first["messages"]
    asked, answered = second["messages"][len(first["messages"]) :]
    call = {"id": "call_0", "type": "function", "function": {"name": "weather", "arguments": PARIS}}
    assert asked == {"role": "assistant", "content": None, "tool_calls": [call]}
    assert (answered["role"], answered["tool_call_id"]) == ("tool", "call_0")
    assert json.loads(answered["content"]) == {"kind": "data", "tool": "weather", "data": {"sky": "clear"}}
    assert generated.tools == (ToolUse(ToolCall("call_0", "weather", PARIS)),)


async def test_every_request_is_an_attempt_of_the_one_operation(gate: Gate) -> None:
    """Each is measured, and the receipt sums them; it says which asked for tools and which was the answer."""
    gate.upstream.then(asking(("weather", PARIS)), asking(("weather", PARIS), ("nope", "")), clear())
    receipt = (await gate.generator.generate(task(Weather().tool))).receipt
    rows = gate.ledger.opened
    assert {row.attempt.operation_id for row in rows} == {receipt.operation_id}
    assert [row.status for row in rows] == [AttemptStatus.MEASURED] * 3
    assert receipt.cost_usd == 3 * COST
    told = [(item["accepted"], item["tool_calls"]) for item in receipt.attempt_fields()]
    assert told == [(False, ["weather"]), (False, ["weather", "nope"]), (True, [])]
    assert receipt.accepted


async def test_the_worst_case_of_each_request_counts_what_was_looked_up(gate: Gate) -> None:
    """Budgets hold the prompt as it is now, not as it was at first."""
    gate.upstream.then(asking(("weather", PARIS)), clear())
    long = {"rows": ["a row of the weather"] * 300}
    await gate.generator.generate(task(Weather(long).tool))
    first, second = (row.attempt for row in gate.ledger.opened)
    assert second.worst_tokens - first.worst_tokens > 300 * 5
    assert first.worst_usd is not None
    assert second.worst_usd is not None
    assert second.worst_usd > first.worst_usd


async def test_after_five_rounds_the_model_must_answer(gate: Gate) -> None:
    """It sees the tools that it has called, and is told to call none."""
    weather = Weather()
    gate.upstream.then(*(asking(("weather", PARIS)) for _ in range(5)), clear())
    generated = await gate.generator.generate(task(weather.tool))
    assert len(weather.asked) == len(generated.tools) == 5
    assert [body.get("tool_choice") for body in gate.upstream.bodies] == [None] * 5 + ["none"]
    assert "tools" in gate.upstream.bodies[-1]


async def test_a_server_that_calls_on_all_the_same_is_not_followed(gate: Gate) -> None:
    """Its call is no answer: nothing is run any more, and with the attempts used up the operation ends."""
    weather = Weather()
    gate.upstream.then(*(asking(("weather", PARIS)) for _ in range(5 + 2)), *([asking(("weather", PARIS))] * 10))
    with pytest.raises(AnswerRejectedError) as caught:
        await gate.generator.generate(task(weather.tool, requested_model_id="gpt-4o"))
    assert caught.value.fields["violations"] == ["the answer is empty"]
    assert len(weather.asked) == 5
    assert len(gate.upstream.bodies) == 5 + gate.policies.policy("chatops_advanced").max_attempts


async def test_a_bad_call_is_answered_and_not_raised(gate: Gate) -> None:
    """The model puts it right; the person sees an answer, and both calls in the list."""
    gate.upstream.then(asking(("weather", '{"city": "Paris"}')), asking(("weather", PARIS)), clear())
    generated = await gate.generator.generate(task(Weather().tool))
    told = json.loads(gate.upstream.bodies[1]["messages"][-1]["content"])
    assert told == {"kind": "error", "error": "arguments.days: Field required"}
    assert [use.succeeded for use in generated.tools] == [False, True]


async def test_the_log_says_which_tools_were_used_and_not_what_was_asked(gate: Gate) -> None:
    """Names of tools that there are, and how many calls failed."""
    gate.upstream.then(asking(("weather", PARIS), ("secret_words", "{}")), clear())
    with capture_logs() as logs:
        await gate.generator.generate(task(Weather().tool))
    (line,) = [line for line in logs if line["event"] == "tools_used"]
    assert (line["service"], line["tools"], line["failed"]) == ("chatops_advanced", ["weather"], 1)
    assert not any(word in str(logs) for word in ("Paris", "secret_words"))


async def test_what_the_model_says_beside_a_call_goes_back_with_it(gate: Gate) -> None:
    """It is a remark, not the answer."""
    gate.upstream.then(asking(("weather", PARIS), text="Let me look."), clear())
    generated = await gate.generator.generate(task(Weather().tool))
    assert generated.answer.text == "It is clear."
    assert gate.upstream.bodies[1]["messages"][-2]["content"] == "Let me look."


@pytest.mark.parametrize("tools", [(), (Weather().tool,)])
async def test_without_a_call_nothing_changes(gate: Gate, tools: tuple[Tool[Any], ...]) -> None:
    """One request, and no use of a tool."""
    gate.upstream.then(clear())
    generated = await gate.generator.generate(task(*tools))
    assert (generated.tools, len(gate.upstream.bodies)) == ((), 1)
    assert ("tools" in gate.upstream.bodies[0]) == bool(tools)


async def test_a_model_that_cannot_call_is_sent_no_tools() -> None:
    """gpt-6-astra always reasons, and then takes no tools on Chat Completions; held to that, it answers from memory."""
    policies = [policy.model_copy(update={"wire": "chat_completions"}) for policy in POLICY_FILE.services]
    steps = completion("I cannot look.", model="gpt-6-astra")
    async with Gate.build(steps, policy_file=POLICY_FILE.model_copy(update={"services": policies})) as gate:
        asked = task(Weather().tool, service="narrative_report", requested_model_id="gpt-6-astra")
        assert (await gate.generator.generate(asked)).answer.text == "I cannot look."
        assert not {"tools", "tool_choice"} & gate.upstream.bodies[0].keys()


async def test_a_repair_keeps_what_was_looked_up(gate: Gate) -> None:
    """The rounds that are left stay the same: five in all for the answers of one model."""
    weather = Weather()
    gate.upstream.then(asking(("weather", PARIS)), clear("wrong"), clear())
    asked = task(weather.tool, verify=lambda answer: Verdict(["say it"] if answer.text == "wrong" else [], None))
    generated = await gate.generator.generate(asked)
    roles = [message["role"] for message in gate.upstream.bodies[2]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert (len(weather.asked), [item.violations for item in generated.receipt.attempts]) == (
        1,
        [None, ("say it",), ()],
    )


async def test_the_next_model_of_the_ladder_looks_for_itself(gate: Gate) -> None:
    """It begins anew, with five rounds of its own."""
    weather = Weather()
    gate.upstream.then(asking(("weather", PARIS)), clear("wrong"), clear("wrong"), asking(("weather", PARIS)), clear())
    asked = task(weather.tool, verify=lambda answer: Verdict(["say it"] if answer.text == "wrong" else [], None))
    generated = await gate.generator.generate(asked)
    assert [body["model"] for body in gate.upstream.bodies] == ["gpt-4o"] * 3 + ["gpt-6.2-sol"] * 2
    assert [message["role"] for message in gate.upstream.bodies[3]["input"]] == ["developer", "user"]
    assert (len(weather.asked), len(generated.tools)) == (2, 2)


def _budget(limit_usd: str) -> BudgetBook:
    limit = Decimal(limit_usd)
    return BudgetBook(
        [Budget(name="small", scope=BudgetScope.ALL, period=BudgetPeriod.DAY, limit_usd=limit, kind="hard")]
    )


async def test_a_budget_is_asked_before_each_request() -> None:
    """Room for the first request only: 402 for the whole, which says what the first one cost."""
    ledger = MemoryLedger(_budget("0.006"))
    async with Gate.build(asking(("weather", PARIS)), clear(), ledger=ledger) as gate:
        with pytest.raises(BudgetExceededError) as caught:
            await gate.generator.generate(task(Weather().tool))
    assert caught.value.fields["cost_usd"] == f"{COST}"
    assert (len(gate.upstream.bodies), [row.status.value for row in ledger.opened]) == (1, ["measured"])


async def test_a_fault_between_rounds_is_a_fault_and_says_what_was_paid(gate: Gate) -> None:
    """The first request stays in the ledger, measured."""
    gate.upstream.then(asking(("weather", PARIS)), refusal(400))
    with pytest.raises(UpstreamError) as caught:
        await gate.generator.generate(task(Weather().tool))
    assert caught.value.fields["cost_usd"] == f"{COST}"
    assert [row.status.value for row in gate.ledger.opened] == ["measured", "unbilled"]


async def test_the_deadline_is_for_all_rounds_together(gate: Gate) -> None:
    """Tools use it up as well."""

    class Slow(Weather):
        async def _look(self, arguments: Any) -> Any:
            gate.clock.move_to(gate.clock.now().replace(hour=23))
            return await super()._look(arguments)

    gate.upstream.then(asking(("weather", PARIS)))
    with pytest.raises(UpstreamTimeoutError):
        await gate.generator.generate(task(Slow().tool))
