"""The simulator's meter: what a request and its answer count, in tokens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from app.simulator.caching import CacheUse
from app.simulator.models import Effort
from app.tokenizer import Encoding, decode, encode

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
    cache: CacheUse
    tells_writes: bool
    """Whether the usage has a place for what was written to the cache: since gpt-5.6."""
    reasoning: int
    """Of all choices together."""

    @property
    def cache_writes(self) -> int:
        return sum(self.cache.written.values())


Usage = dict[str, Any]
UsageForm = Callable[[Meter, int], Usage]
"""How an endpoint writes a usage down once so many tokens of text are there."""


def reasoning_tokens(effort: Effort) -> int:
    """How long the simulator thinks: always the same for the same effort."""
    return _REASONING_STEP * _REASONING_STEPS[effort]


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
