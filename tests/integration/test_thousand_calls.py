"""A thousand calls at once against budgets for ten, through the whole container, to the simulator and back.

A third of them are the gate's own; the others are somebody's own code, which streams chat completions with the one
client, or asks on Responses.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai

from app.bootstrap import running
from app.clock import FixedClock
from app.services.gen_ai.core import Generated, GenerationTask, Message, OpenAIClientManager, PlainText
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.rules.budgets import BudgetExceededError, Spend, usd_text
from app.services.gen_ai.rules.budgets import Counter as Counted
from app.simulator import Fault, create_simulator
from app.vocabulary import AttemptStatus
from containers import Container
from tests.fakes.budgeted import budget, budgeted

SAID = "What does the Sharpe ratio tell me?"
TASK: GenerationTask[PlainText, None] = GenerationTask(
    service="chatops_advanced",
    operation="chat",
    caller_id="alice",
    messages=(Message("user", SAID),),
    answer=PlainText,
    max_output_tokens=200,
)
FIT, CALLS = 10, 1000


async def _gate(manager: OpenAIClientManager) -> str:
    answer = await manager.generate(TASK)
    assert isinstance(answer, Generated)
    return answer.answer.text


async def _raw_chat(manager: OpenAIClientManager) -> str:
    client = manager.get_client("narrative_report", "bob")
    message: Any = {"role": "user", "content": SAID}
    stream = await client.chat.completions.create(
        model="gpt-4o", messages=[message], max_completion_tokens=200, stream=True
    )
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


async def _raw_response(manager: OpenAIClientManager) -> str:
    client = manager.get_client("strategy_builder", "carol")
    return (await client.responses.create(model="gpt-4o", input=SAID, max_output_tokens=200)).output_text


WAYS: Mapping[str, Callable[[OpenAIClientManager], Awaitable[str]]] = {
    "chatops_advanced": _gate,
    "narrative_report": _raw_chat,
    "strategy_builder": _raw_response,
}
"""By the service that they are on the account of: each has a budget of its own."""


async def _worst_cases(template: Path, tmp_path: Path, clock: FixedClock) -> Mapping[str, Decimal]:
    """What a call of each kind reserves, in USD, as the ledger of a first call says."""
    database = shutil.copyfile(template, tmp_path / "first.db")
    with budgeted(tmp_path, clock, database_url=f"sqlite+aiosqlite:///{database}") as container:
        async with running(container):
            for way in WAYS.values():
                await way(container.gen_ai.manager())
            rows, _ = await container.data.ledger().rows(UsageQuery(), limit=10, offset=0)
    return {row.attempt.service: row.attempt.worst_usd or Decimal(0) for row in rows}


def _refused_limit(end: object) -> str | None:
    """The limit that a refusal names, whichever way it came; None where it is none."""
    if isinstance(end, BudgetExceededError):
        return str(end.fields["limit_usd"])
    if isinstance(end, openai.APIStatusError) and (end.status_code, end.code) == (402, "budget_exceeded"):
        return str(end.body["limit_usd"]) if isinstance(end.body, dict) else ""
    return None


async def _spent(container: Container, subject: str) -> Spend:
    """What is spent of the day's counter at the simulator; nothing may be reserved any more."""
    key = f"2026-11-23@simulator|{subject}"
    counter: Counted = (await container.data.ledger().counters([key]))[key]
    assert counter.reserved == Spend()
    return counter.spent


async def test_exactly_those_are_let_through_that_fit(
    tmp_path: Path, clock: FixedClock, database_url: str, sqlite_template: Path
) -> None:
    """Ten of each kind are answered and billed; the others cost nothing and leave nothing; what was not needed is free.

    No answer comes before everybody has asked, so that room that is set free lets nobody in.
    """
    worst = await _worst_cases(sqlite_template, tmp_path, clock)
    budgets = [
        budget(name=f"of_{service}", scope="service", subject=service, limit_usd=str(usd * FIT))
        for service, usd in worst.items()
    ]
    all_asked = asyncio.Event()
    simulator = create_simulator(clock, sleep=lambda _: _until(all_asked))
    simulator.faults.add(Fault(kind="delay", seconds=1, times=FIT * len(WAYS)))
    services = [list(WAYS)[number % len(WAYS)] for number in range(CALLS)]
    with budgeted(tmp_path, clock, *budgets, database_url=database_url) as container:
        container.gen_ai.simulator.override(simulator)
        async with running(container):
            manager = container.gen_ai.manager()
            calls = [asyncio.create_task(_ended(WAYS[service](manager))) for service in services]
            refused_first = asyncio.as_completed(calls)
            for _ in range(CALLS - FIT * len(WAYS)):
                await next(refused_first)
            all_asked.set()
            ends = await asyncio.gather(*calls)
            rows, total = await container.data.ledger().rows(UsageQuery(), limit=CALLS, offset=0)
            spent = {service: await _spent(container, f"service|{service}") for service in WAYS}
            in_all = await _spent(container, "all")
            after = [await way(manager) for way in WAYS.values()]
    by_call = list(zip(services, ends, strict=True))
    answered = Counter(service for service, end in by_call if isinstance(end, str) and end)
    refused = Counter(service for service, end in by_call if _refused_limit(end) == usd_text(worst[service] * FIT))
    assert answered == dict.fromkeys(WAYS, FIT)
    assert answered + refused == Counter(services)
    assert total == FIT * len(WAYS)
    assert {row.status for row in rows} == {AttemptStatus.MEASURED}
    for service in WAYS:
        costs = [row.settlement.cost_usd for row in rows if row.settlement and row.attempt.service == service]
        assert spent[service].usd == sum(cost for cost in costs if cost is not None)
        assert 0 < spent[service].usd < worst[service] * FIT
    assert in_all == sum(spent.values(), start=Spend())
    assert all(after)
    assert Counter(bill.endpoint for bill in simulator.account.bills) == {
        "chat_completions": 2 * FIT + 2,
        "responses": FIT + 1,
    }


async def _ended(call: Awaitable[str]) -> object:
    """What it gives, or what it raises."""
    try:
        return await call
    except (BudgetExceededError, openai.OpenAIError) as error:
        return error


async def _until(event: asyncio.Event) -> None:
    await event.wait()
