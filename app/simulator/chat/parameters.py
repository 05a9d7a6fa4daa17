"""The body of a chat completion, checked for its form alone: what no model would accept is refused here."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app.simulator.models import Effort
from app.simulator.parameters import NAME_PATTERN, Metadata, Strict

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


def _joined_text(content: object) -> object:
    """Content comes as a string or as a list of parts; the simulator reads text parts only."""
    if not isinstance(content, list):
        return content
    parts: list[str] = []
    for part in content:
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise PydanticCustomError("invalid_value", "the simulator reads text content only")
        parts.append(part["text"])
    return "".join(parts)


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
    content: Annotated[str | None, BeforeValidator(_joined_text)] = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = Field(default=None, min_length=1)
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        return self.content or self.refusal or ""


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


class ChatParameters(Strict):
    """https://platform.openai.com/docs/api-reference/chat/create. Limits are in tokens."""

    model: str
    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    reasoning_effort: Effort | None = None
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
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    safety_identifier: str | None = None
    seed: int | None = None
    store: bool | None = None
    user: str | None = None
