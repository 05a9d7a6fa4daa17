"""What one model takes and another refuses, on every endpoint where it writes.

Each rule raises an ApiError, 400, and is told the `name` that an endpoint has for the parameter.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from app.simulator.errors import ApiError, unsupported_parameter, unsupported_value
from app.simulator.models import Effort, Model, WireFacts
from app.simulator.prompt import Content, Function
from app.simulator.schema_shape import shape_flaw
from app.simulator.strict_schema import StrictSchemaError, lint


def check_limit(name: str, limit: int | None, model: Model) -> None:
    """Refuses a limit of more tokens than this model ever writes."""
    if limit is not None and limit > model.max_output_tokens:
        bound = f"Expected a value <= {model.max_output_tokens}, but got {limit} instead."
        message = f"Invalid '{name}': integer above maximum value. {bound}"
        raise ApiError(message, param=name, code="integer_above_max_value")


def check_effort(name: str, effort: str | None, offered: Sequence[Effort]) -> None:
    """Refuses to tell a model how to reason that cannot be told so, or cannot be told this."""
    if effort is None or effort in offered:
        return
    raise unsupported_value(name, effort) if offered else unsupported_parameter(name)


def check_sampling(sampling: Mapping[str, float | None], effort: Effort, wire: WireFacts, effort_name: str) -> None:
    """Refuses to tell a model that reasons how to choose its words."""
    if effort in wire.sampling:
        return
    for name, value in sampling.items():
        if value is not None:
            advice = f"It is accepted with '{effort_name}' none only." if "none" in wire.efforts else ""
            raise unsupported_parameter(name, advice)


def check_tier(tier: str | None, model: Model) -> None:
    """Refuses a tier that this model is not served at. `priority` and `fast` are two names for one.

    Which models have which: https://developers.openai.com/api/docs/guides/flex-processing, .../fast-mode and
    .../ultrafast-mode. The words of the refusal are the simulator's.
    """
    if tier in (None, "auto"):
        return
    names = {"fast", "priority"} if tier in ("fast", "priority") else {tier}
    if not names & model.tiers:
        raise unsupported_value("service_tier", tier)


def check_caching(options: object, contents: Mapping[str, Content | None], model: Model) -> None:
    """Refuses breakpoints, and what goes with them, to a model that caches by other rules or not at all.

    `contents` are those that may have breakpoints, each by its name in the request.
    """
    if model.caching == "breakpoints":
        return
    if options is not None:
        raise unsupported_parameter("prompt_cache_options")
    for name, content in contents.items():
        if content is not None and content.breakpoints:
            raise unsupported_parameter(f"{name}.prompt_cache_breakpoint")


def check_format(name: str, kind: str, model: Model) -> None:
    """Refuses a form of answer that this model cannot be held to."""
    if kind != "text" and kind not in model.structured_output:
        message = f"Invalid parameter: '{name}' of type '{kind}' is not supported with this model."
        raise ApiError(message, param=name)


def check_answer_schema(name: str, schema_name: str | None, schema: dict[str, Any], *, strict: bool | None) -> None:
    """Refuses what is no schema, and a strict one that strict mode does not take."""
    flaw = _schema_flaw(orjson.dumps(schema), strict=bool(strict))
    if flaw is not None:
        message = f"Invalid schema for response_format '{schema_name}': {flaw}"
        raise ApiError(message, param=name, code="invalid_json_schema")


def check_functions(functions: Sequence[Function], name: str) -> None:
    """The parameters of every function are an object; those of a strict one keep to the rules of strict mode.

    `name` has {} in the place of the function's number.
    """
    for index, function in enumerate(functions):
        parameters = function.parameters
        if parameters is None:
            continue
        if parameters.get("type") == "object":
            flaw = _schema_flaw(orjson.dumps(parameters), strict=bool(function.strict))
        else:
            flaw = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{parameters.get('type')}\"'."
        if flaw is not None:
            message = f"Invalid schema for function '{function.name}': {flaw}"
            raise ApiError(message, param=name.format(index), code="invalid_function_parameters")


def check_named_function(name: str | None, functions: Sequence[Function]) -> None:
    """Refuses to have a function called that there is not."""
    if name not in {function.name for function in functions}:
        message = f"Invalid value for 'tool_choice': no tool named '{name}' was specified in the 'tools' parameter."
        raise ApiError(message, param="tool_choice", code="invalid_value")


@lru_cache(maxsize=256)
def _schema_flaw(schema: bytes, *, strict: bool) -> str | None:
    """What is wrong with a schema. Clients send the same ones again and again: each is checked once."""
    read: dict[str, Any] = orjson.loads(schema)
    flaw = shape_flaw(read)
    if flaw is None and strict:
        try:
            lint(read)
        except StrictSchemaError as violation:
            return str(violation)
    return flaw
