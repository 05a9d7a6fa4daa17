"""Refusals in the shape that OpenAI's API gives them."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

_LONGEST_NAME = 512


class ApiError(Exception):
    """A request that the API refuses.

    The body is described at https://platform.openai.com/docs/guides/error-codes: `param` names the parameter at
    fault and `code` is the word that programs may rely on; both may be null.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = headers

    def response(self) -> JSONResponse:
        body = error_body(self.message, self.kind, param=self.param, code=self.code)
        return JSONResponse(body, self.status, headers=self.headers)


def error_body(message: str, kind: str, *, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def unsupported_parameter(name: str, advice: str = "") -> ApiError:
    message = f"Unsupported parameter: '{name}' is not supported with this model.{advice and ' ' + advice}"
    return ApiError(message, param=name, code="unsupported_parameter")


def unsupported_value(name: str, value: object) -> ApiError:
    message = f"Unsupported value: '{name}' does not support '{value}' with this model."
    return ApiError(message, param=name, code="unsupported_value")


def missing_parameter(name: str) -> ApiError:
    return ApiError(f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")


def model_not_found(name: str) -> ApiError:
    """What is answered for a model that never was and for one that has been shut down."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    return ApiError(message, status=404, param="model", code="model_not_found")


def client_request_id(request: Request) -> str | None:
    """The client's own name for its request: https://developers.openai.com/api/reference/overview.

    Raises:
        ApiError: 400 where it is longer than 512 characters or not ASCII.
    """
    named = request.headers.get("x-client-request-id")
    if named is not None and (len(named) > _LONGEST_NAME or not named.isascii()):
        raise ApiError(f"'X-Client-Request-Id' must be ASCII and at most {_LONGEST_NAME} characters long.")
    return named


def require_key(request: Request) -> None:
    """Any non-empty bearer key opens the simulator; none does not.

    Raises:
        ApiError: 401 `invalid_api_key`.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        message = "You didn't provide an API key. Provide it in an Authorization header: Authorization: Bearer KEY."
        raise ApiError(message, status=401, code="invalid_api_key")
