"""Generate, verify, repair: an answer leaves only when the verifier finds nothing wrong with it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from app.clock import Clock
from app.errors import AnswerRejectedError, UpstreamError
from app.services.gen_ai.core.answer import Envelope, Said, UnreadableAnswerError, read_said
from app.services.gen_ai.core.messages import Message
from app.services.gen_ai.core.metered_call import MeteredCaller, Operation, SettledAttempt
from app.services.gen_ai.core.model_catalog import ModelCatalog
from app.services.gen_ai.core.model_resolver import ModelResolver, Resolution
from app.services.gen_ai.core.receipt import Receipt, total_cost
from app.services.gen_ai.core.request_shape import shape_request

AnswerT = TypeVar("AnswerT", bound=BaseModel)
MAX_ANSWERS = 2
"""The first answer and one repair."""

_REPAIR = "Your answer cannot be used. Give the whole answer again, with every one of these put right:\n{violations}"


class PlainText(BaseModel):
    """The answer type of services that want prose, not a structure."""

    text: str


@dataclass(frozen=True)
class GenerationTask(Generic[AnswerT]):
    """What a service asks of the gate.

    `verify` returns what is wrong with an answer, one sentence each; nothing means accepted. `max_output_tokens`
    limits the visible answer; `temperature` (0 to 2) is dropped where the model does not take it.
    """

    service: str
    operation: str
    caller_id: str
    messages: tuple[Message, ...]
    answer: type[AnswerT]
    max_output_tokens: int
    verify: Callable[[AnswerT], Sequence[str]] = lambda _: ()
    requested_model_id: str | None = None
    temperature: float | None = None


@dataclass(frozen=True)
class Generated(Generic[AnswerT]):
    answer: AnswerT
    receipt: Receipt


class Generator:
    """`upstream` names who answers (`openai` or `simulator`); `deadline_seconds` is for an operation in all."""

    def __init__(
        self,
        resolver: ModelResolver,
        catalog: ModelCatalog,
        caller: MeteredCaller,
        clock: Clock,
        *,
        upstream: str,
        deadline_seconds: float,
    ) -> None:
        self._resolver = resolver
        self._catalog = catalog
        self._caller = caller
        self._clock = clock
        self._upstream = upstream
        self._deadline_seconds = deadline_seconds

    async def generate(self, task: GenerationTask[AnswerT]) -> Generated[AnswerT]:
        """An accepted answer and what it cost.

        Raises:
            InvalidModelError: the model may not be used for this service.
            UpstreamError: the upstream did not answer.
            AnswerRejectedError: it answered, but nothing that passes; the error says what it cost.
        """
        resolution = self._resolver.resolve(task.service, task.requested_model_id)
        operation = self._operation(task)
        attempts: list[SettledAttempt] = []
        violations: Sequence[str] = ()
        for _ in range(MAX_ANSWERS):
            payload = self._shape(task, resolution)
            try:
                envelope = await self._caller.call(operation, resolution.record.model_id, payload, attempts)
            except UpstreamError as error:
                error.fields |= _paid(operation.operation_id, attempts)
                raise
            answer, said, violations = _judge(task, envelope)
            if answer is not None and not violations:
                return Generated(answer, self._receipt(operation, resolution, attempts))
            if said is None or said.refusal is not None:
                break
            task = _with_complaint(task, said, violations)
        raise _rejection(self._receipt(operation, resolution, attempts), violations)

    def _operation(self, task: GenerationTask[AnswerT]) -> Operation:
        return Operation(
            operation_id=f"op_{uuid.uuid4().hex}",
            service=task.service,
            name=task.operation,
            caller_id=task.caller_id,
            requested_model_id=task.requested_model_id,
            deadline=self._clock.monotonic() + self._deadline_seconds,
        )

    def _shape(self, task: GenerationTask[AnswerT], resolution: Resolution) -> dict[str, object]:
        return shape_request(
            resolution.record,
            self._catalog.profile(resolution.record),
            task.messages,
            answer=None if task.answer is PlainText else task.answer,
            answer_name=task.operation,
            max_output_tokens=task.max_output_tokens,
            temperature=task.temperature,
        )

    def _receipt(self, operation: Operation, resolution: Resolution, attempts: Sequence[SettledAttempt]) -> Receipt:
        return Receipt(
            operation_id=operation.operation_id,
            model_id=resolution.record.model_id,
            requested_model_id=resolution.requested_model_id,
            model_reason=resolution.reason,
            upstream=self._upstream,
            attempts=tuple(attempts),
        )


def _judge(task: GenerationTask[AnswerT], envelope: Envelope) -> tuple[AnswerT | None, Said | None, Sequence[str]]:
    """The answer if it has the right shape, what was said if anything was, and what is wrong."""
    try:
        said = read_said(envelope)
    except UnreadableAnswerError as error:
        return None, None, [str(error)]
    if said.refusal is not None:
        return None, said, [f"the model refused: {said.refusal}"]
    if said.finish_reason in {"length", "content_filter"}:
        limit = f"the answer was cut off at the limit of {task.max_output_tokens} tokens; be shorter"
        return None, said, [limit if said.finish_reason == "length" else "a content filter left out a part of it"]
    if not said.text:
        return None, said, ["the answer is empty"]
    if task.answer is PlainText:
        answer = task.answer(text=said.text)
    else:
        try:
            answer = task.answer.model_validate_json(said.text)
        except ValidationError as error:
            return None, said, [_complaint(details["loc"], details["msg"]) for details in error.errors()]
    return answer, said, task.verify(answer)


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(step) for step in location)
    return f"{where}: {message}" if where else message


def _with_complaint(task: GenerationTask[AnswerT], said: Said, violations: Sequence[str]) -> GenerationTask[AnswerT]:
    complaint = _REPAIR.format(violations="\n".join(f"- {violation}" for violation in violations))
    return replace(task, messages=(*task.messages, Message("assistant", said.text), Message("user", complaint)))


def _rejection(receipt: Receipt, violations: Sequence[str]) -> AnswerRejectedError:
    return AnswerRejectedError(
        "No answer of the model passed the checks; say it differently or choose another model",
        violations=list(violations),
        model_id=receipt.model_id,
        **_paid(receipt.operation_id, receipt.attempts),
    )


def _paid(operation_id: str, attempts: Sequence[SettledAttempt]) -> dict[str, Any]:
    """What an error says about the operation that it ended."""
    cost = total_cost(attempts)
    return {"operation_id": operation_id, "cost_usd": None if cost is None else f"{cost:f}"}
