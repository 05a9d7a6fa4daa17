"""The prompt cache: what of a prompt was read before, so that it costs less, and what is written for the next.

Two sets of rules. Since gpt-5.6 a prefix is found at a breakpoint and a write has its price; before, prefixes are kept
by themselves and free of charge. Source: https://developers.openai.com/api/docs/guides/prompt-caching, read on
2026-11-30; the steps of the older rules are general knowledge. Others have seen implicit mode find a boundary after the
system message as well: the guide does not say so, and neither does the simulator.
"""

from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal

import orjson

from app.clock import Clock
from app.simulator.prompt import Ttl
from app.simulator.rendering import Mark, Rendered

SHORTEST = 1_024
"""Tokens of the shortest prefix that is cached: tools, schema and messages together."""
STEP = 128
"""Tokens by which prefixes grow that are kept by themselves."""
MOST_TRIED = 80
"""The latest breakpoints of a prompt, at which a prefix is looked for."""
MOST_WRITTEN = 4
"""The latest breakpoints of a prompt that are written, the implicit one among them."""

LIFETIMES: MappingProxyType[Ttl, timedelta] = MappingProxyType(
    {"30m": timedelta(minutes=30), "12h": timedelta(hours=12)}
)
"""OpenAI calls them the least that a prefix lives; in the simulator it lives exactly so long after its last use."""


@dataclass(frozen=True)
class CacheWish:
    """What a request asks of the cache. `settings` are what breaks a prefix although no token of it changes."""

    settings: tuple[str, ...] = ()
    mode: Literal["implicit", "explicit"] = "implicit"
    ttl: Ttl = "30m"


@dataclass(frozen=True)
class CacheUse:
    """Tokens of a prompt that were read from the cache, and those newly written to it, for each lifetime."""

    read: int = 0
    written: dict[Ttl, int] = field(default_factory=dict)


@dataclass
class _Entry:
    ttl: Ttl
    dies: datetime


class BreakpointCache:
    """Remembers prefixes by their hashes; the least recently used are forgotten first."""

    def __init__(self, clock: Clock, capacity: int = 50_000) -> None:
        self._clock = clock
        self._capacity = capacity
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    def take(self, model: str, prompt: Rendered, wish: CacheWish) -> CacheUse:
        """Finds the longest prefix that still lives, and writes what follows it up to the breakpoints.

        A read is billed as a read only, and lets the prefix live for its whole time again.
        """
        marks = [mark for mark in prompt.marks if mark.explicit or wish.mode == "implicit"][-MOST_TRIED:]
        digests = dict(_digests(prompt.tokens, {mark.length for mark in marks}, (model, *wish.settings)))
        read = end = max((length for length, digest in digests.items() if self._renewed(digest)), default=0)
        written: dict[Ttl, int] = {}
        for mark in _to_write(marks, wish):
            if mark.length not in digests:
                continue
            ttl = mark.ttl or wish.ttl
            self._keep(digests[mark.length], ttl)
            if mark.length > end:
                written[ttl] = written.get(ttl, 0) + mark.length - end
                end = mark.length
        return CacheUse(read, written)

    def _renewed(self, digest: bytes) -> bool:
        """Whether the prefix lives; if it does, from now on for its whole time."""
        entry, now = self._entries.get(digest), self._clock.now()
        if entry is None or now > entry.dies:
            return False
        entry.dies = now + LIFETIMES[entry.ttl]
        self._entries.move_to_end(digest)
        return True

    def _keep(self, digest: bytes, ttl: Ttl) -> None:
        if self._renewed(digest):
            return
        self._entries[digest] = _Entry(ttl, self._clock.now() + LIFETIMES[ttl])
        self._entries.move_to_end(digest)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)


def _to_write(marks: Sequence[Mark], wish: CacheWish) -> list[Mark]:
    """The breakpoints that are written, in their order: the latest explicit ones, and the implicit one where it is."""
    explicit = [mark for mark in marks if mark.explicit]
    if wish.mode == "explicit":
        return explicit[-MOST_WRITTEN:]
    implicit = [mark for mark in marks if not mark.explicit][-1:]
    return sorted([*explicit[-(MOST_WRITTEN - 1) :], *implicit], key=lambda mark: mark.length)


def _digests(tokens: Sequence[int], lengths: Collection[int], seed: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """The hash of each prefix that is long enough to be cached."""
    digest = blake2b(orjson.dumps(seed), digest_size=16)
    hashed = 0
    for length in sorted(length for length in lengths if length >= SHORTEST):
        digest.update(array("I", tokens[hashed:length]).tobytes())
        hashed = length
        yield length, digest.digest()


class AutomaticCache:
    """The older rules: the beginning of every prompt is kept, in steps; what is written costs nothing extra."""

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def take(self, model: str, tokens: Sequence[int]) -> CacheUse:
        """Looks a prompt up and remembers it."""
        read = 0
        for length, digest in _digests(tokens, range(SHORTEST, len(tokens) + 1, STEP), (model,)):
            if digest in self._seen:
                read = length
            self._seen[digest] = None
            self._seen.move_to_end(digest)
        while len(self._seen) > self._capacity:
            self._seen.popitem(last=False)
        return CacheUse(read)
