"""What a model reads, whichever endpoint it came by."""

from dataclasses import dataclass
from typing import Any, Literal

from app.simulator.models import Role

Ttl = Literal["30m", "12h"]


@dataclass(frozen=True)
class Call:
    """A function that the model has called before."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Breakpoint:
    """The end of a prefix that the prompt cache is to keep, in characters of the text it stands in.

    `ttl` is None where the request's own holds.
    """

    at: int
    ttl: Ttl | None = None


@dataclass(frozen=True)
class Content:
    """A text, however many parts it came in, and the breakpoints at the ends of some."""

    text: str
    breakpoints: tuple[Breakpoint, ...] = ()


@dataclass(frozen=True)
class Message:
    """One message. `call_id` is the call that a tool's message answers; `thought` is reasoning that came before it,
    handed back encrypted.
    """

    role: Role
    text: str
    calls: tuple[Call, ...] = ()
    call_id: str | None = None
    thought: str = ""
    breakpoints: tuple[Breakpoint, ...] = ()


@dataclass(frozen=True)
class Function:
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


@dataclass(frozen=True)
class Prompt:
    """`functions` are those that may be called. `schema` is what an answer in words must fill, None where any text will
    do. `preamble` is the JSON of tools and schema, which a model reads before the messages.
    """

    messages: tuple[Message, ...]
    functions: tuple[Function, ...] = ()
    must_call: bool = False
    """Whether words are no answer: one of the functions must be called."""
    named: str | None = None
    """The one function that must be called."""
    schema: dict[str, Any] | None = None
    wants_json: bool = False
    preamble: tuple[str, ...] = ()
    closing: tuple[Message, ...] = ()
    """What is read after all messages, for this turn only."""
