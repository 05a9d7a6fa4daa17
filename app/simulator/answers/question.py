"""What the rules of the embedded simulator read out of a request."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

_FENCED_JSON = re.compile(r"```json\s*\n(.*?)\n```", re.DOTALL)
_HANGUL = re.compile(r"[가-힣]")

Language = Literal["ko", "en"]


@dataclass(frozen=True)
class Turn:
    role: Literal["user", "assistant", "tool"]
    text: str


@dataclass(frozen=True)
class Question:
    """One request, whatever the wire format said.

    `instructions` is the text of all system or developer messages. `schema` is the JSON schema that the answer
    must fill, or None where plain text is wanted.
    """

    instructions: str
    turns: tuple[Turn, ...]
    schema: dict[str, Any] | None = None

    @cached_property
    def asked(self) -> str:
        """The first turn of the user: a repair turn adds complaints, but the wish stays the same."""
        return next((turn.text for turn in self.turns if turn.role == "user"), "")

    @cached_property
    def latest(self) -> str:
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def words(self) -> str:
        """What the person asked in words: the first user turn without its data blocks."""
        return _FENCED_JSON.sub("", self.asked).strip()

    @cached_property
    def data(self) -> dict[str, Any]:
        """The JSON objects in the fenced blocks of the first user turn, merged."""
        merged: dict[str, Any] = {}
        for block in _FENCED_JSON.findall(self.asked):
            try:
                value = json.loads(block)
            except ValueError:
                continue
            if isinstance(value, dict):
                merged |= value
        return merged

    @property
    def language(self) -> Language:
        """The language that the data asks for, else the one the person writes in."""
        asked = self.data.get("language")
        if asked in ("ko", "en"):
            return "ko" if asked == "ko" else "en"
        return "ko" if _HANGUL.search(self.latest) else "en"
