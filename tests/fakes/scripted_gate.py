"""Stands in for the manager: answers from a script, and verifies as the gate does."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel

from app.errors import AnswerRejectedError
from app.services.gen_ai.core import Generated, GenerationTask, OpenAIClientManager, PlainText, Receipt, Streamed
from app.services.gen_ai.core.operation import SettledAttempt
from app.services.gen_ai.ledger.port import Attempt, Settlement
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import AttemptStatus

AnswerT = TypeVar("AnswerT", bound=BaseModel)
FindingsT = TypeVar("FindingsT")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def receipt(
    cost_usd: Decimal | None = Decimal("0.00042150"), *, requested: str | None = None, reason: str | None = None
) -> Receipt:
    """What one measured attempt of gpt-4o-mini used and cost."""
    attempt = Attempt("att_1", "op_1", "service", "operation", "alice", requested, "gpt-4o-mini", False, NOON)
    settlement = Settlement(
        status=AttemptStatus.MEASURED,
        settled_at=NOON,
        latency_ms=12.5,
        tokens=TokenUsage(300, 1024, 0, 200, 50),
        cost_usd=cost_usd,
    )
    return Receipt("op_1", "gpt-4o-mini", requested, reason, "simulator", (SettledAttempt(attempt, settlement, ()),))


class ScriptedGate(OpenAIClientManager):
    """Gives one answer after the other, or raises one; `tasks` are those it was handed, `violations` the last found."""

    def __init__(self, *answers: BaseModel | Exception) -> None:
        self._answers = list(answers)
        self.tasks: list[GenerationTask[Any, Any]] = []
        self.violations: Sequence[str] = ()

    async def generate(self, task: GenerationTask[AnswerT, FindingsT]) -> Generated[AnswerT, FindingsT]:
        self.tasks.append(task)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, task.answer)
        verdict = await task.verdict(answer)
        self.violations = verdict.violations
        if self.violations:
            raise AnswerRejectedError("not accepted", violations=list(self.violations))
        return Generated(answer, verdict.findings, receipt(requested=task.requested_model_id))

    async def stream(self, task: GenerationTask[PlainText, None]) -> AsyncGenerator[Streamed]:
        """The words of the answer one by one, then the whole."""
        generated = await self.generate(task)
        for word in generated.answer.text.split():
            yield word
        yield generated
