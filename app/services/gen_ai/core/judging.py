"""Whether an answer can be used: is it whole, has it the form that was asked for, and what does its verifier say?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

from pydantic import ValidationError

from app.errors import own_words
from app.services.gen_ai.core.operation import AnswerT, FindingsT, GenerationTask, PlainText
from app.services.gen_ai.wire.formats import read_completion
from app.services.gen_ai.wire.messages import Completion, Envelope, Message, UnreadableAnswerError
from app.services.gen_ai.wire.upstream_words import words_of

_WHOLE = frozenset(
    {None, "stop", "tool_calls", "function_call"}
    | {"eos", "eos_token", "end_turn", "stop_sequence", "stop_token", "tool_use", "tool_call", "complete", "completed"}
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
    def has_failed(self) -> bool:
        """Whether it ended in an error of the upstream, which is no work of the model."""
        return self.completion is not None and self.completion.failure is not None

    @property
    def is_cut_off(self) -> bool:
        """Whether it ended at its limit of tokens: with the same one it would end there again."""
        return self.larger_limit is not None and not self.has_failed

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
    return await judge_completion(task, completion)


async def judge_completion(
    task: GenerationTask[AnswerT, FindingsT], completion: Completion
) -> Judgement[AnswerT, FindingsT]:
    """Verifies what the model said."""
    missing = _what_is_missing(task, completion)
    if missing is not None:
        limit = task.max_output_tokens
        # A model that thinks has room for that beside the limit, and may have used it all up: twice the whole.
        used = completion.usage.output_tokens if completion.usage is not None else 0
        larger = limit + max(limit, used) if _end(completion) in _CUT_OFF else None
        return Judgement(completion, [missing], larger_limit=larger)
    if task.answer is PlainText:
        answer = task.answer(text=completion.text)
    else:
        try:
            answer = task.answer.model_validate_json(_unfenced(completion.text))
        except ValidationError as error:
            return Judgement(
                completion, [_complaint(details["loc"], own_words(details["msg"])) for details in error.errors()]
            )
    verdict = await task.verdict(answer)
    return Judgement(completion, verdict.violations, None if verdict.violations else (answer, verdict.findings))


def _what_is_missing(task: GenerationTask[Any, Any], completion: Completion) -> str | None:
    """Why an answer is not worth reading: it is no whole one."""
    end = _end(completion)
    missing = None if completion.text else "the answer is empty"
    if completion.failure is not None:
        # By its code alone: the sentences of an upstream may quote the prompt, or the key.
        missing = f"the answer ended in an error ({words_of(completion.failure).code or 'without a code'})"
    elif completion.refusal is not None:
        missing = f"the model refused: {completion.refusal}"
    elif end in _CUT_OFF:
        missing = f"the answer was cut off at the limit of {task.max_output_tokens} tokens"
        missing += "" if completion.text else ", before anything of it was written"
    elif end == "content_filter":
        missing = "a content filter left out a part of it"
    elif end not in _WHOLE:
        missing = f"the answer is not whole: it ended with {end!r:.60}"
    return missing


def is_whole(completion: Completion) -> bool:
    """Whether an answer came to its own end. What was cut off may be cut within a call, or before the next one."""
    return completion.failure is None and _end(completion) in _WHOLE


def _end(completion: Completion) -> str | None:
    return completion.finish_reason and completion.finish_reason.lower()


def with_complaint(
    task: GenerationTask[AnswerT, FindingsT], judgement: Judgement[Any, Any]
) -> GenerationTask[AnswerT, FindingsT]:
    """The task with the bad answer and what is wrong with it: the model's chance to repair.

    An answer that ended in an error is no work of the model: it is asked the same again.
    """
    if judgement.has_failed:
        return task
    shorter = "" if judgement.larger_limit is None else "; be shorter"
    complaint = _REPAIR.format(violations="\n".join(f"- {violation}{shorter}" for violation in judgement.violations))
    text = judgement.completion.text if judgement.completion else ""
    return replace(
        with_larger_limit(task, judgement),
        messages=(*task.messages, Message("assistant", text), Message("user", complaint)),
    )


def with_larger_limit(
    task: GenerationTask[AnswerT, FindingsT], judgement: Judgement[Any, Any]
) -> GenerationTask[AnswerT, FindingsT]:
    """The task with more room for its answer, where the last one was cut off."""
    return replace(task, max_output_tokens=max(judgement.larger_limit or 0, task.max_output_tokens))


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
