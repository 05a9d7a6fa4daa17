"""The model looks things up until it answers: what it asks for is run, and it is asked again with the results."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from pydantic import ValidationError
from pydantic_core import to_json

from app.errors import InputError, own_words
from app.services.gen_ai.core.judging import is_whole
from app.services.gen_ai.core.operation import AnswerT, FindingsT, GenerationTask
from app.services.gen_ai.core.operation_run import OperationRun
from app.services.gen_ai.core.preparation import MAX_ROUNDS, RoundLimit, rounds_used
from app.services.gen_ai.rules.worst_case import PER_MESSAGE
from app.services.gen_ai.wire.formats import read_completion
from app.services.gen_ai.wire.messages import (
    EMPTY_COMPLETION,
    Completion,
    Envelope,
    Kept,
    Looked,
    Message,
    Tool,
    ToolCall,
    ToolUse,
    UnreadableAnswerError,
    find_tool,
)
from app.tokenizer import Encoding, beginning, count_tokens, fits

log = structlog.get_logger(__name__)

_MAX_CALLS = 8
"""Calls of one round that are run; a model that asks for more is told to ask again."""
_LEAST_TOKENS = 150
"""A call needs so many of the round's tokens to be worth running."""
_REMARK_SHARE = 8
_CUT = "Only the beginning is shown: the result was too long. Ask for less, or say that a part is missing."


class _FailedError(Exception):
    """Why a call brought nothing, in words for the model."""


@dataclass(frozen=True, slots=True)
class Round:
    """What was called, and the messages that the conversation goes on with."""

    uses: tuple[ToolUse, ...]
    messages: tuple[Message, ...]


