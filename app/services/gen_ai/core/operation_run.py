"""One operation under way."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import structlog

from app.errors import AnswerRejectedError, InputError, ModelRefusedError, UpstreamError
from app.services.gen_ai.core.metered_stream import MeteredStream
from app.services.gen_ai.core.operation import (
    AnswerT,
    FindingsT,
    GenerationTask,
    Operation,
    Receipt,
    SettledAttempt,
    total_cost,
)
from app.services.gen_ai.core.preparation import Preparation, PreparedRequest, RoundLimit
from app.services.gen_ai.rules.budgets import BudgetExceededError
from app.services.gen_ai.rules.model_resolver import ModelResolver, Resolution
from app.services.gen_ai.wire.messages import ToolCall, ToolUse

log = structlog.get_logger(__name__)

SentT = TypeVar("SentT")
_ABOUT_THE_REQUEST = frozenset({400, 413, 422})
"""Statuses with which the upstream refuses what it was asked, and not the account."""

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
        self._limit = 0
        """Tokens that the last answer could have at most, thoughts included."""
        self.tool_uses: list[ToolUse] = []

    @property
    def model_id(self) -> str:
        """The model that is asked."""
        return self._resolution.record.model_id

    async def send(self, task: GenerationTask[Any, Any], call: Call[SentT], *, streamed: bool = False) -> SentT:
        """Sends the task to its model; where the upstream refuses that one and nobody chose it, to the next one that
        may do the job; where a budget has no room for it, to a cheaper one if the policy says so.

        Raises:
            ModelRefusedError: the upstream refuses the model that was chosen, or every one that there is.
            UpstreamError: it brought no answer; the error says what was paid all the same.
            BudgetExceededError: a budget has no room, for no model that may be used.
            AnswerRejectedError: no room for a further try; the answers so far did not pass.
        """
        request = self._preparation.prepare(task, self._resolution, streamed=streamed)
        self._limit = request.worst.output_tokens
        try:
            sent = await call(self._operation, request, self._attempts)
        except ModelRefusedError as error:
            other = self._after_refusal(task, error)
            if other is None:
                self._blame(error)
                raise
        except BudgetExceededError as error:
            other = self._cheaper(task, error)
            if other is None:
                error.fields |= self.cost_fields()
                raise
        except UpstreamError as error:
            self._blame(error)
            raise
        else:
            self._resolver.refusals.clear(self._resolution.record.model_id, task.service)
            return sent
        self._resolution = other
        return await self.send(task, call, streamed=streamed)

    def _after_refusal(self, task: GenerationTask[Any, Any], error: ModelRefusedError) -> Resolution | None:
        """Every model is tried once at most: a refusal is no answer, and takes none of the policy's tries."""
        model_id = self._resolution.record.model_id
        refusal = self._resolver.refusals.add(model_id, None if error.whole_model else task.service, error.words)
        other = self._resolver.instead(task.service, self._resolution, self._tried(), refusal.sentence())
        following = None if other is None else other.record.model_id
        log.warning("model_refused", service=task.service, operation_id=self._operation.operation_id,
                    model_id=model_id, next_model_id=following, words=error.words)  # fmt: skip
        if other is None and (violations := self._violations()):
            raise self.rejection([*violations, refusal.sentence()]) from error
        return other

    def _blame(self, error: UpstreamError) -> None:
        """Who chose the model can choose another: what the upstream refuses is then a mistake of the request."""
        error.fields |= self.cost_fields()
        if self._resolution.requested_model_id is None:
            return
        if isinstance(error, ModelRefusedError):
            error.status = 400
        elif error.code == UpstreamError.code and error.fields.get("upstream_status") in _ABOUT_THE_REQUEST:
            error.status, error.code = 400, "upstream_refused"

    def _cheaper(self, task: GenerationTask[Any, Any], error: BudgetExceededError) -> Resolution | None:
        """Only for a first answer: after one that did not pass, a cheaper model would be a step back."""
        budget = error.fields["budget"]
        if violations := self._violations():
            raise self.rejection([*violations, f"budget {budget} has no room for another try"])
        because = f"budget {budget} has no room for {self._resolution.record.model_id}"
        return self._resolver.step_down(task.service, self._resolution, because)

    def _violations(self) -> Sequence[str]:
        """Those of the last answer that was judged."""
        return next((item.violations for item in reversed(self._attempts) if item.violations is not None), ())

    def _tried(self) -> set[str]:
        return {item.attempt.model_id for item in self._attempts}

    def with_more_room(self, task: GenerationTask[AnswerT, FindingsT]) -> GenerationTask[AnswerT, FindingsT] | None:
        """The task, if its answer may be longer than the last one; its limit is cut to what the context has room for.

        None where the model has no more room than it had: it would be cut off again.
        """
        try:
            request = self._preparation.prepare(task, self._resolution)
            context = request.record.context_window
            if request.worst.tokens > context:
                task = replace(task, max_output_tokens=max(context - request.worst.prompt_tokens, 1))
                request = self._preparation.prepare(task, self._resolution)
        except InputError:  # the room would be taken from what must be said
            return None
        limit = request.worst.output_tokens
        return task if limit > self._limit and request.worst.tokens <= context else None

    def no_more_room(self) -> str:
        """Why an answer that was cut off is not asked for again."""
        return f"{self._resolution.record.model_id} has room for {self._limit} tokens at most, thoughts included"

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
        higher = self._resolver.climb(task.service, self._resolution, self._tried())
        if higher is None:
            return False
        log.info("climbed", service=task.service, operation_id=self._operation.operation_id,
                 from_model=self._resolution.record.model_id, model_id=higher.record.model_id)  # fmt: skip
        self._resolution, self._limit = higher, 0
        return True

    def take_settlement(self, stream: MeteredStream[str]) -> None:
        if stream.settlement is not None:
            self._attempts.append(SettledAttempt(stream.attempt, stream.settlement, words=stream.words))

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
            **(self.cost_fields() | {"attempts": self.receipt().attempt_fields()}),
        )

    def failure(self) -> UpstreamError:
        """Of answers that ended in an error."""
        last = self._attempts[-1]
        error = UpstreamError(
            "OpenAI's answer ended in an error; try again",
            upstream_status=last.settlement.upstream_status,
            upstream_request_id=last.settlement.upstream_request_id,
            **last.words.fields(),
            **self.cost_fields(),
        )
        error.code = "upstream_answer_failed"
        return error

    def cost_fields(self) -> dict[str, Any]:
        """What an error says about the operation that it ended."""
        cost = total_cost(self._attempts)
        fields: dict[str, Any] = {
            "operation_id": self._operation.operation_id,
            "cost_usd": None if cost is None else f"{cost:f}",
        }
        if self._tried() - {self._resolution.record.model_id}:  # of one model alone, the error itself tells
            fields["attempts"] = self.receipt().attempt_fields()
        return fields
