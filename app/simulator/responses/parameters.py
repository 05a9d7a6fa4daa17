"""The body of a request to Responses, checked for its form alone: what no model would accept is refused here."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from app.simulator.parameters import LONGEST_IDENTIFIER, NAME_PATTERN, Metadata, Strict
from app.simulator.prompt import Ttl
from app.simulator.responses.items import Item, as_items

SMALLEST_LIMIT = 16
"""Tokens."""

NOT_SIMULATED = frozenset(
    {
        "access_programs",
        "background_options",
        "context_management",
        "conversation",
        "image",
        "moderation",
        "prompt",
        "top_logprobs",
    }
)


class Reasoning(Strict):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None
    mode: Literal["standard"] | None = None
    context: Literal["auto", "current_turn", "all_turns"] | None = None


class TextFormat(Strict):
    type: Literal["text", "json_object", "json_schema"]
    name: str | None = Field(default=None, pattern=NAME_PATTERN)
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None
    description: str | None = None


class Text(Strict):
    format: TextFormat | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class FunctionTool(Strict):
    type: Literal["function"]
    name: str = Field(pattern=NAME_PATTERN)
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class AllowedTool(Strict):
    type: Literal["function"]
    name: str


class ToolChoice(Strict):
    """`mode` and `tools` belong to the type allowed_tools, `name` to the type function."""

    type: Literal["none", "auto", "required", "function", "allowed_tools"]
    name: str | None = None
    mode: Literal["auto", "required"] | None = None
    tools: list[AllowedTool] | None = None


def _spelled_out(choice: object) -> object:
    return {"type": choice} if isinstance(choice, str) else choice


class StreamOptions(Strict):
    include_obfuscation: bool | None = None


Includable = Literal[
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
]


class CacheOptions(Strict):
    mode: Literal["implicit", "explicit"] = "implicit"
    ttl: Ttl = "30m"


class ResponseParameters(Strict):
    """https://platform.openai.com/docs/api-reference/responses/create. Limits are in tokens."""

    model: str
    input: Annotated[list[Item], BeforeValidator(as_items), Field(min_length=1)]
    instructions: str | None = None
    max_output_tokens: int | None = Field(default=None, ge=SMALLEST_LIMIT)
    max_tool_calls: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    reasoning: Reasoning | None = None
    text: Text | None = None
    tools: list[FunctionTool] | None = Field(default=None, max_length=128)
    tool_choice: Annotated[ToolChoice | None, BeforeValidator(_spelled_out)] = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    service_tier: Literal["auto", "default", "flex", "priority", "fast", "ultrafast"] | None = None
    include: list[Includable] | None = None
    store: bool | None = None
    background: bool | None = None
    previous_response_id: str | None = None
    truncation: Literal["auto", "disabled"] | None = None
    metadata: Metadata | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: CacheOptions | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    safety_identifier: str | None = Field(default=None, max_length=LONGEST_IDENTIFIER)
    user: str | None = None

    @property
    def format(self) -> TextFormat:
        return (self.text and self.text.format) or TextFormat(type="text")

    @property
    def cache_options(self) -> CacheOptions:
        return self.prompt_cache_options or CacheOptions()

    @property
    def verbosity(self) -> Literal["low", "medium", "high"]:
        return (self.text and self.text.verbosity) or "medium"

    @property
    def wanted_effort(self) -> str | None:
        return None if self.reasoning is None else self.reasoning.effort

    @property
    def summary(self) -> str | None:
        """How the model is to sum its reasoning up."""
        return None if self.reasoning is None else self.reasoning.summary or self.reasoning.generate_summary
