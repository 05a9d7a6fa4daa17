"""Counts tokens offline with OpenAI's own vocabularies. For estimates only: bills come from an answer's usage."""

from functools import cache
from typing import Literal, Protocol, cast

from rs_bpe.bpe import openai as vocabularies

Encoding = Literal["o200k_base", "cl100k_base"]
"""o200k_base: gpt-4o and everything after it. cl100k_base: gpt-4 and gpt-4-turbo."""


_LONGEST_TOKEN = 128
"""Bytes, in both vocabularies."""


class _Vocabulary(Protocol):
    def count(self, text: str) -> int: ...

    def encode(self, text: str) -> list[int]: ...

    def decode(self, tokens: list[int]) -> str | None: ...


@cache
def _vocabulary(encoding: Encoding) -> _Vocabulary:
    """Loads a vocabulary once for the process (about 75 MB)."""
    load = vocabularies.o200k_base if encoding == "o200k_base" else vocabularies.cl100k_base
    return cast("_Vocabulary", load())


def count_tokens(text: str, encoding: Encoding = "o200k_base") -> int:
    """The number of tokens of a text."""
    return _vocabulary(encoding).count(text)


def encode(text: str, encoding: Encoding = "o200k_base") -> list[int]:
    """The token ids of a text."""
    return _vocabulary(encoding).encode(text)


def decode(tokens: list[int], encoding: Encoding = "o200k_base") -> str:
    """The text of token ids; empty where the ids do not form valid UTF-8."""
    return _vocabulary(encoding).decode(tokens) or ""


def fits(text: str, tokens: int, encoding: Encoding = "o200k_base") -> bool:
    """Whether a text has so many tokens at most. One that is far too long is not read to its end."""
    return len(text) <= tokens * _LONGEST_TOKEN and count_tokens(text, encoding) <= tokens


def beginning(text: str, tokens: int, encoding: Encoding = "o200k_base") -> str:
    """A beginning of a text of so many tokens at most, as long as can be; a character is never torn."""
    text = text[: tokens * _LONGEST_TOKEN]
    ids = encode(text, encoding)
    if len(ids) <= tokens:
        return text
    # A character may need several tokens: what ends within one does not decode.
    return next(filter(None, (decode(ids[:end], encoding) for end in range(tokens, 0, -1))), "")
