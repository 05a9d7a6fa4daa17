"""Messages before they take the form that a model family wants."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """`instruction` is what the service tells the model; each family has its own role for it."""

    role: Literal["instruction", "user", "assistant"]
    text: str
