"""From the body of a chat completion to what a model reads."""

from datetime import date
from typing import Any

from app.simulator.caching import CacheWish
from app.simulator.chat.parameters import NOT_SIMULATED, CacheOptions, ChatParameters, Message
from app.simulator.chat.rules import check_model_rules, effort_of, function_of
from app.simulator.errors import ApiError
from app.simulator.models import Model, find_writing_model
from app.simulator.parameters import read_parameters
from app.simulator.prompt import Call, Prompt
from app.simulator.prompt import Message as PromptMessage
from app.simulator.request import ModelRequest


def accept(body: dict[str, Any], day: date) -> tuple[ModelRequest, ChatParameters]:
    """Reads a request and checks all that the API checks before it answers.

    Raises:
        ApiError: 400 or 404, in OpenAI's words.
    """
    asked = read_parameters(ChatParameters, body, NOT_SIMULATED)
    model = find_writing_model(asked.model, day, "v1/chat/completions")
    check_model_rules(asked, model)
    request = ModelRequest(
        model=model,
        asked_as=asked.model,
        prompt=_prompt(asked),
        effort=effort_of(asked, model),
        asked_limit=asked.max_tokens or asked.max_completion_tokens,
        asked_tier=asked.service_tier,
        stream=bool(asked.stream),
        cache_wish=_cache_wish(asked, model),
        choices=asked.n or 1,
    )
    _check_size(request)
    return request, asked


def _cache_wish(asked: ChatParameters, model: Model) -> CacheWish:
    options = asked.prompt_cache_options or CacheOptions()
    form = asked.response_format.type if asked.response_format else "text"
    calls = "one by one" if asked.parallel_tool_calls is False else "in parallel"
    settings = (effort_of(asked, model), asked.verbosity or "medium", form, calls)
    return CacheWish(settings, options.mode, options.ttl)


def _prompt(asked: ChatParameters) -> Prompt:
    tools, choice, wanted = asked.tools or [], asked.tool_choice, asked.response_format
    described = wanted.json_schema if wanted else None
    calling = choice.type if choice else "auto"
    preamble = (*tools, *((described,) if described else ()))
    return Prompt(
        messages=tuple(_message(message) for message in asked.messages),
        functions=() if calling == "none" else tuple(function_of(tool) for tool in tools),
        must_call=calling == "required",
        named=choice.function.name if choice and choice.function else None,
        schema=described.schema_ if described else None,
        wants_json=wanted is not None and wanted.type == "json_object",
        preamble=tuple(part.model_dump_json(by_alias=True, exclude_none=True) for part in preamble),
    )


def _message(message: Message) -> PromptMessage:
    calls = tuple(Call(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or ())
    breakpoints = message.content.breakpoints if message.content else ()
    return PromptMessage(message.role, message.text, calls, message.tool_call_id, breakpoints=breakpoints)


def _check_size(request: ModelRequest) -> None:
    model, prompt = request.model, len(request.tokens)
    wanted = prompt + (request.asked_limit or 1)
    if wanted <= model.context_window and prompt <= model.max_input_tokens:
        return
    message = (
        f"This model's maximum context length is {model.context_window} tokens, at most {model.max_input_tokens}"
        f" of them in the messages. However, you requested {wanted} tokens ({prompt} in the messages,"
        f" {request.asked_limit or 1} in the completion). Please reduce the length of the messages or completion."
    )
    raise ApiError(message, param="messages", code="context_length_exceeded")
