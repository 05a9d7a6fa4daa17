"""What a service asks of the gate."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Generic, TypeVar

from pydantic import BaseModel

from app.services.gen_ai.core.messages import Message
from app.services.gen_ai.core.receipt import Receipt

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class PlainText(BaseModel):
    """The answer type of services that want prose, not a structure."""

    text: str


@dataclass(frozen=True)
class GenerationTask(Generic[AnswerT]):
    """`verify` returns what is wrong with an answer, one sentence each; nothing means accepted. One that takes its time
    returns an awaitable, and works elsewhere meanwhile. `max_output_tokens` limits the visible answer; `temperature`
    (0 to 2) is dropped where the model does not take it.
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

    async def violations(self, answer: AnswerT) -> Sequence[str]:
        """What `verify` says, however long it takes."""
        found = self.verify(answer)
        return await found if isawaitable(found) else found


@dataclass(frozen=True)
class Generated(Generic[AnswerT]):
    answer: AnswerT
    receipt: Receipt
