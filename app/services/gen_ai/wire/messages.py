"""What passes between a service and a model, before and after a wire: messages, tools, their calls, and answers."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, Literal, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict

from app.services.gen_ai.rules.pricing import TokenUsage
from app.services.gen_ai.wire.loose_json import as_json, text_or_empty
from app.services.gen_ai.wire.strict_schema import strict_schema


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants called. `arguments` is what it wrote: meant to be a JSON object, and not checked."""

    call_id: str
    name: str
    arguments: str

    def as_sent(self) -> dict[str, Any]:
        """As the assistant's message of a request repeats it."""
        return {"id": self.call_id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


@dataclass(frozen=True, slots=True)
class Message:
    """`instruction` is what the service tells the model; each family has its own role for it.

    An assistant's message with `calls` is followed by one of role `tool` for each of them, which names its `call_id`.
    `kept` is what the wire needs to hand the message back as it came; another model, or another wire, gets text and
    calls alone.
    """

    role: Literal["instruction", "user", "assistant", "tool"]
    text: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    kept: "Kept | None" = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The output items of an answer of Responses, reasoning among them, and the model that wrote them. They go back
    unchanged, all of them: https://developers.openai.com/api/docs/guides/keep-prefix-unchanged.
    """

    model_id: str
    items: tuple[Mapping[str, Any], ...]


Exchange = tuple[Message, ...]
"""A question and its answer: they stay together, or go together."""


# Tools: what a model may look up while it answers.
#
# A tool reads and changes nothing. It knows for whom it reads before the model says anything: no argument names the
# caller, so whatever the model is talked into, it sees only what the caller may see.

Looked = BaseModel | Mapping[str, Any]
"""What a tool found: anything that becomes a JSON object."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""What OpenAI takes: https://developers.openai.com/api/docs/api-reference/chat/create."""


class ToolArguments(BaseModel):
    """The base of every tool's arguments: what it does not name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


ArgumentsT = TypeVar("ArgumentsT", bound=ToolArguments)


class NoArguments(ToolArguments):
    # No docstring: it would be sent to the model as a description.
    pass


@dataclass(frozen=True, slots=True)
class Tool(Generic[ArgumentsT]):
    """`description` tells the model when to call it. `handler` gets valid arguments, and has so many `seconds`.

    An InputError of the handler is told to the model; what else it raises is logged and told as a failure.
    """

    name: str
    description: str
    arguments: type[ArgumentsT]
    handler: Callable[[ArgumentsT], Awaitable[Looked]]
    seconds: float = 10.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a tool cannot be called {self.name!r}: 1 to 64 letters, digits, _ and - can be sent")

    def described(self) -> dict[str, Any]:
        """The function as a request lists it; the model is held to the schema of the arguments."""
        return {
            "name": self.name,
            "description": self.description,
            "parameters": strict_schema(self.arguments),
            "strict": True,
        }


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call that has ended. `error` says why it brought nothing; `truncated`, whether the model saw a part only."""

    call: ToolCall
    error: str | None = None
    truncated: bool = False

    @property
    def succeeded(self) -> bool:
        return self.error is None

    @property
    def arguments(self) -> dict[str, Any] | None:
        """What the model asked with; None where that is no JSON object."""
        try:
            value = orjson.loads(self.call.arguments or "{}")
        except orjson.JSONDecodeError:
            return None
        return value if isinstance(value, dict) else None


def read_calls(entries: object, *, longest_id: int) -> tuple[ToolCall, ...]:
    """The calls of an answer's `tool_calls`.

    They go back to the model with their results, so names and ids that OpenAI would refuse there are put right: an id
    must be unique, and no longer than its wire takes it.
    """
    calls: list[ToolCall] = []
    for entry in entries if isinstance(entries, list) else ():
        function = entry.get("function") if isinstance(entry, dict) else None
        if isinstance(function, dict):
            call_id = text_or_empty(entry.get("id"))
            taken = {call.call_id for call in calls}
            if not 0 < len(call_id) <= longest_id or call_id in taken:
                call_id = next(name for number in count(len(calls)) if (name := f"call_{number}") not in taken)
            name = re.sub(r"[^a-zA-Z0-9_-]", "_", text_or_empty(function.get("name")))[:64] or "_"
            calls.append(ToolCall(call_id, name, arguments_text(function.get("arguments"))))
    return tuple(calls)


def arguments_text(value: object) -> str:
    """The arguments of a call as the JSON text that they should be: some servers send the object itself."""
    return as_json(value) if isinstance(value, dict | list) else text_or_empty(value)


def find_tool(tools: Sequence[Tool[Any]], name: str) -> Tool[Any] | None:
    return next((tool for tool in tools if tool.name == name), None)


# An answer, opened in two steps: first what is billed, then what was said.


@dataclass(frozen=True, slots=True)
class StreamFailure:
    """An error inside a 200, in place of an answer or in the middle of one. `message` is the server's own."""

    code: str | None
    message: str
    param: str | None = None


@dataclass(frozen=True, slots=True)
class UpstreamReply:
    """The outside of an answer: its HTTP status, and OpenAI's name for the request."""

    status: int
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the ledger needs of an answer, read without looking at what was said. None: the answer does not say.

    `choices` is what Chat Completions says, `response` the whole object where the answer is one of Responses.
    """

    upstream_id: str | None
    answered_as: str | None
    service_tier: str | None
    usage: dict[str, Any] | None
    choices: list[Any]
    response: dict[str, Any] | None = None
    failure: StreamFailure | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model said: a text, a refusal, or what it wants to look up; and what the answer says of itself.

    `finish_reason` is a word of Chat Completions, on either wire; `length` means that it was cut off. Where there is a
    `failure`, what was said is no answer. `usage` is None where the answer tells none, or contradicts itself. `items`
    are to be handed back with the results of the calls. `dropped`: why reasoning that was handed back was not read.
    """

    text: str
    refusal: str | None
    finish_reason: str | None
    calls: tuple[ToolCall, ...] = ()
    failure: StreamFailure | None = None
    usage: TokenUsage | None = None
    model: str | None = None
    service_tier: str | None = None
    completion_id: str | None = None
    items: tuple[Mapping[str, Any], ...] = ()
    dropped: tuple[str, ...] = ()


EMPTY_COMPLETION = Completion("", None, None)


class UnreadableAnswerError(ValueError):
    """A 2xx answer that is no answer: HTML, cut JSON, or an object without anything said."""
