"""What the parameters of a response must agree on, with each other and with the model."""

from collections.abc import Iterator

from app.simulator.errors import ApiError, missing_parameter, unsupported_parameter, unsupported_value
from app.simulator.models import Effort, Model
from app.simulator.prompt import Content, Function
from app.simulator.responses.items import FunctionCall, FunctionCallOutput, InputMessage, ItemReference, ReasoningItem
from app.simulator.responses.parameters import FunctionTool, ResponseParameters
from app.simulator.rules import (
    check_answer_schema,
    check_caching,
    check_effort,
    check_format,
    check_functions,
    check_limit,
    check_named_function,
    check_sampling,
    check_tier,
)


def effort_of(asked: ResponseParameters, model: Model) -> Effort:
    """What the model reasons with; its own where nothing, or nothing that it knows, is asked."""
    wanted = asked.wanted_effort
    return next((effort for effort in model.responses.efforts if effort == wanted), model.default_effort)


def function_of(tool: FunctionTool) -> Function:
    return Function(tool.name, tool.description, tool.parameters, tool.strict)


def check_model_rules(asked: ResponseParameters, model: Model) -> None:
    """Refuses what this model does not accept, and what nobody can do who keeps nothing.

    Raises:
        ApiError: 400 or 404, with `param` and `code`.
    """
    _check_nothing_is_kept(asked)
    _check_roles(asked, model)
    _check_calls(asked)
    _check_reasoning_items(asked)
    check_limit("max_output_tokens", asked.max_output_tokens, model)
    _check_reasoning(asked, model)
    _check_format(asked, model)
    _check_tools(asked, model)
    check_tier(asked.service_tier, model)
    check_caching(asked.prompt_cache_options, dict(_contents(asked)), model)
    if asked.stream_options is not None and not asked.stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(message, param="stream_options")


def _contents(asked: ResponseParameters) -> Iterator[tuple[str, Content]]:
    for index, item in enumerate(asked.input):
        if isinstance(item, InputMessage):
            yield f"input[{index}].content", item.content
        elif isinstance(item, FunctionCallOutput):
            yield f"input[{index}].output", item.output


def _check_nothing_is_kept(asked: ResponseParameters) -> None:
    if asked.background:
        message = "Unsupported parameter: 'background' is known to OpenAI's API, but this simulator answers at once."
        raise ApiError(message, param="background", code="unsupported_parameter")
    if asked.previous_response_id is not None:
        # No answer is kept, whatever `store` says: a gate must hand everything in with each request.
        message = f"Previous response with id '{asked.previous_response_id}' not found."
        raise ApiError(message, param="previous_response_id", code="previous_response_not_found")
    for item in asked.input:
        if isinstance(item, ItemReference):
            raise ApiError(f"Item with id '{item.id}' not found.", status=404, param="input")


def _check_roles(asked: ResponseParameters, model: Model) -> None:
    """A model that can be instructed takes both names for it."""
    if "system" in model.roles:
        return
    if asked.instructions is not None:
        raise unsupported_parameter("instructions")
    for index, item in enumerate(asked.input):
        if isinstance(item, InputMessage) and item.role in ("system", "developer"):
            raise unsupported_value(f"input[{index}].role", item.role)


def _check_calls(asked: ResponseParameters) -> None:
    """Each output answers a call before it, and each call has its output."""
    open_calls: dict[str, None] = {}
    for item in asked.input:
        if isinstance(item, FunctionCall):
            open_calls[item.call_id] = None
        elif isinstance(item, FunctionCallOutput):
            if item.call_id not in open_calls:
                message = f"No tool call found for function call output with call_id {item.call_id}."
                raise ApiError(message, param="input")
            del open_calls[item.call_id]
    for call_id in open_calls:
        raise ApiError(f"No tool output found for function call {call_id}.", param="input")


def _check_reasoning_items(asked: ResponseParameters) -> None:
    """Reasoning leads to what the assistant said or called next; alone it is refused."""
    followers = [*asked.input[1:], None]
    for item, follower in zip(asked.input, followers, strict=True):
        said = isinstance(follower, InputMessage) and follower.role == "assistant"
        if isinstance(item, ReasoningItem) and not (said or isinstance(follower, FunctionCall | ReasoningItem)):
            message = f"Item '{item.id}' of type 'reasoning' was provided without its required following item."
            raise ApiError(message, param="input")


def _check_reasoning(asked: ResponseParameters, model: Model) -> None:
    wire = model.responses
    check_effort("reasoning.effort", asked.wanted_effort, wire.efforts)
    if asked.summary is not None and not wire.efforts:
        raise unsupported_parameter("reasoning.summary")
    if asked.verbosity != "medium" and not model.verbosity:
        raise unsupported_value("text.verbosity", asked.verbosity)
    sampling = {"temperature": asked.temperature, "top_p": asked.top_p}
    check_sampling(sampling, effort_of(asked, model), wire, "reasoning.effort")


def _check_format(asked: ResponseParameters, model: Model) -> None:
    wanted = asked.format
    check_format("text.format", wanted.type, model)
    if wanted.type == "json_object":
        texts = (item.content.text for item in asked.input if isinstance(item, InputMessage))
        if not any("json" in text.lower() for text in texts):
            rule = "must contain the word 'json' in some form to use 'text.format' of type 'json_object'."
            raise ApiError(f"Response input messages {rule}", param="input")
    if wanted.type == "json_schema":
        for name, value in (("name", wanted.name), ("schema", wanted.schema_)):
            if value is None:
                raise missing_parameter(f"text.format.{name}")
        check_answer_schema("text.format.schema", wanted.name, wanted.schema_ or {}, strict=wanted.strict)


def _check_tools(asked: ResponseParameters, model: Model) -> None:
    choice, functions = asked.tool_choice, [function_of(tool) for tool in asked.tools or ()]
    if not functions:
        if choice is not None and choice.type not in ("none", "auto"):
            message = f"Tool choice '{choice.type}' must be specified with 'tools' parameter."
            raise ApiError(message, param="tool_choice")
        return
    if effort_of(asked, model) not in model.responses.tools:
        raise unsupported_parameter("tools")
    check_functions(functions, "tools[{}].parameters")
    if choice is None:
        return
    named = [choice.name] if choice.type == "function" else [tool.name for tool in choice.tools or ()]
    for name in named:
        check_named_function(name, functions)
    if choice.type == "allowed_tools" and not (choice.mode and choice.tools):
        raise missing_parameter("tool_choice.tools" if choice.mode else "tool_choice.mode")
