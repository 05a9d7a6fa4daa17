"""The model looks things up until it answers: what it asks for is run, and it is asked again with the results."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.services.gen_ai.core.answer import NOTHING_SAID, Envelope, Said, UnreadableAnswerError, read_said
from app.services.gen_ai.core.context import MAX_ROUNDS, rounds_used
from app.services.gen_ai.core.messages import ToolCall
from app.services.gen_ai.core.operation_run import OperationRun
from app.services.gen_ai.core.task import AnswerT, FindingsT, GenerationTask
from app.services.gen_ai.core.tool_runner import run_round
from app.services.gen_ai.core.tools import ToolUse


def heard(envelope: Envelope) -> Said:
    """What was said; nothing, where the answer cannot be read: the checks will say so."""
    try:
        return read_said(envelope)
    except UnreadableAnswerError:
        return NOTHING_SAID


def wanted_calls(task: GenerationTask[Any, Any], said: Said) -> Sequence[ToolCall]:
    """The calls that come before an answer; none where it is an answer already, or no call is allowed any more."""
    is_over = said.refusal is not None or said.finish_reason == "content_filter"
    if not task.tools or is_over or rounds_used(task.messages) >= MAX_ROUNDS:
        return ()
    return said.calls


async def looked_up(
    run: OperationRun, task: GenerationTask[AnswerT, FindingsT], said: Said, calls: Sequence[ToolCall]
) -> tuple[GenerationTask[AnswerT, FindingsT], Sequence[ToolUse]]:
    """Runs the calls, and notes them in the run: the task goes on with what they brought."""
    limit = run.asked_for(calls)
    done = await run_round(task.tools, calls, said.text, limit)
    run.used(done.uses)
    return replace(task, messages=(*task.messages, *done.messages)), done.uses
