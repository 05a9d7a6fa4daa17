"""Every error leaves as a problem document (RFC 9457) with a stable code; no stack trace ever does."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from app.errors import TollgateError, own_words

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One thing that is wrong in a request."""

    where: str = Field(description="Where it is: `body.query`, `query.tier`, ...")
    message: str = Field(description="What is wrong, and what would be right")


class Problem(BaseModel):
    """A problem document (RFC 9457). Some problems carry further members, such as `allowed_models`, or what OpenAI
    said: `upstream_message`, `upstream_type`, `upstream_param` and `upstream_code`.
    """

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "The model cannot be used for this service",
                    "status": 400,
                    "detail": "Model gpt-4 not allowed for service strategy_builder: it is the baseline "
                    "that savings are measured against, for no service. Allowed: gpt-6-luna, gpt-6.1-terra",
                    "code": "model_not_allowed",
                    "allowed_models": ["gpt-6-luna", "gpt-6.1-terra"],
                },
                {
                    "type": "about:blank",
                    "title": "A budget has no room for the request",
                    "status": 402,
                    "detail": "Budget chat has 0.015 USD left until 2026-11-24T00:00:00Z, and this call may need "
                    "0.0265 USD and 4,598 tokens; wait, ask for less, choose a cheaper model, or raise the budget",
                    "code": "budget_exceeded",
                    "budget": "chat",
                    "left_usd": "0.015",
                    "needed_usd": "0.0265",
                    "resets_at": "2026-11-24T00:00:00Z",
                },
                {
                    "type": "about:blank",
                    "title": "OpenAI refuses the model",
                    "status": 400,
                    "detail": "OpenAI refuses gpt-6.1-terra (status 404): The model `gpt-6.1-terra` does not exist or "
                    "you do not have access to it. (code model_not_found); choose another model, or wait",
                    "code": "model_refused",
                    "upstream_status": 404,
                    "upstream_request_id": "req_0123456789abcdef",
                    "upstream_message": "The model `gpt-6.1-terra` does not exist or you do not have access to it.",
                    "upstream_type": "invalid_request_error",
                    "upstream_param": None,
                    "upstream_code": "model_not_found",
                    "operation_id": "op_0123456789abcdef0123456789abcdef",
                    "cost_usd": "0",
                },
            ]
        },
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="A sentence for a person: what is wrong and what to do")
    code: str = Field(description="A stable name of the problem, for programs")
    errors: list[FieldError] | None = Field(default=None, description="For a bad request: everything that is wrong")


_TITLES = {
    402: "A budget has no room for the request",
    409: "The request contradicts one that was made before",
    400: "The model cannot be used for this service, or OpenAI refuses it",
    404: "There is no such thing",
    413: "The request is too large",
    422: "The request cannot be used, or no answer passed the checks",
    502: "OpenAI answered with an error, or not readably",
    503: "OpenAI, or a part of Tollgate, is not available at the moment",
    504: "OpenAI did not answer in time",
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an endpoint, for OpenAPI."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


def problem_of(error: TollgateError) -> dict[str, Any]:
    """The problem document of an error of ours."""
    members = {"title": error.title, "status": error.status, "detail": error.detail, "code": error.code}
    return {**error.fields, "type": "about:blank", **members}


def said_of(error: TollgateError) -> dict[str, Any]:
    """What the upstream said, for the log."""
    return {name: value for name, value in error.fields.items() if name.startswith("upstream_")}


def problem(
    status: int, code: str, title: str, detail: str, *, fields: Mapping[str, Any] | None = None
) -> JSONResponse:
    """A problem document as an answer; `fields` become further members."""
    members = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    headers = {}
    if fields and fields.get("retry_after_seconds") is not None:
        headers["Retry-After"] = str(fields["retry_after_seconds"])
    return JSONResponse({**(fields or {}), **members}, status, headers=headers, media_type=MEDIA_TYPE)


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(TollgateError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


_CODES = {413: "content_too_large"}
"""Where the phrase of a status differs between versions of Python."""


async def _ours(request: Request, error: Exception) -> JSONResponse:
    known = cast("TollgateError", error)
    if known.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request_failed", path=request.url.path, code=known.code, detail=known.detail, **said_of(known))
    return problem(known.status, known.code, known.title, known.detail, fields=known.fields)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    errors = [_field_error(details) for details in cast("RequestValidationError", error).errors()]
    detail = "; ".join(f"{item['where']}: {item['message']}" for item in errors)
    return problem(422, "invalid_request", "The request cannot be used", detail, fields={"errors": errors})


def _field_error(details: Mapping[str, Any]) -> dict[str, str]:
    location: Sequence[int | str] = details["loc"]
    return {"where": ".".join(str(step) for step in location), "message": own_words(details["msg"])}


async def _http(request: Request, error: Exception) -> JSONResponse:
    known = cast("HTTPException", error)
    phrase = HTTPStatus(known.status_code).phrase
    code = _CODES.get(known.status_code) or phrase.lower().replace(" ", "_").replace("-", "_")
    answer = problem(known.status_code, code, phrase, f"{request.method} {request.url.path}: {known.detail}")
    answer.headers.update(known.headers or {})
    return answer


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected_error", path=request.url.path, exc_info=error)
    return problem(
        500, "internal_error", "Something went wrong inside Tollgate", "An unexpected error; the log has the details"
    )
