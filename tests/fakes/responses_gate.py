"""A gate that asks on Responses, whole or streamed, and what came of it: told to whoever asks, and booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import httpx2

from app.errors import AnswerRejectedError, UpstreamError
from app.services.gen_ai.core.operation import Generated, GenerationTask, PlainText
from app.services.gen_ai.ledger.port import Settlement
from app.services.gen_ai.rules.service_policy import PolicyFile
from app.services.gen_ai.wire.messages import Message
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.responses_upstream import MODEL, Item, events, message, sent, whole

TALK = (Message("instruction", "Be brief."), Message("user", "What is the Sharpe ratio?"))
TEXT = "What a risk has earned."
SAID = message(TEXT, phase="final_answer")
COST = Decimal("0.00297")
"""USED at gpt-6.2-sol's rates: 500 x 2 + 200 x 0.10 + 300 x 2.50 + 120 x 10 = 2_970 per million."""
TERRA = "gpt-6.1-terra"
ON_RESPONSES = PolicyFile(
    services=tuple(policy.model_copy(update={"wire": "responses", "ladder": ()}) for policy in POLICY_FILE.services)
)
CUT = {"status": "incomplete", "why": "max_output_tokens"}
FAILED = {"status": "failed", "error": ("server_error", "no worker is left")}


@dataclass(frozen=True, slots=True)
class Way:
    """How an answer comes, whole or streamed, and how the gate is asked so."""

    name: Literal["whole", "streamed"]

    def answer(self, *items: Item, **more: Any) -> httpx2.Response:
        return whole(*items, **more) if self.name == "whole" else sent(events(*items, **more))

    async def ask(self, gate: Gate, task: GenerationTask[PlainText, None]) -> Generated[PlainText, None]:
        if self.name == "whole":
            return await gate.generator.generate(task)
        *_, last = [piece async for piece in gate.generator.stream(task)]
        assert isinstance(last, Generated)
        return last


WAYS: Sequence[Way] = (Way("whole"), Way("streamed"))


def task(**changes: Any) -> GenerationTask[PlainText, None]:
    told: dict[str, Any] = {"max_output_tokens": 300, "requested_model_id": MODEL} | changes
    return GenerationTask[PlainText, None]("chatops_advanced", "chat", "alice", TALK, PlainText, **told)


def build(*steps: Any) -> Gate:
    return Gate.build(*steps, policy_file=ON_RESPONSES)


async def outcome(way: Way, gate: Gate, **changes: Any) -> str | list[str]:
    """The text that was answered, what was wrong with it, or the code of an error."""
    try:
        return (await way.ask(gate, task(**changes))).answer.text
    except AnswerRejectedError as rejected:
        violations: list[str] = rejected.fields["violations"]
        return violations
    except UpstreamError as error:
        return error.code


async def booked(gate: Gate) -> Settlement:
    """How the first attempt was settled, once nothing is under way any more."""
    await gate.background.close(5)
    settlement = gate.ledger.opened[0].settlement
    assert settlement is not None
    return settlement


def money(settlement: Settlement) -> tuple[str, Decimal | None]:
    return settlement.status.value, settlement.cost_usd
