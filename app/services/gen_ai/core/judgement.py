"""Is an answer what was asked for? And if not, what the model is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

from pydantic import ValidationError

from app.services.gen_ai.core.answer import Envelope, Said, UnreadableAnswerError, read_said
from app.services.gen_ai.core.messages import Message
from app.services.gen_ai.core.task import AnswerT, FindingsT, GenerationTask, PlainText

_REPAIR = "Your answer cannot be used. Give the whole answer again, with every one of these put right:\n{violations}"


@dataclass(frozen=True, slots=True)
class Judgement(Generic[AnswerT, FindingsT]):
    """`said` is None where nothing was said at all. `accepted`: the answer and what its verifier found out; None where
    there are violations.
    """

    said: Said | None
    violations: Sequence[str]
    accepted: tuple[AnswerT, FindingsT] | None = None

    @property
    def is_final(self) -> bool:
        """Whether asking again would be in vain."""
        return self.said is None or self.said.refusal is not None


async def judge(task: GenerationTask[AnswerT, FindingsT], envelope: Envelope) -> Judgement[AnswerT, FindingsT]:
    """Reads and verifies an answer."""
    try:
        said = read_said(envelope)
    except UnreadableAnswerError as error:
        return Judgement(None, [str(error)])
    return await judge_said(task, said)


async def judge_said(task: GenerationTask[AnswerT, FindingsT], said: Said) -> Judgement[AnswerT, FindingsT]:
    """Verifies what the model said."""
    if said.refusal is not None:
        return Judgement(said, [f"the model refused: {said.refusal}"])
    if said.finish_reason == "length":
        return Judgement(said, [f"the answer was cut off at the limit of {task.max_output_tokens} tokens; be shorter"])
    if said.finish_reason == "content_filter":
        return Judgement(said, ["a content filter left out a part of it"])
    if not said.text:
        return Judgement(said, ["the answer is empty"])
    if task.answer is PlainText:
        answer = task.answer(text=said.text)
    else:
        try:
            answer = task.answer.model_validate_json(said.text)
        except ValidationError as error:
            return Judgement(said, [_complaint(details["loc"], details["msg"]) for details in error.errors()])
    verdict = await task.verdict(answer)
    return Judgement(said, verdict.violations, None if verdict.violations else (answer, verdict.findings))


def with_complaint(
    task: GenerationTask[AnswerT, FindingsT], judgement: Judgement[Any, Any]
) -> GenerationTask[AnswerT, FindingsT]:
    """The task with the bad answer and what is wrong with it: the model's chance to repair."""
    complaint = _REPAIR.format(violations="\n".join(f"- {violation}" for violation in judgement.violations))
    said = judgement.said.text if judgement.said else ""
    return replace(task, messages=(*task.messages, Message("assistant", said), Message("user", complaint)))


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(step) for step in location)
    return f"{where}: {message}" if where else message
