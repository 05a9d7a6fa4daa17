"""From the body of a request to Responses to what a model reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.simulator.caching import CacheWish
from app.simulator.errors import ApiError
from app.simulator.models import Model, find_writing_model
from app.simulator.parameters import read_parameters
from app.simulator.prompt import Call, Function, Message, Prompt
from app.simulator.request import ModelRequest
from app.simulator.responses.items import FunctionCall, FunctionCallOutput, InputMessage, Item, ReasoningItem
from app.simulator.responses.parameters import NOT_SIMULATED, ResponseParameters
from app.simulator.responses.reasoning import Handed, handed
from app.simulator.responses.rules import check_model_rules, effort_of, function_of


@dataclass(frozen=True)
class Accepted:
    """A request that is answered; `handed` is its input as the model reads it."""

    asked: ResponseParameters
    request: ModelRequest
    handed: Handed


def accept(body: dict[str, Any], day: date) -> Accepted:
    """Reads a request and checks all that the API checks before it answers.

    Raises:
        ApiError: 400 or 404, in OpenAI's words.
    """
    asked = read_parameters(ResponseParameters, body, NOT_SIMULATED)
    model = find_writing_model(asked.model, day, "v1/responses")
    check_model_rules(asked, model)
    wish = _cache_wish(asked, model)
    read = handed(asked, model, wish.settings)
    request = ModelRequest(
        model=model,
        asked_as=asked.model,
        prompt=_prompt(asked, model, read.items),
        effort=effort_of(asked, model),
        asked_limit=asked.max_output_tokens,
        asked_tier=asked.service_tier,
        stream=bool(asked.stream),
        cache_wish=wish,
    )
    tokens = len(request.tokens)
    if tokens > model.max_input_tokens or tokens >= model.context_window:
        message = "Your input exceeds the context window of this model. Please adjust your input and try again."
        if asked.truncation == "auto":
            message += " This simulator leaves nothing out, whatever 'truncation' says."
        raise ApiError(message, param="input", code="context_length_exceeded")
    return Accepted(asked, request, read)


def _cache_wish(asked: ResponseParameters, model: Model) -> CacheWish:
    calls = "one by one" if asked.parallel_tool_calls is False else "in parallel"
    settings = (effort_of(asked, model), asked.verbosity, asked.format.type, calls)
    return CacheWish(settings, asked.cache_options.mode, asked.cache_options.ttl)


def _prompt(asked: ResponseParameters, model: Model, items: Sequence[Item]) -> Prompt:
    choice, wanted = asked.tool_choice, asked.format
    instructions = () if asked.instructions is None else (Message("developer", asked.instructions),)
    shown = (*(asked.tools or ()), *((wanted,) if wanted.type == "json_schema" else ()))
    return Prompt(
        messages=(*(() if model.checks_what_comes_before else instructions), *_messages(items)),
        functions=_callable(asked),
        must_call=choice is not None and "required" in (choice.type, choice.mode),
        named=choice.name if choice is not None and choice.type == "function" else None,
        schema=wanted.schema_,
        wants_json=wanted.type == "json_object",
        preamble=tuple(part.model_dump_json(by_alias=True, exclude_none=True) for part in shown),
        closing=instructions if model.checks_what_comes_before else (),
    )


def _callable(asked: ResponseParameters) -> tuple[Function, ...]:
    """The functions that may be called: none, all, or those that the choice allows."""
    choice = asked.tool_choice
    if choice is not None and choice.type == "none":
        return ()
    allowed = {tool.name for tool in choice.tools or ()} if choice is not None else set()
    return tuple(function_of(tool) for tool in asked.tools or () if not allowed or tool.name in allowed)


def _messages(items: Sequence[Item]) -> list[Message]:
    """Calls side by side are one message of the assistant; reasoning belongs to what comes after it."""
    messages: list[Message] = []
    thought = ""
    for item in items:
        match item:
            case ReasoningItem():
                thought += item.encrypted_content or ""
                continue
            case FunctionCall():
                call = Call(item.call_id, item.name, item.arguments)
                beside: tuple[Call, ...] = ()
                if messages and messages[-1].calls:
                    last = messages.pop()
                    beside, thought = last.calls, last.thought + thought
                messages.append(Message("assistant", "", (*beside, call), thought=thought))
            case FunctionCallOutput():
                output = item.output
                messages.append(Message("tool", output.text, call_id=item.call_id, breakpoints=output.breakpoints))
            case InputMessage():
                content = item.content
                messages.append(Message(item.role, content.text, thought=thought, breakpoints=content.breakpoints))
        thought = ""
    return messages
