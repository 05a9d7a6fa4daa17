"""What answers say of the model that gave them, where it ends soon: RFC 9745 and RFC 8594."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from app.services.gen_ai.rules.endings import SOON_DAYS, ModelEndings
from app.services.gen_ai.rules.model_resolver import ModelResolver

_WHEN = f"Only where the model that answered shuts down within {SOON_DAYS} days"
_TEXT = {"type": "string"}
ENDING_HEADERS: Mapping[str, Any] = {
    "Deprecation": {
        "description": f"{_WHEN}: since when that is announced, as `@` and Unix seconds (RFC 9745)",
        "schema": _TEXT,
        "example": "@1791936000",
    },
    "Sunset": {
        "description": f"{_WHEN}: the moment from which it does not answer (RFC 8594)",
        "schema": _TEXT,
        "example": "Thu, 14 Jan 2027 00:00:00 GMT",
    },
    "Link": {
        "description": f"{_WHEN}: the page that announces it",
        "schema": _TEXT,
        "example": '<https://developers.openai.com/api/docs/deprecations>; rel="deprecation sunset"; type="text/html"',
    },
}
MODEL_ANSWER: dict[int | str, dict[str, Any]] = {200: {"headers": ENDING_HEADERS}}
"""The answer of an endpoint that asks a model, for OpenAPI."""


def ending_headers(endings: ModelEndings, model_id: str | None) -> dict[str, str]:
    """The headers of an answer of this model; none where it does not end soon."""
    ending = None if model_id is None else endings.of(model_id)
    if ending is None:
        return {}
    headers = {"Sunset": format_datetime(_midnight(ending.shutdown_on), usegmt=True)}
    if ending.deprecated_on is not None:
        headers["Deprecation"] = f"@{_midnight(ending.deprecated_on).timestamp():.0f}"
    if ending.source is not None:
        headers["Link"] = f'<{ending.source}>; rel="deprecation sunset"; type="text/html"'
    return headers


def stream_headers(
    endings: ModelEndings, resolver: ModelResolver, service: str, requested_model_id: str | None
) -> dict[str, str]:
    """The headers of a stream leave before anybody knows who has answered: they are those of the model that was chosen,
    or else of the service's default.
    """
    if requested_model_id is not None:
        return ending_headers(endings, requested_model_id)
    default = resolver.offer(service).default
    return ending_headers(endings, default.record.model_id if default else None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
