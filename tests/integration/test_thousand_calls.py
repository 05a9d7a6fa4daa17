"""A thousand calls at once against a budget for ten, through the whole container, to the simulator and back."""

import asyncio
from decimal import Decimal
from pathlib import Path

from app.bootstrap import running
from app.clock import FixedClock
from app.services.gen_ai.core import Generated, GenerationTask, Message, PlainText
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.rules.budgets import BudgetExceededError
from app.vocabulary import AttemptStatus
from containers import Container
from tests.fakes.budgeted import budget, budgeted

TASK: GenerationTask[PlainText, None] = GenerationTask(
    service="chatops_advanced",
    operation="chat",
    caller_id="alice",
    messages=(Message("user", "What does the Sharpe ratio tell me?"),),
    answer=PlainText,
    max_output_tokens=200,
)


def worst_usd(container: Container) -> Decimal:
    preparation = container.gen_ai.preparation()
    resolution = container.rules.resolver().resolve(TASK.service, TASK.requested_model_id)
    worst: Decimal | None = preparation.prepare(TASK, resolution).worst.usd
    assert worst is not None
    return worst


async def test_exactly_those_are_let_through_that_fit(tmp_path: Path, clock: FixedClock, database_url: str) -> None:
    """Ten are answered and ten are billed; the others cost nothing and leave nothing; what was not needed is free."""
    with budgeted(tmp_path, clock, database_url=database_url) as container:
        worst = worst_usd(container)
    with budgeted(tmp_path, clock, budget(limit_usd=str(worst * 10)), database_url=database_url) as container:
        async with running(container):
            manager, ledger = container.gen_ai.manager(), container.data.ledger()
            ends = await asyncio.gather(*(manager.generate(TASK) for _ in range(1000)), return_exceptions=True)
            rows, total = await ledger.rows(UsageQuery(), limit=1000, offset=0)
            counter = (await ledger.counters(["2026-11-23@simulator|all"]))["2026-11-23@simulator|all"]
            after = await manager.generate(TASK)
        billed = container.gen_ai.simulator().account.bills
    answered = [end for end in ends if isinstance(end, Generated)]
    refused = [end for end in ends if isinstance(end, BudgetExceededError)]
    assert (len(answered), len(refused)) == (10, 990)
    assert {refusal.fields["limit_usd"] for refusal in refused} == {f"{(worst * 10).normalize():f}"}
    assert total == 10
    assert {row.status for row in rows} == {AttemptStatus.MEASURED}
    costs = [answer.receipt.cost_usd for answer in answered]
    assert counter.spent.usd == sum(cost for cost in costs if cost is not None) < worst * 10
    assert (counter.reserved.usd, counter.reserved.tokens) == (0, 0)
    assert after.answer.text
    assert len(billed) == 11
