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


class PlainText(BaseModel):
    """The answer type of services that want prose, not a structure."""

    text: str


@dataclass(frozen=True)
class GenerationTask(Generic[AnswerT]):
    """`verify` returns what is wrong with an answer, one sentence each; nothing means accepted. One that takes its time
    returns an awaitable, and works elsewhere meanwhile. `max_output_tokens` limits the visible answer; `temperature`
    (0 to 2) is dropped where the model does not take it.

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
    verify: Callable[[AnswerT], Sequence[str] | Awaitable[Sequence[str]]] = lambda _: ()
    requested_model_id: str | None = None
    temperature: float | None = None
    tools: tuple[Tool[Any], ...] = ()
    history: tuple[Exchange, ...] | None = None

    async def violations(self, answer: AnswerT) -> Sequence[str]:
        """What `verify` says, however long it takes."""
        found = self.verify(answer)
        return await found if isawaitable(found) else found


@dataclass(frozen=True)
class Generated(Generic[AnswerT]):
    """`tools`: every call of a tool that it took, in the order in which they were asked for."""

    answer: AnswerT
    receipt: Receipt
    tools: tuple[ToolUse, ...] = ()


Streamed = str | ToolCall | ToolUse | Generated[PlainText]
"""What a stream brings: pieces of text, a call that is made, one that has ended, and at last the answer."""
