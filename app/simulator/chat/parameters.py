"""The body of a chat completion, checked for its form alone: what no model would accept is refused here."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from app.simulator.content import read_content
from app.simulator.parameters import LONGEST_IDENTIFIER, NAME_PATTERN, Metadata, Strict
from app.simulator.prompt import Content, Ttl

NOT_SIMULATED = frozenset(
    {
        "audio",
        "function_call",
        "functions",
        "logprobs",
        "modalities",
        "moderation",
        "prediction",
        "stop",
        "top_logprobs",
        "web_search_options",
    }
)


_LIFETIMES: tuple[Ttl, ...] = ("30m",)
"""Twelve hours are for Responses."""


def _content(given: object) -> Content | None:
    return read_content(given, {"text": "text"}, _LIFETIMES)


def _spelled_out(choice: object) -> object:
    return {"type": choice} if isinstance(choice, str) else choice


class CalledFunction(Strict):
    name: str
    arguments: str


class ToolCall(Strict):
    id: str = Field(max_length=40)
    type: Literal["function"]
    function: CalledFunction


class Message(Strict):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[Content | None, BeforeValidator(_content)] = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = Field(default=None, min_length=1)
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        return (self.content and self.content.text) or self.refusal or ""


class JsonSchemaFormat(Strict):
    name: str = Field(pattern=NAME_PATTERN)
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None
    description: str | None = None


class ResponseFormat(Strict):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaFormat | None = None


class Function(Strict):
    name: str = Field(pattern=NAME_PATTERN)
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Strict):
    type: Literal["function"]
    function: Function


class ChosenFunction(Strict):
    name: str


class ToolChoice(Strict):
    type: Literal["none", "auto", "required", "function"]
    function: ChosenFunction | None = None


class StreamOptions(Strict):
    include_usage: bool = False
    include_obfuscation: bool | None = None


class CacheOptions(Strict):
    mode: Literal["implicit", "explicit"] = "implicit"
    ttl: Literal["30m"] = "30m"


class ChatParameters(Strict):
    """https://platform.openai.com/docs/api-reference/chat/create. Limits are in tokens."""

    model: str
    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    response_format: ResponseFormat | None = None
    tools: list[Tool] | None = Field(default=None, min_length=1, max_length=128)
    tool_choice: Annotated[ToolChoice | None, BeforeValidator(_spelled_out)] = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    service_tier: Literal["auto", "default", "flex", "priority", "fast"] | None = None
    n: int | None = Field(default=None, ge=1, le=128)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[str, int] | None = None
    metadata: Metadata | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: CacheOptions | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    safety_identifier: str | None = Field(default=None, max_length=LONGEST_IDENTIFIER)
    seed: int | None = None
    store: bool | None = None
    user: str | None = None
