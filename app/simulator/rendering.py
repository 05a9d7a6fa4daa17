"""A prompt as the tokens that a model reads, and where in them a prefix may end that is cached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson

from app.simulator.prompt import Breakpoint, Message, Prompt, Ttl
from app.tokenizer import Encoding, encode

# What frames a message and what opens the answer. The number follows OpenAI's cookbook, "How to count tokens
# with tiktoken"; the id is one that no vocabulary has.
_FRAME = [2**31] * 3

THOUGHT_CHARACTERS = 4
"""Characters of encrypted reasoning for each of its tokens."""

_ENDS_IMPLICITLY = ("user", "tool")


@dataclass(frozen=True)
class Mark:
    """A breakpoint after so many tokens: an explicit one, or the end of a message where an implicit one may be."""

    length: int
    explicit: bool
    ttl: Ttl | None = None


@dataclass(frozen=True)
class Rendered:
    tokens: list[int]
    marks: tuple[Mark, ...]
    """In their order."""


def render(prompt: Prompt, encoding: Encoding) -> Rendered:
    """The prompt as token ids. Tools and schema come first, what is for this turn only comes last.

    What opens the answer is never part of a cached prefix.
    """
    tokens: list[int] = []
    marks: list[Mark] = []
    for part in prompt.preamble:
        tokens += encode(part, encoding)
    for message in prompt.messages:
        tokens += _thought_tokens(message.thought, encoding)
        tokens += _FRAME
        tokens += encode(message.role, encoding)
        for text, mark in _parts(message.text, message.breakpoints):
            tokens += encode(text, encoding)
            if mark is not None:
                marks.append(Mark(len(tokens), explicit=True, ttl=mark.ttl))
        tokens += _calls(message, encoding)
        if message.role in _ENDS_IMPLICITLY:
            marks.append(Mark(len(tokens), explicit=False))
    for message in prompt.closing:
        tokens += [*_FRAME, *encode(message.role, encoding), *encode(message.text, encoding)]
    return Rendered(tokens + _FRAME, tuple(marks))


def _parts(text: str, breakpoints: Sequence[Breakpoint]) -> Iterator[tuple[str, Breakpoint | None]]:
    """A text cut at its breakpoints: no token reaches over one."""
    for before, mark in pairwise((Breakpoint(0), *breakpoints)):
        yield text[before.at : mark.at], mark
    yield text[breakpoints[-1].at if breakpoints else 0 :], None


def _calls(message: Message, encoding: Encoding) -> Iterator[int]:
    for call in message.calls:
        yield from encode(orjson.dumps([call.name, call.arguments]).decode(), encoding)


def _thought_tokens(thought: str, encoding: Encoding) -> list[int]:
    """Reasoning that is handed back counts as it counted when it was written."""
    return encode(thought, encoding)[: len(thought) // THOUGHT_CHARACTERS]
