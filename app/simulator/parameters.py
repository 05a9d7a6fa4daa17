"""The body of a chat completion, checked for its form alone: what no model would accept is refused here."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from app.simulator.errors import ApiError
from app.simulator.models import Effort

NAME_PATTERN = r"^[a-zA-Z0-9_-]{1,64}$"
ServiceTier = Literal["auto", "default", "flex", "priority"]

# What OpenAI knows and this simulator does not do. Refusing is better than an answer that ignores the wish.
_NOT_SIMULATED = frozenset(
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


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CalledFunction(_Strict):
    name: str
    arguments: str


class ToolCall(_Strict):
    id: str = Field(max_length=40)
    type: Literal["function"]
    function: CalledFunction


class Message(_Strict):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str | None, BeforeValidator(_joined_text)] = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = Field(default=None, min_length=1)
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        return self.content or self.refusal or ""


class JsonSchemaFormat(_Strict):
    name: str = Field(pattern=NAME_PATTERN)
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None
    description: str | None = None


class ResponseFormat(_Strict):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaFormat | None = None


class Function(_Strict):
    name: str = Field(pattern=NAME_PATTERN)
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(_Strict):
    type: Literal["function"]
    function: Function


class ChosenFunction(_Strict):
    name: str


class ToolChoice(_Strict):
    type: Literal["none", "auto", "required", "function"]
    function: ChosenFunction | None = None


class StreamOptions(_Strict):
    include_usage: bool = False
    include_obfuscation: bool | None = None


class ChatParameters(_Strict):
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
    service_tier: ServiceTier | None = None
    n: Literal[1] | None = None
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[str, int] | None = None
    metadata: dict[str, str] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    safety_identifier: str | None = None
    seed: int | None = None
    store: bool | None = None
    user: str | None = None


_CODES = {
    "missing": "missing_required_parameter",
    "extra_forbidden": "unknown_parameter",
    "literal_error": "invalid_value",
    "invalid_value": "invalid_value",
    "string_pattern_mismatch": "invalid_value",
    "too_short": "empty_array",
    "too_long": "array_above_max_length",
    "string_too_long": "string_above_max_length",
}
_SENTENCES = {
    "missing_required_parameter": "Missing required parameter: '{param}'.",
    "unknown_parameter": "Unknown parameter: '{param}'.",
}


def _param(error: ErrorDetails) -> str:
    """`messages[0].role`, as OpenAI writes it."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
    return path.removeprefix(".")


def _code(error: ErrorDetails) -> str:
    bound = re.match(r"(greater|less)_than_equal", error["type"])
    if bound is None:
        return _CODES.get(error["type"], "invalid_type")
    number = "integer" if isinstance(error["input"], int) else "decimal"
    return f"{number}_{'below_min' if bound[1] == 'greater' else 'above_max'}_value"


def read_parameters(body: dict[str, Any]) -> ChatParameters:
    """The typed parameters of a request.

    Raises:
        ApiError: 400; the first thing that is missing, unknown or of the wrong form.
    """
    for name in sorted(_NOT_SIMULATED & body.keys()):
        if body[name] is not None:
            message = f"Unsupported parameter: '{name}' is known to OpenAI's API, but this simulator does not do it."
            raise ApiError(message, param=name, code="unsupported_parameter")
    try:
        return ChatParameters.model_validate({name: body[name] for name in body.keys() - _NOT_SIMULATED})
    except ValidationError as invalid:
        error = invalid.errors(include_url=False)[0]
    param, code = _param(error), _code(error)
    sentence = _SENTENCES.get(code, "Invalid '{param}': {reason}.")
    raise ApiError(sentence.format(param=param, reason=error["msg"]), param=param, code=code)
