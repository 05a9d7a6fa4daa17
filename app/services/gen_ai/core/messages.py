"""Messages before they take the form that a model family wants."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants called. `arguments` is what it wrote: meant to be a JSON object, and not checked."""

    call_id: str
    name: str
    arguments: str

    def as_sent(self) -> dict[str, Any]:
        """As the assistant's message of a request repeats it."""
        return {"id": self.call_id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


@dataclass(frozen=True, slots=True)
class Message:
    """`instruction` is what the service tells the model; each family has its own role for it.

    An assistant's message with `calls` is followed by one of role `tool` for each of them, which names its `call_id`.
    """

    role: Literal["instruction", "user", "assistant", "tool"]
    text: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
