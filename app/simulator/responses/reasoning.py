"""Reasoning that is handed out encrypted and comes back: what it was thought about, and whether that still stands.

Since gpt-6.2 the API leaves out, without an error, what was thought by another model, for another end user or after
another beginning, and says so in `input_transformations`. Source: https://developers.openai.com/api/docs/guides/
keep-prefix-unchanged, read on 2026-11-30; the names are those of openai 3.57.0, `types/responses/response.py`.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b, shake_256
from typing import Any, Literal

import orjson

from app.simulator.models import Model
from app.simulator.rendering import THOUGHT_CHARACTERS
from app.simulator.responses.items import FunctionCall, FunctionCallOutput, InputMessage, Item, ReasoningItem
from app.simulator.responses.parameters import ResponseParameters

Reason = Literal["model_mismatch", "end_user_mismatch", "prefix_mismatch"]

_HASH = 6
"""Bytes, which are 8 characters of the encrypted text: the three hashes fit into the shortest."""
_CHARACTERS = 8


@dataclass(frozen=True)
class Origin:
    """What a reasoning item belongs to, each as a short hash."""

    model: str
    end_user: str
    prefix: str

    def seal(self, answer_id: str, tokens: int) -> str:
        """Stands for the encrypted reasoning: as long as the reasoning was, and another one for each answer."""
        length = tokens * THOUGHT_CHARACTERS
        filler = b64encode(shake_256(answer_id.encode()).digest(length)).decode()
        return f"{self.model}{self.end_user}{self.prefix}{filler}"[:length]

    def mismatch(self, sealed: str) -> Reason | None:
        """Why reasoning that was sealed elsewhere counts for nothing here; None where it counts."""
        model, end_user, prefix = (sealed[start * _CHARACTERS :][:_CHARACTERS] for start in range(3))
        if model != self.model:
            return "model_mismatch"
        if end_user != self.end_user:
            return "end_user_mismatch"
        return None if prefix == self.prefix else "prefix_mismatch"


@dataclass(frozen=True)
class Handed:
    """The input as a model reads it. `origin` is that of what will be thought about it."""

    items: tuple[Item, ...]
    dropped: tuple[dict[str, Any], ...]
    """As `input_transformations` lists them."""
    origin: Origin


def handed(asked: ResponseParameters, model: Model, settings: Sequence[str]) -> Handed:
    """Leaves out the reasoning that the model does not take back. `settings` stand before all items."""
    items: list[Item] = []
    dropped: list[dict[str, Any]] = []
    origins = _origins(asked, model, settings)
    for item, origin in zip(asked.input, origins, strict=False):
        sealed = item.encrypted_content if isinstance(item, ReasoningItem) else None
        reason = origin.mismatch(sealed) if sealed is not None and model.checks_what_comes_before else None
        if reason is None:
            items.append(item)
        elif isinstance(item, ReasoningItem):
            dropped.append({"id": item.id, "type": "reasoning", "action": "removed", "reason": reason})
    return Handed(tuple(items), tuple(dropped), next(origins))


def _origins(asked: ResponseParameters, model: Model, settings: Sequence[str]) -> Iterator[Origin]:
    """For each item the origin of reasoning in its place, and at last of what is thought about them all."""
    tools = [tool.model_dump() for tool in asked.tools or ()]
    digest = blake2b(orjson.dumps([*settings, tools, asked.format.model_dump()]), digest_size=_HASH)
    named = _short(model.id.encode()), _short((asked.safety_identifier or "").encode())
    for item in asked.input:
        yield Origin(*named, b64encode(digest.digest()).decode())
        digest.update(orjson.dumps(_content(item)))
    yield Origin(*named, b64encode(digest.digest()).decode())


def _short(value: bytes) -> str:
    return b64encode(blake2b(value, digest_size=_HASH).digest()).decode()


def _content(item: Item) -> list[str | None]:
    """What of an item the model reads: neither ids nor breakpoints."""
    match item:
        case InputMessage():
            return [item.role, item.content.text]
        case FunctionCall():
            return ["function_call", item.call_id, item.name, item.arguments]
        case FunctionCallOutput():
            return ["function_call_output", item.call_id, item.output.text]
        case ReasoningItem():
            return ["reasoning", item.encrypted_content]
        case _:
            return []
