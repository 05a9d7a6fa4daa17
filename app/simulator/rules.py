"""What one model takes and another refuses."""

from typing import Any

from app.simulator.errors import ApiError, unsupported_parameter, unsupported_value
from app.simulator.models import Effort, Model
from app.simulator.parameters import ChatParameters, Tool
from app.simulator.strict_schema import StrictSchemaError, lint


def effort_of(asked: ChatParameters, model: Model) -> Effort:
    return asked.reasoning_effort or model.effort


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
    if asked.stream_options is not None and not asked.stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(message, param="stream_options")


def _check_roles(asked: ChatParameters, model: Model) -> None:
    for index, message in enumerate(asked.messages):
        if message.role not in model.family.roles:
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
            text = "An assistant message with 'tool_calls' must be followed by tool messages responding to each call."
            raise ApiError(f"{text} Missing: {sorted(open_calls)}", param=param)
        else:
            open_calls = {call.id for call in message.tool_calls or ()}
    if open_calls:
        text = "An assistant message with 'tool_calls' must be followed by tool messages responding to each call."
        raise ApiError(f"{text} Missing: {sorted(open_calls)}", param="messages")


def _check_limit(asked: ChatParameters, model: Model) -> None:
    if asked.max_tokens is not None:
        if model.effort != "none":
            raise unsupported_parameter("max_tokens", "Use 'max_completion_tokens' instead.")
        if asked.max_completion_tokens is not None:
            message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
            raise ApiError(message, param="max_tokens", code="invalid_parameter_combination")
    name = "max_tokens" if asked.max_tokens is not None else "max_completion_tokens"
    limit = getattr(asked, name)
    if limit is not None and limit > model.max_output:
        bound = f"Expected a value <= {model.max_output}, but got {limit} instead."
        message = f"Invalid '{name}': integer above maximum value. {bound}"
        raise ApiError(message, param=name, code="integer_above_max_value")


def _check_reasoning(asked: ChatParameters, model: Model) -> None:
    if not model.family.efforts:
        for name in ("reasoning_effort", "verbosity"):
            if getattr(asked, name) is not None:
                raise unsupported_parameter(name)
    elif asked.reasoning_effort not in (None, *model.family.efforts):
        raise unsupported_value("reasoning_effort", str(asked.reasoning_effort))
    if effort_of(asked, model) == "none":
        return
    for name in ("temperature", "top_p"):
        if getattr(asked, name) is not None:
            advice = "It is accepted with 'reasoning_effort' none only." if model.family.efforts else ""
            raise unsupported_parameter(name, advice)


def _check_response_format(asked: ChatParameters, model: Model) -> None:
    wanted = asked.response_format
    if wanted is None or wanted.type == "text":
        return
    accepted = model.family.json_schema if wanted.type == "json_schema" else model.family.json_object
    if not accepted:
        message = f"Invalid parameter: 'response_format' of type '{wanted.type}' is not supported with this model."
        raise ApiError(message, param="response_format")
    if wanted.type == "json_object":
        if not any("json" in message.text.lower() for message in asked.messages):
            rule = "must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
            raise ApiError(f"'messages' {rule}", param="messages")
        return
    described = wanted.json_schema
    if described is None or described.schema_ is None:
        name = "response_format.json_schema" + (".schema" if described else "")
        message = f"Missing required parameter: '{name}'."
        raise ApiError(message, param=name, code="missing_required_parameter")
    if described.strict:
        try:
            lint(described.schema_)
        except StrictSchemaError as flaw:
            message = f"Invalid schema for response_format '{described.name}': {flaw}"
            raise ApiError(message, param="response_format", code="invalid_json_schema") from flaw


def _check_tools(asked: ChatParameters, model: Model) -> None:
    tools = asked.tools or []
    if not tools:
        for name in ("tool_choice", "parallel_tool_calls"):
            if getattr(asked, name) is not None:
                raise ApiError(f"'{name}' is only allowed when 'tools' are specified.", param=name)
        return
    if effort_of(asked, model) != "none":
        advice = "On Chat Completions tools need 'reasoning_effort' none." if model.family.efforts else ""
        raise unsupported_parameter("tools", advice)
    _check_functions(tools)
    choice = asked.tool_choice
    if choice is not None and choice.type == "function":
        chosen = choice.function.name if choice.function else None
        if chosen not in {tool.function.name for tool in tools}:
            message = (
                f"Invalid value for 'tool_choice': no tool named '{chosen}' was specified in the 'tools' parameter."
            )
            raise ApiError(message, param="tool_choice", code="invalid_value")


def _check_functions(tools: list[Tool]) -> None:
    """The parameters of every function are an object; those of a strict one keep to the rules of strict mode."""
    for index, tool in enumerate(tools):
        parameters = tool.function.parameters
        if parameters is None:
            continue
        flaw = None
        if parameters.get("type") != "object":
            flaw = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{parameters.get('type')}\"'."
        elif tool.function.strict:
            flaw = _strict_flaw(parameters)
        if flaw is not None:
            message = f"Invalid schema for function '{tool.function.name}': {flaw}"
            raise ApiError(message, param=f"tools[{index}].function.parameters", code="invalid_function_parameters")


def _strict_flaw(parameters: dict[str, Any]) -> str | None:
    try:
        lint(parameters)
    except StrictSchemaError as flaw:
        return str(flaw)
    return None
