"""Generate, verify, repair, climb: an answer leaves only when the verifier finds nothing wrong with it.

Before it answers, a model may look things up with the tools of the task, several times over. A cheap model does the
work as long as its answers pass; a dearer one is asked only where they do not.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from app.clock import Clock
from app.ids import new_id
from app.services.gen_ai.core.judging import judge, judge_completion, with_complaint, with_larger_limit
from app.services.gen_ai.core.metered_call import MeteredCaller
from app.services.gen_ai.core.metered_stream import broken_stream
from app.services.gen_ai.core.operation import (
    AnswerT,
    FindingsT,
    Generated,
    GenerationTask,
    Operation,
    PlainText,
    Streamed,
)
from app.services.gen_ai.core.operation_run import OperationRun
from app.services.gen_ai.core.preparation import Preparation
from app.services.gen_ai.core.tool_rounds import calls_to_run, completion_of, run_tool_calls
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.services.gen_ai.wire.messages import (
    EMPTY_COMPLETION,
    Completion,
    Envelope,
    ToolCall,
    ToolUse,
)


class Generator:
    """`upstream` names who answers, as `Settings.upstream` does; `deadline_seconds` is for an operation in all."""

    def __init__(
        self,
        resolver: ModelResolver,
        policies: PolicyRegistry,
        preparation: Preparation,
        caller: MeteredCaller,
        clock: Clock,
        *,
        upstream: str,
        deadline_seconds: float,
    ) -> None:
        self._resolver = resolver
        self._policies = policies
        self._preparation = preparation
        self._caller = caller
        self._clock = clock
        self._upstream = upstream
        self._deadline_seconds = deadline_seconds

    async def generate(self, task: GenerationTask[AnswerT, FindingsT]) -> Generated[AnswerT, FindingsT]:
        """An accepted answer, what its verifier found out, and what it cost.

        Raises:
            InvalidModelError: the model may not be used for this service.
            BudgetExceededError: a budget has no room for it.
            ModelRefusedError: it refuses the model that was chosen, or every model that may do the job.
            UpstreamError: the upstream did not answer.
            AnswerRejectedError: it answered, but nothing that passes; the error says what it cost.
        """
        run, policy = self._begin(task), self._policies.policy(task.service)
        asked, repairs = task, 0
        violations: Sequence[str] = ()
        for _ in range(policy.max_attempts):
            asked, envelope = await self._answered(run, asked)
            judgement = await judge(asked, envelope)
            violations = judgement.violations
            run.judged(violations)
            if judgement.accepted is not None:
                return Generated(*judgement.accepted, run.receipt(), tuple(run.tool_uses))
            if judgement.is_final or (judgement.has_failed and repairs >= policy.repairs):
                break  # a dearer model would not help an upstream that fails
            complaint = with_complaint(asked, judgement)
            again = run.with_more_room(complaint) if judgement.is_cut_off else complaint
            if (again is None or repairs >= policy.repairs) and run.climb(task):
                asked, repairs = task, 0  # begins anew: the answers that did not pass would lead it astray
                if judgement.is_cut_off:
                    asked = run.with_more_room(with_larger_limit(task, judgement)) or task
            elif again is not None:
                asked, repairs = again, repairs + 1
            else:
                violations = [*violations, run.no_more_room()]
                break
        if judgement.has_failed:
            raise run.failure()
        raise run.rejection(violations)

    async def _answered(
        self, run: OperationRun, asked: GenerationTask[AnswerT, FindingsT]
    ) -> tuple[GenerationTask[AnswerT, FindingsT], Envelope]:
        """An answer, and the task with all that was looked up for it."""
        while True:
            envelope = await run.send(asked, self._caller.call)
            if not asked.tools:
                return asked, envelope
            completion = completion_of(envelope)
            calls = calls_to_run(asked, completion)
            if not calls:
                return asked, envelope
            asked, _ = await run_tool_calls(run, asked, completion, calls)

    async def stream(self, task: GenerationTask[PlainText, None]) -> AsyncGenerator[Streamed]:
        """The text piece by piece, and at the end the accepted answer with its receipt. Nothing can be repaired here.

        Where the model looks something up, each call comes as it is made and again when it has ended. Text before a
        call is a remark; the answer is what comes after the last one.

        Close the iterator in any case: what is left of the answer is then read in the background, for its usage.

        Raises: as `generate`.
        """
        run = self._begin(task)
        completion = EMPTY_COMPLETION
        async with aclosing(self._conversed(run, task)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Completion):
                    completion = piece
                else:
                    yield piece
        judgement = await judge_completion(task, completion)
        run.judged(judgement.violations)
        if judgement.accepted is None:
            raise run.rejection(judgement.violations)
        yield Generated(*judgement.accepted, run.receipt(), tuple(run.tool_uses))

    async def _conversed(
        self, run: OperationRun, task: GenerationTask[PlainText, None]
    ) -> AsyncGenerator[str | ToolCall | ToolUse | Completion]:
        """Text and calls as they come, and at last what was said once nothing had to be looked up any more."""
        while True:
            stream = await run.send(task, self._caller.stream, streamed=True)
            try:
                async for piece in stream:
                    yield piece
            finally:
                stream.hang_up()
            run.take_settlement(stream)
            if (error := broken_stream(stream)) is not None:
                error.fields |= run.cost_fields()
                raise error from stream.failure
            completion = stream.reader.completion
            calls = calls_to_run(task, completion)
            if not calls:
                yield completion
                return
            for call in calls:
                yield call
            task, uses = await run_tool_calls(run, task, completion, calls)
            for use in uses:
                yield use

    def _begin(self, task: GenerationTask[Any, Any]) -> OperationRun:
        operation = Operation(
            operation_id=new_id("op"),
            service=task.service,
            name=task.operation,
            caller_id=task.caller_id,
            requested_model_id=task.requested_model_id,
            deadline=self._clock.monotonic() + self._deadline_seconds,
        )
        resolution = self._resolver.resolve(task.service, task.requested_model_id)
        return OperationRun(self._resolver, self._preparation, operation, resolution, self._upstream)
