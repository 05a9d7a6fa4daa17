"""Prompt caching: a prefix that was seen before costs less.

https://platform.openai.com/docs/guides/prompt-caching: from 1,024 tokens on, in steps of 128.
"""

from array import array
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from hashlib import blake2b

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
