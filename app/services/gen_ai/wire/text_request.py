"""What is asked of a model for a text, before a wire gives it its form."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import orjson
from pydantic import BaseModel

from app.services.gen_ai.rules.model_catalog import ModelRecord, RequestProfile, WireProfile
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.wire.messages import Message, Tool
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.tokenizer import Encoding, count_tokens

_SCHEMA_IN_WORDS = (
    "Answer with one JSON object that matches this JSON schema, and with nothing else:\n```json\n{schema}\n```"
)
_SHORTEST_CACHED = 1024
"""Tokens of the shortest prefix that OpenAI caches, tools and schema included
(https://developers.openai.com/api/docs/guides/prompt-caching)."""


@dataclass(frozen=True, slots=True)
class OpenAIFields:
    """What only OpenAI knows of a request; another server may refuse it.

    `service_tier` is always said: what is not said would be the OpenAI project's setting, at a price of its own.
    `safety_identifier` stands for the caller, whom OpenAI must tell from others and must not know.
    """

    service_tier: ServiceTier
    safety_identifier: str


@dataclass(frozen=True, slots=True)
class TextRequest:
    """`messages`: the conversation, instructions first. `answer`: the type that the answer must have, None for plain
    text; `answer_name` is how its schema is called. `max_output_tokens`: the most visible tokens of the answer; cut to
    what the model can give. `temperature` (0 to 2) and `tools` are left out where the model does not take them.
    `may_call` False: it sees the tools that it has called, and may call no more. `goes_on`: whether the next request
    begins with this one, as in a conversation.
    """

    service: str
    record: ModelRecord
    profile: RequestProfile
    messages: Sequence[Message]
    answer: type[BaseModel] | None
    answer_name: str
    max_output_tokens: int
    temperature: float | None = None
    tools: Sequence[Tool[Any]] = ()
    may_call: bool = True
    goes_on: bool = False
    streamed: bool = False
    openai: OpenAIFields | None = None

    @property
    def output_limit(self) -> int:
        """Tokens, reasoning included."""
        return min(self.max_output_tokens + self.profile.reasoning_allowance, self.record.max_output_tokens)

    def fitted(self, wire: WireProfile) -> "TextRequest":
        """The request without what the model does not take on a wire; a schema that it cannot be held to is said in
        words.
        """
        messages, takes_tools = tuple(self.messages), self.profile.permits(wire.tools)
        if self.answer is not None and wire.structured_output != "json_schema":
            schema = json.dumps(strict_schema(self.answer), ensure_ascii=False)
            messages = (*messages, Message("instruction", _SCHEMA_IN_WORDS.format(schema=schema)))
        return replace(
            self,
            messages=messages if takes_tools else _without_calls(messages),
            tools=self.tools if takes_tools else (),
            temperature=self.temperature if self.profile.permits(wire.sampling) else None,
        )

    @property
    def instructions(self) -> str:
        return "\n\n".join(message.text for message in self.messages if message.role == "instruction")

    @property
    def spoken(self) -> list[Message]:
        return [message for message in self.messages if message.role != "instruction"]


def _without_calls(messages: Sequence[Message]) -> tuple[Message, ...]:
    """What another model has looked up, for one that cannot: the calls are left out, the results are in the user's."""
    return tuple(
        Message("user", message.text) if message.role == "tool" else message
        for message in messages
        if not message.calls
    )


# Prompt caching where it costs something: from gpt-5.6 on a prefix is written at 1.25 times the input's price, and is
# found at a breakpoint only. Left alone, a service that asks the same long instructions with other questions pays a
# quarter more for nothing.


BREAKPOINT = {"mode": "explicit"}


def openai_fields(request: TextRequest, *parts: Any) -> tuple[dict[str, Any], bool]:  # noqa: ANN401  JSON is anything
    """The fields that only OpenAI knows, named alike on both wires; and whether a breakpoint of the prompt cache is to
    stand after the instructions.

    `prompt_cache_key` keeps requests with the same beginning together. The mode explicit writes what stands before a
    breakpoint, and nothing else; implicit writes the whole prompt too, for the next request that begins with it.

    Args:
        request: what is asked.
        parts: what is the same in every request of the service beside the instructions: tools and schema.
    """
    if request.openai is None:
        return {}, False
    fields = {
        "service_tier": request.openai.service_tier.value,
        "safety_identifier": request.openai.safety_identifier,
    }
    if request.profile.prompt_cache != "breakpoints":
        return fields, False
    constant = orjson.dumps(parts).decode() + request.instructions
    key, is_long = _prefix(request.service, constant, request.profile.encoding)
    mode = "implicit" if request.goes_on else "explicit"
    return fields | {"prompt_cache_key": key, "prompt_cache_options": {"mode": mode}}, is_long


@lru_cache(maxsize=64)
def _prefix(service: str, constant: str, encoding: Encoding) -> tuple[str, bool]:
    digest = hashlib.blake2b(constant.encode(), digest_size=8).hexdigest()
    return f"{service[:40]}-{digest}", count_tokens(constant, encoding) >= _SHORTEST_CACHED
