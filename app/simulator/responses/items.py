"""The items that a request to Responses may hand in, in one list with its messages."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator

from app.simulator.content import read_content
from app.simulator.parameters import NAME_PATTERN, Strict, tag
from app.simulator.prompt import Content, Ttl

Status = Literal["in_progress", "completed", "incomplete"]

LIFETIMES: tuple[Ttl, ...] = ("30m", "12h")

_SAID = {"output_text": "text", "refusal": "refusal"}
"""What an assistant's message may consist of, with the key of its text; a breakpoint has no place in it."""
_TOLD = {"input_text": "text"}
"""What anybody else's consists of."""


def _told(given: object) -> Content | None:
    return read_content(given, _TOLD, LIFETIMES)


class InputMessage(Strict):
    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: Content
    id: str | None = None
    status: Status | None = None
    phase: Literal["commentary", "final_answer"] | None = None

    @field_validator("content", mode="before")
    @classmethod
    def _read(cls, content: object, told: ValidationInfo) -> Content | None:
        return read_content(content, _SAID, ()) if told.data.get("role") == "assistant" else _told(content)


class FunctionCall(Strict):
    type: Literal["function_call"]
    call_id: str = Field(min_length=1, max_length=64)
    name: str = Field(pattern=NAME_PATTERN)
    arguments: str
    id: str | None = None
    status: Status | None = None


class FunctionCallOutput(Strict):
    type: Literal["function_call_output"]
    call_id: str = Field(min_length=1, max_length=64)
    output: Annotated[Content, BeforeValidator(_told)]
    id: str | None = None
    status: Status | None = None


class ReasoningItem(Strict):
    type: Literal["reasoning"]
    id: str
    summary: list[dict[str, Any]]
    content: list[dict[str, Any]] | None = None
    encrypted_content: str | None = None
    status: Status | None = None


class ItemReference(Strict):
    type: Literal["item_reference"]
    id: str


def _kind(item: object) -> str:
    """A message may leave its type out."""
    kind = item.get("type") if isinstance(item, dict) else getattr(item, "type", None)
    return tag(str(kind or "message"))


Item = Annotated[
    Annotated[InputMessage, Tag(tag("message"))]
    | Annotated[FunctionCall, Tag(tag("function_call"))]
    | Annotated[FunctionCallOutput, Tag(tag("function_call_output"))]
    | Annotated[ReasoningItem, Tag(tag("reasoning"))]
    | Annotated[ItemReference, Tag(tag("item_reference"))],
    Discriminator(
        _kind,
        custom_error_type="invalid_value",
        custom_error_message="the simulator knows message, function_call, function_call_output, reasoning and"
        " item_reference",
    ),
]


def as_items(given: object) -> object:
    """The input as a list of items: a string is what the user says, and an empty one is nothing."""
    if not isinstance(given, str):
        return given
    return [{"role": "user", "content": given}] if given else []
