"""Nobody gets an answer that is not in the ledger yet: after a crash, what was handed out is there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.services.gen_ai.core.operation import Generated, GenerationTask, PlainText
from app.services.gen_ai.wire.messages import Message
from app.vocabulary import AttemptStatus
from tests.fakes.gate import Gate
from tests.fakes.memory_ledger import SlowLedger
from tests.fakes.scripted_stream import DONE, ScriptedBody, chunk, streamed, usage_chunk
from tests.fakes.scripted_upstream import completion

TASK: GenerationTask[PlainText, None] = GenerationTask(
    "narrative_report", "report", "alice", (Message("user", "Hi."),), PlainText, 300
)


@pytest.fixture
def ledger() -> SlowLedger:
    return SlowLedger()


@pytest.fixture
async def gate(ledger: SlowLedger) -> AsyncIterator[Gate]:
    async with Gate.build(ledger=ledger) as built:
        yield built


async def test_an_answer_waits_for_its_row(gate: Gate, ledger: SlowLedger) -> None:
    """It has arrived, but it is handed out when the settlement is written, and not a turn before."""
    gate.upstream.then(completion("Hello."))
    answer = asyncio.create_task(gate.generator.generate(TASK))
    await ledger.settling.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not answer.done()
    ledger.go.set()
    assert (await answer).answer.text == "Hello."
    assert [row.status for row in ledger.opened] == [AttemptStatus.MEASURED]


async def test_the_end_of_a_stream_waits_for_its_row(gate: Gate, ledger: SlowLedger) -> None:
    """The pieces are told as they come; the answer as a whole, with its receipt, when the settlement is written."""
    gate.upstream.then(streamed(ScriptedBody(chunk("Hello."), chunk(finish_reason="stop"), usage_chunk(), DONE)))
    stream = gate.generator.stream(TASK)
    assert await anext(stream) == "Hello."
    end = asyncio.create_task(anext(stream))
    await ledger.settling.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not end.done()
    ledger.go.set()
    generated = await end
    assert isinstance(generated, Generated)
    assert [row.settlement for row in ledger.opened] == [item.settlement for item in generated.receipt.attempts]
    await stream.aclose()
