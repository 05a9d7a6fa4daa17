"""What a service asks of the gate."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from app.services.gen_ai.core.context import Exchange
from app.services.gen_ai.core.messages import Message, ToolCall
from app.services.gen_ai.core.receipt import Receipt
from app.services.gen_ai.core.tools import Tool, ToolUse

AnswerT = TypeVar("AnswerT", bound=BaseModel)
FindingsT = TypeVar("FindingsT")


class PlainText(BaseModel):
    """The answer type of services that want prose, not a structure."""

    text: str


@dataclass(frozen=True, slots=True)
class Verdict(Generic[FindingsT]):
    """`violations`: what is wrong with an answer, one sentence each; none means accepted. `findings`: what else the
    verifier found out, for the service to report of the accepted answer; None where it is of no use.
    """

    violations: Sequence[str]
    findings: FindingsT


def accept(_: object) -> Verdict[Any]:
    """The verifier of a task that has no need of one."""
    return Verdict((), None)


@dataclass(frozen=True)
class GenerationTask(Generic[AnswerT, FindingsT]):
    """`verify` judges an answer. One that takes its time returns an awaitable, and works elsewhere meanwhile.
    `max_output_tokens` limits the visible answer; `temperature` (0 to 2) is dropped where the model does not take it.

    `tools` are what the model may call before it answers, where it can. `history` is what was said before, the oldest
    first: as much of it is sent as the model's context has room for. None: this is no conversation, and what is too
    long is OpenAI's to refuse.
    """

    service: str
    operation: str
    caller_id: str
    messages: tuple[Message, ...]
    answer: type[AnswerT]
    max_output_tokens: int
    verify: Callable[[AnswerT], Verdict[FindingsT] | Awaitable[Verdict[FindingsT]]] = accept
    requested_model_id: str | None = None
    temperature: float | None = None
    tools: tuple[Tool[Any], ...] = ()
    history: tuple[Exchange, ...] | None = None

    async def verdict(self, answer: AnswerT) -> Verdict[FindingsT]:
        """What `verify` says, however long it takes."""
        verdict = self.verify(answer)
        return await verdict if isawaitable(verdict) else verdict


@dataclass(frozen=True)
class Generated(Generic[AnswerT, FindingsT]):
    """`findings`: what the verifier found out about this answer. `tools`: every call of a tool that it took, in the
    order in which they were asked for.
    """

    answer: AnswerT
    findings: FindingsT
    receipt: Receipt
    tools: tuple[ToolUse, ...] = ()


Streamed = str | ToolCall | ToolUse | Generated[PlainText, None]
"""What a stream brings: pieces of text, a call that is made, one that has ended, and at last the answer."""
