"""What OpenAI publishes about Responses: the types of its SDK, held to the letter."""

from collections.abc import Iterator
from typing import Any

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

_EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
_RESPONSE: TypeAdapter[Any] = TypeAdapter(Response)


def published_event(event: dict[str, Any]) -> Any:
    """The event as the SDK's type; an AssertionError where it has what no type names.

    The types of most deltas do not name the padding that the reference does:
    https://platform.openai.com/docs/api-reference/responses/create, `stream_options`.
    """
    padded = event["type"].endswith(".delta")
    return _strictly(_EVENTS, {name: event[name] for name in event if not (padded and name == "obfuscation")})


def published_response(response: dict[str, Any]) -> Response:
    read: Response = _strictly(_RESPONSE, response)
    return read


def _strictly(form: TypeAdapter[Any], value: dict[str, Any]) -> Any:
    read = form.validate_python(value)
    assert list(_unnamed(read)) == []
    return read


def _unnamed(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from (f"{type(value).__name__}.{name}" for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from _unnamed(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from _unnamed(item)
