"""What a chat completion's parameters must agree on, with each other and with the model."""

from app.simulator.chat.parameters import ChatParameters, Tool
from app.simulator.errors import ApiError, missing_parameter, unsupported_parameter, unsupported_value
from app.simulator.models import Effort, Model
from app.simulator.prompt import Function
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

_UNANSWERED = "An assistant message with 'tool_calls' must be followed by tool messages responding to each call."


def effort_of(asked: ChatParameters, model: Model) -> Effort:
    """What the model reasons with; its own where nothing, or nothing that it knows, is asked."""
    wanted = asked.reasoning_effort
    return next((effort for effort in model.chat_completions.efforts if effort == wanted), model.default_effort)


def function_of(tool: Tool) -> Function:
    function = tool.function
    return Function(function.name, function.description, function.parameters, function.strict)


def check_model_rules(asked: ChatParameters, model: Model) -> None:
    """Refuses what this model does not accept.

    Raises:
        ApiError: 400, with `param` and `code`.
    """
    _check_roles(asked, model)
    _check_tool_turns(asked)
    _check_limit(asked, model)
    _check_reasoning(asked, model)
    _check_response_format(asked, model)
    _check_tools(asked, model)
    check_tier(asked.service_tier, model)
    contents = {f"messages[{index}].content": message.content for index, message in enumerate(asked.messages)}
    check_caching(asked.prompt_cache_options, contents, model)
    if asked.stream_options is not None and not asked.stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(message, param="stream_options")


def _check_roles(asked: ChatParameters, model: Model) -> None:
    for index, message in enumerate(asked.messages):
        if message.role not in model.roles:
            raise unsupported_value(f"messages[{index}].role", message.role)
        if message.content is None and not (message.role == "assistant" and (message.tool_calls or message.refusal)):
            name = f"messages[{index}].content"
            raise ApiError(
                f"Invalid value for '{name}': expected a string, got null.", param=name, code="invalid_value"
            )


def _check_tool_turns(asked: ChatParameters) -> None:
    """Each tool message answers a call of the assistant's turn before it, and each call is answered."""
    open_calls: set[str] = set()
    for index, message in enumerate(asked.messages):
        param = f"messages[{index}].role"
        if message.role == "tool":
            if message.tool_call_id not in open_calls:
                text = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
                raise ApiError(f"Invalid parameter: {text}", param=param)
            open_calls.discard(message.tool_call_id)
        elif open_calls:
            raise ApiError(f"{_UNANSWERED} Missing: {sorted(open_calls)}", param=param)
        else:
            open_calls = {call.id for call in message.tool_calls or ()}
    if open_calls:
        raise ApiError(f"{_UNANSWERED} Missing: {sorted(open_calls)}", param="messages")


def _check_limit(asked: ChatParameters, model: Model) -> None:
    if asked.max_tokens is not None:
        if model.default_effort != "none":
            raise unsupported_parameter("max_tokens", "Use 'max_completion_tokens' instead.")
        if asked.max_completion_tokens is not None:
            message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
            raise ApiError(message, param="max_tokens", code="invalid_parameter_combination")
    name = "max_tokens" if asked.max_tokens is not None else "max_completion_tokens"
    check_limit(name, getattr(asked, name), model)


def _check_reasoning(asked: ChatParameters, model: Model) -> None:
    wire = model.chat_completions
    check_effort("reasoning_effort", asked.reasoning_effort, wire.efforts)
    if asked.verbosity is not None and not model.verbosity:
        raise unsupported_parameter("verbosity")
    sampling = {
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        # A penalty of 0 is none.
        "frequency_penalty": asked.frequency_penalty or None,
        "presence_penalty": asked.presence_penalty or None,
    }
    check_sampling(sampling, effort_of(asked, model), wire, "reasoning_effort")


def _check_response_format(asked: ChatParameters, model: Model) -> None:
    wanted = asked.response_format
    if wanted is None:
        return
    check_format("response_format", wanted.type, model)
    if wanted.type == "json_object" and not any("json" in message.text.lower() for message in asked.messages):
        rule = "must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        raise ApiError(f"'messages' {rule}", param="messages")
    if wanted.type != "json_schema":
        return
    described = wanted.json_schema
    if described is None or described.schema_ is None:
        raise missing_parameter("response_format.json_schema" + (".schema" if described else ""))
    check_answer_schema("response_format", described.name, described.schema_, strict=described.strict)


def _check_tools(asked: ChatParameters, model: Model) -> None:
    if not asked.tools:
        for name in ("tool_choice", "parallel_tool_calls"):
            if getattr(asked, name) is not None:
                raise ApiError(f"'{name}' is only allowed when 'tools' are specified.", param=name)
        return
    if effort_of(asked, model) not in model.chat_completions.tools:
        raise _tools_refused(asked, model)
    functions = [function_of(tool) for tool in asked.tools]
    check_functions(functions, "tools[{}].function.parameters")
    choice = asked.tool_choice
    if choice is not None and choice.type == "function":
        check_named_function(choice.function.name if choice.function else None, functions)


def _tools_refused(asked: ChatParameters, model: Model) -> ApiError:
    """The words are OpenAI's, and the same for models that have no effort none:
    https://github.com/onyx-dot-app/onyx/issues/15008, https://github.com/Wei-Shaw/sub2api/issues/6740.
    """
    if not model.chat_completions.efforts:
        return unsupported_parameter("tools")
    message = (
        f"Function tools with reasoning_effort are not supported for {asked.model} in /v1/chat/completions."
        " To use function tools, use /v1/responses or set reasoning_effort to 'none'."
    )
    return ApiError(message, param="reasoning_effort")
