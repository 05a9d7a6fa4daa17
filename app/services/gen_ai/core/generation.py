"""Generate, verify, repair: an answer is judged, and asked for again until it passes or nobody is left to ask."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Generic

from pydantic import ValidationError

from app.clock import Clock
from app.ids import new_id
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
from app.services.gen_ai.rules.pricing import UsageInconsistentError, read_usage
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.services.gen_ai.wire.answer import read_completion
from app.services.gen_ai.wire.messages import (
    EMPTY_COMPLETION,
    Completion,
    Envelope,
    Message,
    ToolCall,
    ToolUse,
    UnreadableAnswerError,
)

_WHOLE = frozenset(
    {None, "stop", "tool_calls", "function_call"}
    | {"eos", "eos_token", "end_turn", "stop_sequence", "stop_token", "tool_use", "complete", "completed"}
)
"""Reasons for the end of a whole answer: OpenAI's own, and what compatible servers say in their place."""
_CUT_OFF = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_LANGUAGE = re.compile(r"\A\s*\w*\s*")
_REPAIR = "Your answer cannot be used. Give the whole answer again, with every one of these put right:\n{violations}"


@dataclass(frozen=True, slots=True)
class Judgement(Generic[AnswerT, FindingsT]):
    """`completion` is None where nothing was said at all. `accepted`: the answer and what its verifier found out; None
    where there are violations. `larger_limit`: of output tokens, where the answer was cut off at the one it had.
    """

    completion: Completion | None
    violations: Sequence[str]
    accepted: tuple[AnswerT, FindingsT] | None = None
    larger_limit: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether asking again would be in vain."""
        return self.completion is None or self.completion.refusal is not None


async def judge(task: GenerationTask[AnswerT, FindingsT], envelope: Envelope) -> Judgement[AnswerT, FindingsT]:
    """Reads and verifies an answer."""
    try:
        completion = read_completion(envelope)
    except UnreadableAnswerError as error:
        return Judgement(None, [str(error)])
    return await judge_completion(task, completion, output_tokens=_output_tokens(envelope))


async def judge_completion(
    task: GenerationTask[AnswerT, FindingsT], completion: Completion, *, output_tokens: int = 0
) -> Judgement[AnswerT, FindingsT]:
    """Verifies what the model said. `output_tokens`: what it used for it, thoughts included; 0 where nobody knows."""
    missing = _what_is_missing(task, completion)
    if missing is not None:
        limit = task.max_output_tokens
        # A model that thinks has room for that beside the limit, and may have used it all up: twice the whole.
        larger = limit + max(limit, output_tokens) if _end(completion) in _CUT_OFF else None
        return Judgement(completion, [missing], larger_limit=larger)
    if task.answer is PlainText:
        answer = task.answer(text=completion.text)
    else:
        try:
            answer = task.answer.model_validate_json(_unfenced(completion.text))
        except ValidationError as error:
            return Judgement(completion, [_complaint(details["loc"], details["msg"]) for details in error.errors()])
    verdict = await task.verdict(answer)
    return Judgement(completion, verdict.violations, None if verdict.violations else (answer, verdict.findings))


def _what_is_missing(task: GenerationTask[Any, Any], completion: Completion) -> str | None:
    """Why an answer is not worth reading: it is no whole one."""
    end = _end(completion)
    missing = None if completion.text else "the answer is empty"
    if completion.failure is not None:
        missing = f"the answer ended in an error: {completion.failure.message}"
    elif completion.refusal is not None:
        missing = f"the model refused: {completion.refusal}"
    elif end in _CUT_OFF:
        missing = f"the answer was cut off at the limit of {task.max_output_tokens} tokens; be shorter"
    elif end == "content_filter":
        missing = "a content filter left out a part of it"
    elif end not in _WHOLE:
        missing = f"the answer is not whole: it ended with {end!r:.60}"
    return missing


def _end(completion: Completion) -> str | None:
    return completion.finish_reason and completion.finish_reason.lower()


def with_complaint(
    task: GenerationTask[AnswerT, FindingsT], judgement: Judgement[Any, Any]
) -> GenerationTask[AnswerT, FindingsT]:
    """The task with the bad answer and what is wrong with it: the model's chance to repair.

    An answer that ended in an error is no work of the model: it is asked the same again.
    """
    if judgement.completion is not None and judgement.completion.failure is not None:
        return task
    complaint = _REPAIR.format(violations="\n".join(f"- {violation}" for violation in judgement.violations))
    text = judgement.completion.text if judgement.completion else ""
    return replace(
        task,
        messages=(*task.messages, Message("assistant", text), Message("user", complaint)),
        max_output_tokens=judgement.larger_limit or task.max_output_tokens,
    )


def _output_tokens(envelope: Envelope) -> int:
    try:
        return read_usage(envelope.usage or {}).output_tokens
    except UsageInconsistentError:
        return 0


def _unfenced(text: str) -> str:
    """JSON without the fence of Markdown, and the sentences round it, that models like to put there."""
    before, fence, fenced = text.partition("```")
    if not fence or "{" in before:
        return text
    inside = _LANGUAGE.sub("", fenced, count=1)
    json, fence, after = inside.rpartition("```")
    return json if fence and "}" not in after else inside


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(step) for step in location)
    return f"{where}: {message}" if where else message


# Generate, verify, repair, climb: an answer leaves only when the verifier finds nothing wrong with it.
#
# Before it answers, a model may look things up with the tools of the task, several times over. A cheap model does the
# work as long as its answers pass; a dearer one is asked only where they do not.


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
            UpstreamError: the upstream did not answer.
            AnswerRejectedError: it answered, but nothing that passes; the error says what it cost.
        """
        run, policy = self._begin(task), self._policies.policy(task.service)
        asked, repairs = task, 0
        violations: Sequence[str] = ()
        for _ in range(policy.max_attempts):
            asked, envelope = await self._answered(run, asked)
            judgement = await judge(task, envelope)
            violations = judgement.violations
            run.judged(violations)
            if judgement.accepted is not None:
                return Generated(*judgement.accepted, run.receipt(), tuple(run.tool_uses))
            if judgement.is_final:
                break
            if repairs >= policy.repairs and run.climb(task):
                asked, repairs = task, 0  # begins anew: the answers that did not pass would lead it astray
            else:
                asked, repairs = with_complaint(asked, judgement), repairs + 1
        raise run.rejection(violations)

    async def _answered(
        self, run: OperationRun, asked: GenerationTask[AnswerT, FindingsT]
    ) -> tuple[GenerationTask[AnswerT, FindingsT], Envelope]:
        """An answer, and the task with all that was looked up for it."""
        while True:
            envelope = await run.send(asked, self._caller.call)
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
