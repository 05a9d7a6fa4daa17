"""A text in which what was read is blanked out, so that nobody reads it twice. Positions stay the same."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_BLANK = "\x00"

T = TypeVar("T")


class Masked:
    def __init__(self, text: str) -> None:
        self.text = text

    def hide(self, spans: Iterable[tuple[int, int]]) -> None:
        for start, end in spans:
            self.text = self.text[:start] + _BLANK * (end - start) + self.text[end:]

    def take(self, pattern: re.Pattern[str], read: Callable[[re.Match[str]], T | None]) -> Iterator[T]:
        """What `read` makes of each match; a match of which it makes None stays readable for others."""
        found: list[T] = []

        def blank(match: re.Match[str]) -> str:
            item = read(match)
            if item is None:
                return match.group()
            found.append(item)
            return _BLANK * len(match.group())

        self.text = pattern.sub(blank, self.text)
        return iter(found)
