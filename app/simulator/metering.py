"""The simulator's meter: what a request and its answer count, and what of it the prompt cache knew."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

import orjson

from app.simulator.models import Effort
from app.simulator.prompt import Prompt
from app.tokenizer import Encoding, decode, encode

SHORTEST = 1_024
"""Tokens of the shortest prefix that is cached."""
STEP = 128
"""Tokens by which cached prefixes grow."""


class PromptCache:
    """Remembers prefixes by their hashes; the least recently used are forgotten first."""

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def take(self, model: str, tokens: Sequence[int]) -> tuple[int, int]:
        """Looks a prompt up and remembers it.

        Returns:
            The tokens read from the cache and the tokens newly written to it.
        """
        cached = cacheable = 0
        for length, digest in _prefixes(tokens):
            key = (model, digest)
            cacheable = length
            if key in self._seen:
                cached = length
            self._seen[key] = None
            self._seen.move_to_end(key)
        while len(self._seen) > self._capacity:
            self._seen.popitem(last=False)
        return cached, cacheable - cached


def _prefixes(tokens: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    digest = blake2b(digest_size=16)
    hashed = 0
    for length in range(SHORTEST, len(tokens) + 1, STEP):
        digest.update(array("I", tokens[hashed:length]).tobytes())
        hashed = length
        yield length, digest.digest()


# Counts what a request and its answer cost, in tokens.

# What frames a message and what opens the answer. The number follows OpenAI's cookbook, "How to count tokens
# with tiktoken"; the id is one that no vocabulary has.
_FRAME = [2**31] * 3

_REASONING_STEP = 64
_REASONING_STEPS: MappingProxyType[Effort, int] = MappingProxyType(
    {"none": 0, "low": 1, "medium": 2, "high": 4, "xhigh": 8, "max": 16}
)
_PIECE = 4


@dataclass(frozen=True)
class Piece:
    """A few tokens of the answer, as one streamed chunk carries them; `part` numbers the tool call that it is of."""

    text: str
    tokens: int
    part: int = 0


@dataclass(frozen=True)
class Meter:
    """What is known about an answer's cost before its first word, in tokens."""

    prompt: int
    cached: int
    cache_writes: int | None
    """None for models whose usage does not tell."""
    reasoning: int
    """Of all choices together."""


Usage = dict[str, Any]
UsageForm = Callable[[Meter, int], Usage]
"""How an endpoint writes a usage down once so many tokens of text are there."""


def reasoning_tokens(effort: Effort) -> int:
    """How long the simulator thinks: always the same for the same effort."""
    return _REASONING_STEP * _REASONING_STEPS[effort]


def prompt_tokens(prompt: Prompt, encoding: Encoding) -> list[int]:
    """The prompt as token ids. Tools and schema come first, as OpenAI's prompt cache has them."""
    tokens: list[int] = []
    for part in prompt.preamble:
        tokens += encode(part, encoding)
    for message in prompt.messages:
        tokens += _thought_tokens(message.thought, encoding)
        tokens += _FRAME
        tokens += encode(message.role, encoding)
        tokens += encode(message.text, encoding)
        for call in message.calls:
            tokens += encode(orjson.dumps([call.name, call.arguments]).decode(), encoding)
    return tokens + _FRAME


THOUGHT_CHARACTERS = 4
"""Characters of encrypted reasoning for each of its tokens."""


def _thought_tokens(thought: str, encoding: Encoding) -> list[int]:
    """Reasoning that is handed back counts as it counted when it was written."""
    return encode(thought, encoding)[: len(thought) // THOUGHT_CHARACTERS]


def pieces(texts: Sequence[str], encoding: Encoding, limit: int) -> Iterator[Piece]:
    """Cuts texts into pieces of a few tokens each, of `limit` tokens at most in all."""
    for part, text in enumerate(texts):
        for piece in _pieces(text, encoding, limit):
            limit -= piece.tokens
            yield replace(piece, part=part)


def _pieces(text: str, encoding: Encoding, limit: int) -> Iterator[Piece]:
    """A character may need several tokens: a piece grows until it is text. One that the limit tears is not written."""
    held: list[int] = []
    tokens = encode(text, encoding)[:limit]
    for index, token in enumerate(tokens, start=1):
        held.append(token)
        if len(held) >= _PIECE or index == len(tokens):
            written = decode(held, encoding)
            if written:
                yield Piece(written, len(held))
                held = []
    if held:
        texts = (decode(held[:end], encoding) for end in range(len(held) - 1, 0, -1))
        yield Piece(next(filter(None, texts), ""), len(held))


def is_cut(texts: Sequence[str], encoding: Encoding, limit: int) -> bool:
    return sum(len(encode(text, encoding)) for text in texts) > limit
