"""One operation under way."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import structlog

from app.errors import AnswerRejectedError, UpstreamError
from app.services.gen_ai.core.metered_stream import MeteredStream
from app.services.gen_ai.core.operation import GenerationTask, Operation, Receipt, SettledAttempt, total_cost
from app.services.gen_ai.core.preparation import Preparation, PreparedRequest, RoundLimit
from app.services.gen_ai.rules.budgets import BudgetExceededError
from app.services.gen_ai.rules.model_resolver import ModelResolver, Resolution
from app.services.gen_ai.wire.messages import ToolCall, ToolUse

log = structlog.get_logger(__name__)

SentT = TypeVar("SentT")
Call = Callable[[Operation, PreparedRequest, list[SettledAttempt]], Awaitable[SentT]]


class OperationRun:
    """One operation under way: its model, its attempts, and what they cost so far."""

    def __init__(
        self,
        resolver: ModelResolver,
        preparation: Preparation,
        operation: Operation,
        resolution: Resolution,
        upstream: str,
    ) -> None:
        self._resolver = resolver
        self._preparation = preparation
        self._operation = operation
        self._resolution = resolution
        self._upstream = upstream
        self._attempts: list[SettledAttempt] = []
        self.tool_uses: list[ToolUse] = []

    @property
    def model_id(self) -> str:
        """The model that is asked."""
        return self._resolution.record.model_id

    async def send(self, task: GenerationTask[Any, Any], call: Call[SentT], *, streamed: bool = False) -> SentT:
        """Sends the task to its model; where a budget has no room for it, to a cheaper one if the policy says so.

        Raises:
            UpstreamError: it brought no answer; the error says what was paid all the same.
            BudgetExceededError: a budget has no room, for no model that may be used.
            AnswerRejectedError: no room for a further try; the answers so far did not pass.
        """
        request = self._preparation.prepare(task, self._resolution, streamed=streamed)
        try:
            return await call(self._operation, request, self._attempts)
        except BudgetExceededError as error:
            cheaper = self._cheaper(task, error)
            if cheaper is None:
                error.fields |= self.cost_fields()
                raise
        except UpstreamError as error:
            error.fields |= self.cost_fields()
            raise
        self._resolution = cheaper
        return await self.send(task, call, streamed=streamed)

    def _cheaper(self, task: GenerationTask[Any, Any], error: BudgetExceededError) -> Resolution | None:
        """Only for a first answer: after one that did not pass, a cheaper model would be a step back."""
        budget = error.fields["budget"]
        if self._attempts and self._attempts[-1].violations:
            raise self.rejection([*self._attempts[-1].violations, f"budget {budget} has no room for another try"])
        because = f"budget {budget} has no room for {self._resolution.record.model_id}"
        return self._resolver.step_down(task.service, self._resolution, because)

    def judged(self, violations: Sequence[str]) -> None:
        """Notes what the checks said of the answer that came last."""
        self._attempts[-1] = replace(self._attempts[-1], violations=tuple(violations))

    def asked_for(self, calls: Sequence[ToolCall]) -> RoundLimit:
        """Notes that the last attempt asked for tools; the answer is what their results may add to the prompt."""
        self._attempts[-1] = replace(self._attempts[-1], tool_calls=tuple(call.name for call in calls))
        return self._preparation.round_limit(self._resolution)

    def used(self, uses: Sequence[ToolUse]) -> None:
        """Notes the calls of tools that have ended."""
        self.tool_uses += uses
        # Not what they were called with: that may repeat what a person said.
        log.info("tools_used", service=self._operation.service, operation_id=self._operation.operation_id,
                 tools=[use.call.name for use in uses if use.succeeded],
                 failed=sum(not use.succeeded for use in uses))  # fmt: skip

    def climb(self, task: GenerationTask[Any, Any]) -> bool:
        """Takes the next model of the ladder; False at its top."""
        higher = self._resolver.climb(task.service, self._resolution)
        if higher is None:
            return False
        log.info("climbed", service=task.service, operation_id=self._operation.operation_id,
                 from_model=self._resolution.record.model_id, model_id=higher.record.model_id)  # fmt: skip
        self._resolution = higher
        return True

    def take_settlement(self, stream: MeteredStream[str]) -> None:
        if stream.settlement is not None:
            self._attempts.append(SettledAttempt(stream.attempt, stream.settlement))

    def receipt(self) -> Receipt:
        return Receipt(
            operation_id=self._operation.operation_id,
            model_id=self._resolution.record.model_id,
            requested_model_id=self._resolution.requested_model_id,
            model_reason=self._resolution.reason,
            upstream=self._upstream,
            attempts=tuple(self._attempts),
        )

    def rejection(self, violations: Sequence[str]) -> AnswerRejectedError:
        return AnswerRejectedError(
            "No answer of the model passed the checks; say it differently or choose another model",
            violations=list(violations),
            model_id=self._resolution.record.model_id,
            attempts=self.receipt().attempt_fields(),
            **self.cost_fields(),
        )

    def failure(self) -> UpstreamError:
        """Of answers that ended in an error."""
        error = UpstreamError("OpenAI's answer ended in an error; try again", **self.cost_fields())
        error.code = "upstream_answer_failed"
        return error

    def cost_fields(self) -> dict[str, Any]:
        """What an error says about the operation that it ended."""
        cost = total_cost(self._attempts)
        return {
            "operation_id": self._operation.operation_id,
            "cost_usd": None if cost is None else f"{cost:f}",
        }
