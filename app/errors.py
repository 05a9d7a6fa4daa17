"""Every error that Tollgate raises on purpose.

    TollgateError
    ├── ConfigurationError      a setting or a data file is wrong: the start stops
    ├── InputError              what the person sent cannot be used
    │   ├── InvalidModelError
    │   ├── UnknownServiceError
    │   └── NotFoundError
    ├── AnswerRejectedError     the model answered, but not with what was asked
    └── UpstreamError           OpenAI, or what stands in for it, did not answer
        ├── ModelRefusedError   it refuses the model, and might answer with another
        ├── UpstreamUnavailableError
        └── UpstreamTimeoutError

Each class carries its HTTP status and a stable code; the message is a sentence for a person and says what to do.
`fields` are members that the problem document (RFC 9457) shows beside them. Some errors have another status, or code,
where it was a person who chose what was refused.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class TollgateError(Exception):
    status: int = 500
    code: str = "internal_error"
    title: ClassVar[str] = "Something went wrong inside Tollgate"

    def __init__(self, detail: str, **fields: Any) -> None:  # noqa: ANN401  the members of a problem document are JSON
        super().__init__(detail)
        self.detail = detail
        self.fields = fields


class ConfigurationError(TollgateError):
    code = "configuration_error"
    title = "The configuration is wrong"


class InputError(TollgateError):
    status = 422
    code = "invalid_request"
    title = "The request cannot be used"


class InvalidModelError(InputError):
    """Unknown, not allowed for the service, not capable enough, or shut down."""

    status = 400
    code = "model_not_allowed"
    title = "The model cannot be used for this service"


class UnknownServiceError(InputError):
    status = 404
    code = "unknown_service"
    title = "There is no such service"


class NotFoundError(InputError):
    status = 404
    code = "not_found"
    title = "There is no such thing"


class AnswerRejectedError(TollgateError):
    status = 422
    code = "answer_rejected"
    title = "No answer of the model passed the checks"


class UpstreamError(TollgateError):
    """`fields` carry `upstream_status` and `upstream_request_id`, None where there was no answer at all, and what the
    upstream said: `upstream_message`, `upstream_type`, `upstream_param`, `upstream_code`.
    """

    status = 502
    code = "upstream_error"
    title = "OpenAI answered with an error"


class ModelRefusedError(UpstreamError):
    """The model is unknown to the upstream, or closed to this account, or lacks what the request needs.

    `words` are the upstream's own, in one line; `whole_model`: whatever is asked of it, and not for one value
    of the request.
    """

    code = "model_refused"
    title = "OpenAI refuses the model"

    def __init__(self, detail: str, *, words: str, whole_model: bool, **fields: Any) -> None:  # noqa: ANN401  JSON
        super().__init__(detail, **fields)
        self.words = words
        self.whole_model = whole_model


class UpstreamUnavailableError(UpstreamError):
    status = 503
    code = "upstream_unavailable"
    title = "OpenAI does not take requests at the moment"


class UpstreamTimeoutError(UpstreamError):
    status = 504
    code = "upstream_timeout"
    title = "OpenAI did not answer in time"


def upstream_sentence(fields: Mapping[str, Any]) -> str | None:
    """What the upstream said, in one line, from the fields of an error; None where it said nothing."""
    named = {"code": fields.get("upstream_code") or fields.get("upstream_type"), "param": fields.get("upstream_param")}
    beside = ", ".join(f"{name} {value}" for name, value in named.items() if value)
    message = fields.get("upstream_message") or ("it gave no reason" if beside else None)
    return f"{message} ({beside})" if beside else message


def in_full(error: TollgateError) -> str:
    """The sentence of an error, and what the upstream said, where that is not in it."""
    said = upstream_sentence(error.fields)
    return error.detail if said is None or said in error.detail else f"{error.detail}. The upstream said: {said}"


def own_words(message: str) -> str:
    """What pydantic says of a mistake, without its words before a sentence of ours."""
    return message.removeprefix("Value error, ")
