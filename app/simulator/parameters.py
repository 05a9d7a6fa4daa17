"""Bodies checked for their form alone: what is missing, unknown or of the wrong kind is refused in OpenAI's words."""

import re
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from app.simulator.errors import ApiError

NAME_PATTERN = r"^[a-zA-Z0-9_-]{1,64}$"

Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
]


LONGEST_IDENTIFIER = 128
"""Characters of a `safety_identifier`."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Parameters = TypeVar("Parameters", bound=Strict)

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


def read_parameters(form: type[Parameters], body: dict[str, Any], not_simulated: frozenset[str]) -> Parameters:
    """The typed parameters of a request.

    Args:
        form: what the endpoint takes.
        body: what it was sent.
        not_simulated: what OpenAI knows and this simulator does not do. Refusing is better than an answer that ignores
            the wish.

    Raises:
        ApiError: 400; the first thing that is missing, unknown or of the wrong form.
    """
    for name in sorted(not_simulated & body.keys()):
        if body[name] is not None:
            message = f"Unsupported parameter: '{name}' is known to OpenAI's API, but this simulator does not do it."
            raise ApiError(message, param=name, code="unsupported_parameter")
    try:
        return form.model_validate({name: body[name] for name in body.keys() - not_simulated})
    except ValidationError as invalid:
        error = invalid.errors(include_url=False)[0]
    param, code = _param(error), _code(error)
    sentence = _SENTENCES.get(code, "Invalid '{param}': {reason}.")
    raise ApiError(sentence.format(param=param, reason=error["msg"]), param=param, code=code)


def tag(kind: str) -> str:
    """Names one form of several, in a way that no parameter is named."""
    return f"<{kind}>"


def _param(error: ErrorDetails) -> str:
    """`messages[0].role`, as OpenAI writes it."""
    steps = (step for step in error["loc"] if not str(step).startswith("<"))
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _code(error: ErrorDetails) -> str:
    bound = re.match(r"(greater|less)_than_equal", error["type"])
    if bound is None:
        return _CODES.get(error["type"], "invalid_type")
    number = "integer" if isinstance(error["input"], int) else "decimal"
    return f"{number}_{'below_min' if bound[1] == 'greater' else 'above_max'}_value"