async def run_round(
    tools: Sequence[Tool[Any]], calls: Sequence[ToolCall], remark: str, limit: RoundLimit, kept: Kept | None = None
) -> Round:
    """Runs the calls of one answer side by side; the messages that it makes keep to the limit.

    Args:
        tools: what can be called.
        calls: what the model asked for.
        remark: what it said beside its calls.
        limit: for what is added to the prompt, but for what is handed back unchanged.
        kept: the answer, where it is to be handed back unchanged: then each of its calls needs a result.
    """
    most = min(_MAX_CALLS, max(limit.tokens // _LEAST_TOKENS, 1))
    run, left = calls[:most], calls[most:]
    remark = beginning(remark, limit.tokens // _REMARK_SHARE, limit.encoding)
    share = (limit.tokens - count_tokens(remark, limit.encoding) - 2 * PER_MESSAGE) // len(run)
    why = f"only {most} calls are answered at a time; ask again"
    done = await asyncio.gather(*(_run(tools, call, share, limit.encoding) for call in run))
    refused = [(ToolUse(call, error=why), _error(why)) for call in left]
    answered = done if kept is None else [*done, *refused]
    asked = Message("assistant", remark, calls=tuple(use.call for use, _ in answered), kept=kept)
    results = (Message("tool", text, call_id=use.call.call_id) for use, text in answered)
    return Round(tuple(use for use, _ in (*done, *refused)), (asked, *results))


async def _run(tools: Sequence[Tool[Any]], call: ToolCall, share: int, encoding: Encoding) -> tuple[ToolUse, str]:
    """A call and its answer within a share of the round's tokens."""
    if _frame(call, encoding) > share // 2:
        return _failed(replace(call, arguments="{}"), "the arguments are too long", share, encoding)
    try:
        found = await _found(tools, call)
    except _FailedError as failed:
        return _failed(call, str(failed), share, encoding)
    text, truncated = _as_data(call.name, found, share - _frame(call, encoding), encoding)
    return ToolUse(call, truncated=truncated), text


def _failed(call: ToolCall, why: str, share: int, encoding: Encoding) -> tuple[ToolUse, str]:
    sentence = beginning(why, (share - _frame(call, encoding)) // 2, encoding)
    return ToolUse(call, error=sentence), _error(sentence)


def _error(sentence: str) -> str:
    return json.dumps({"kind": "error", "error": sentence}, ensure_ascii=False)


async def _found(tools: Sequence[Tool[Any]], call: ToolCall) -> str:
    """What a call found, as JSON.

    Raises:
        _FailedError: nothing; it says why.
    """
    tool = find_tool(tools, call.name)
    if tool is None:
        raise _FailedError(f"there is no tool {call.name}; there are {', '.join(tool.name for tool in tools)}")
    try:
        arguments = tool.arguments.model_validate_json(call.arguments or "{}")
    except ValidationError as invalid:
        raise _FailedError(_what_is_wrong(invalid)) from invalid
    try:
        return await _in_time(tool, arguments)
    except TimeoutError as late:
        raise _FailedError(f"{tool.name} took longer than {tool.seconds:g} seconds and was given up") from late
    except InputError as refused:
        raise _FailedError(refused.detail) from refused
    except Exception as error:  # a tool's failure must not take the answer with it
        log.warning("tool_failed", tool=tool.name, exc_info=error)
        raise _FailedError(f"{tool.name} failed; this cannot be looked up at the moment") from error


async def _in_time(tool: Tool[Any], arguments: Any) -> str:  # noqa: ANN401  an instance of the tool's own type
    async with asyncio.timeout(tool.seconds):
        found: Looked = await tool.handler(arguments)
    return to_json(found, inf_nan_mode="null").decode()


def _what_is_wrong(invalid: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(('arguments', *map(str, error['loc'])))}: {own_words(error['msg'])}" for error in invalid.errors()
    )


def _frame(call: ToolCall, encoding: Encoding) -> int:
    """The tokens of a call and of the empty answer to it."""
    written = json.dumps([call.as_sent()], ensure_ascii=False)
    return PER_MESSAGE + count_tokens(written, encoding) + count_tokens(call.call_id, encoding)


def _as_data(tool: str, found: str, room: int, encoding: Encoding) -> tuple[str, bool]:
    """A tool's message: JSON that says that it is data; of data that are too long, the beginning, as text."""
    whole = f'{{"kind":"data","tool":"{tool}","data":{found}}}'
    if fits(whole, room, encoding):
        return whole, False
    kept = room
    while True:
        part = {"kind": "data", "tool": tool, "truncated": _CUT, "data": beginning(found, kept, encoding)}
        text = json.dumps(part, ensure_ascii=False)
        # Quotation marks within a text are longer than without: what is over has to go as well.
        over = count_tokens(text, encoding) - room
        if over <= 0 or kept == 0:
            return text, True
        kept = max(kept - over, 0)


# Between two answers: which calls come first, and the task that goes on with their results.


def completion_of(envelope: Envelope) -> Completion:
    """What was said; nothing, where the answer cannot be read: the checks will say so."""
    try:
        return read_completion(envelope)
    except UnreadableAnswerError:
        return EMPTY_COMPLETION


def calls_to_run(task: GenerationTask[Any, Any], completion: Completion) -> Sequence[ToolCall]:
    """The calls that come before an answer; none where it is an answer already, or no call is allowed any more."""
    if completion.dropped:
        log.warning("reasoning_dropped", service=task.service, model=completion.model, reasons=list(completion.dropped))
    is_over = completion.refusal is not None or not is_whole(completion)
    if not task.tools or is_over or rounds_used(task.messages) >= MAX_ROUNDS:
        return ()
    return completion.calls


async def run_tool_calls(
    run: OperationRun, task: GenerationTask[AnswerT, FindingsT], completion: Completion, calls: Sequence[ToolCall]
) -> tuple[GenerationTask[AnswerT, FindingsT], Sequence[ToolUse]]:
    """Runs the calls, and notes them in the run: the task goes on with what they brought."""
    limit = run.asked_for(calls)
    kept = Kept(run.model_id, completion.items) if completion.items else None
    done = await run_round(task.tools, calls, completion.text, limit, kept)
    run.used(done.uses)
    return replace(task, messages=(*task.messages, *done.messages)), done.uses
