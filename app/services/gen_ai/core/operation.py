"""What a service wants of a model, the attempts that it took, and the receipt for them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from inspect import isawaitable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from app.services.gen_ai.ledger.port import Attempt, Settlement
from app.services.gen_ai.rules.pricing import TokenUsage
from app.services.gen_ai.wire.messages import Exchange, Message, Tool, ToolCall, ToolUse
from app.services.gen_ai.wire.upstream_words import NOTHING_SAID, UpstreamWords
from app.vocabulary import AttemptStatus


@dataclass(frozen=True, slots=True)
class Operation:
    """`deadline`: until when it may take, in seconds on the monotonic clock."""

    operation_id: str
    service: str
    name: str
    caller_id: str
    requested_model_id: str | None
    deadline: float


@dataclass(frozen=True, slots=True)
class SettledAttempt:
    """`violations`: what the checks found wrong with its answer; None where it brought no answer to check.

    `tool_calls`: the names of the tools that it asked for in place of an answer. `words`: what the upstream said where
    it brought an error.
    """

    attempt: Attempt
    settlement: Settlement
    violations: tuple[str, ...] | None = None
    tool_calls: tuple[str, ...] = ()
    words: UpstreamWords = NOTHING_SAID


# What an operation used and cost, summed over its attempts.

_NOTHING = TokenUsage(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`model_id` is the model that was used, `model_reason` why it is not the one expected, if it is not.

    `cost_usd` is exact, and None as soon as one attempt was, or may have been, billed at an unknown cost.
    """

    operation_id: str
    model_id: str
    requested_model_id: str | None
    model_reason: str | None
    upstream: str
    attempts: tuple[SettledAttempt, ...]

    @property
    def tokens(self) -> TokenUsage:
        return sum((item.settlement.tokens for item in self.attempts if item.settlement.tokens), start=_NOTHING)

    @property
    def cost_usd(self) -> Decimal | None:
        return total_cost(self.attempts)

    def attempt_fields(self) -> list[dict[str, Any]]:
        """Every attempt as people and programs are told of it; money as a decimal string."""
        return [_fields_of(item) for item in self.attempts]

    @property
    def accepted(self) -> bool:
        """Whether the last answer passed every check."""
        return bool(self.attempts) and self.attempts[-1].violations == ()


def _fields_of(item: SettledAttempt) -> dict[str, Any]:
    cost = total_cost([item])
    return {
        "attempt_id": item.attempt.attempt_id,
        "model_id": item.attempt.model_id,
        "status": item.settlement.status.value,
        "accepted": item.violations == (),
        "violations": list(item.violations or ()),
        "tool_calls": list(item.tool_calls),
        "error": item.settlement.error,
        **item.words.fields(),
        "cost_usd": None if cost is None else f"{cost.normalize():f}",
    }


def total_cost(attempts: Sequence[SettledAttempt]) -> Decimal | None:
    """The exact sum in USD, or None where a part of it is unknown."""
    total = Decimal(0)
    for item in attempts:
        if item.settlement.status is AttemptStatus.UNBILLED:
            continue
        if item.settlement.cost_usd is None:
            return None
        total += item.settlement.cost_usd
    return total


# What a service asks of the gate.

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
