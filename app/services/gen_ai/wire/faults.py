"""What a request without an answer means: whether it may have been billed, whether to try again, what to tell whom.

Which statuses OpenAI's own client tries again, and the headers it obeys there: `_should_retry` and
`_parse_retry_after_header` in openai's `_base_client.py` (3.54).
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx2

from app.errors import ModelRefusedError, UpstreamError, UpstreamTimeoutError, UpstreamUnavailableError
from app.services.gen_ai.wire.upstream_words import NOTHING_SAID, UpstreamWords, refuses_all_of_it, refuses_model

_RETRYABLE = frozenset({408, 409, 429})
_TIMED_OUT = frozenset({408, 504, 522, 524})
"""522 and 524 are Cloudflare's, which stands before OpenAI: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/."""
_UNAVAILABLE = frozenset({429, 503, 529})
_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_SERVER_ERROR = 500
_CLIENT_ERROR = 400
_NOT_SENDABLE = (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol)
"""What no request can be made of, such as a header with a line break: the next try would fail alike."""
_SENDING_FAILED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError, *_NOT_SENDABLE)

BROKEN = (httpx2.TransportError, httpx2.StreamError, httpx2.DecodingError, OSError)
"""What a transport raises where no answer came, or not all of it. `OSError`: of a transport that maps none."""


class UpstreamFaultError(Exception):
    """A request that brought no answer.

    `maybe_billed`: the upstream may have done the work all the same. `answered`: it said itself that it failed, rather
    than falling silent. `retry_after`: how long it asked us to wait. `surface` is what the caller of the API is told
    when no further try is made; `words` is what the upstream said.
    """

    def __init__(
        self,
        surface: UpstreamError,
        *,
        retryable: bool,
        maybe_billed: bool,
        answered: bool = False,
        retry_after: timedelta | None = None,
        words: UpstreamWords = NOTHING_SAID,
    ) -> None:
        super().__init__(str(surface))
        self.surface = surface
        self.retryable = retryable
        self.maybe_billed = maybe_billed
        self.answered = answered
        self.retry_after = retry_after
        self.words = words

    @property
    def status(self) -> int | None:
        status: int | None = self.surface.fields.get("upstream_status")
        return status

    @property
    def request_id(self) -> str | None:
        request_id: str | None = self.surface.fields.get("upstream_request_id")
        return request_id


def late(seconds: float) -> UpstreamFaultError:
    """Nothing came in time."""
    surface = UpstreamTimeoutError(
        f"OpenAI did not answer within {seconds:.3g} seconds; try again", upstream_status=None, upstream_request_id=None
    )
    return UpstreamFaultError(surface, retryable=False, maybe_billed=True)


def broken(error: Exception, seconds: float) -> UpstreamFaultError:
    """The connection could not be made, or broke before the answer; `seconds` is what there was for it."""
    sent = not _never_sent(error)
    if sent and isinstance(error, httpx2.TimeoutException):
        return late(seconds)
    retryable = not isinstance(error, (*_NOT_SENDABLE, httpx2.DecodingError))
    what = "closed the connection before it answered" if sent else "could not be reached"
    if isinstance(error, httpx2.DecodingError):
        what = "sent an answer that cannot be decoded"
    elif not retryable:
        what = (
            "got nothing: no request can be made of its headers and its address"  # the error quotes them, the key too
        )
    surface = UpstreamError(
        f"OpenAI {what}; check OPENAI_BASE_URL and the network, then try again",
        upstream_status=None,
        upstream_request_id=None,
    )
    surface.code = "upstream_unreachable"
    return UpstreamFaultError(surface, retryable=retryable, maybe_billed=sent)


def _never_sent(error: Exception) -> bool:
    """Whether the request cannot have left, so that nothing can have been billed.

    OpenAI's client for aiohttp calls a connection that broke after sending a ConnectTimeout too: there only the cause
    tells (`AIOHTTP_EXC_MAP` in httpx_aiohttp).
    """
    if isinstance(error, OSError):
        return isinstance(error, ConnectionRefusedError)
    cause = error.__cause__
    if cause is not None and type(cause).__module__.startswith("aiohttp"):
        return type(cause).__name__.startswith("ClientConnector")
    return isinstance(error, _SENDING_FAILED)


def refused(status: int, headers: Mapping[str, str], words: UpstreamWords, model_id: str) -> UpstreamFaultError:
    """An answer with a status that is none of success; a redirect is one: it is never followed.

    `words` is what its body says, and `model_id` the model that was asked.
    """
    retry_after = _retry_after(headers)
    surface = _surface(status, headers, words, model_id)
    if isinstance(surface, UpstreamUnavailableError) and retry_after is not None:
        surface.fields["retry_after_seconds"] = math.ceil(retry_after.total_seconds())
    return UpstreamFaultError(
        surface,
        retryable=_is_worth_a_retry(status, headers) and words.code not in _QUOTA_CODES,
        maybe_billed=status >= _SERVER_ERROR,  # it may come after the work was done
        answered=True,
        retry_after=retry_after,
        words=words,
    )


def _surface(status: int, headers: Mapping[str, str], words: UpstreamWords, model_id: str) -> UpstreamError:
    """What the caller of the API is told."""
    fields = {"upstream_status": status, "upstream_request_id": headers.get("x-request-id"), **words.fields()}
    if refuses_model(status, words, model_id):
        return ModelRefusedError(
            f"OpenAI refuses {model_id} (status {status}): {words.sentence()}; choose another model, or wait",
            words=words.sentence(),
            whole_model=refuses_all_of_it(status, words),
            **fields,
        )
    quota_spent = words.code in _QUOTA_CODES
    unavailable, late = status in _UNAVAILABLE, status in _TIMED_OUT
    kind = UpstreamUnavailableError if unavailable else UpstreamTimeoutError if late else UpstreamError
    surface = kind(_explanation(status, headers, quota_spent=quota_spent), **fields)
    surface.code = "upstream_quota_exhausted" if quota_spent else surface.code
    return surface


def _is_worth_a_retry(status: int, headers: Mapping[str, str]) -> bool:
    """The server's own word goes first."""
    asked = headers.get("x-should-retry")
    if asked in ("true", "false"):
        return asked == "true"
    return status >= _SERVER_ERROR or status in _RETRYABLE


def _explanation(status: int, headers: Mapping[str, str], *, quota_spent: bool) -> str:
    if quota_spent:
        return "OpenAI's quota of this account is used up; add credit or raise the limit in OpenAI's billing settings"
    if status < _CLIENT_ERROR:
        where = headers.get("location", "elsewhere").partition("?")[0][:200]
        return (
            f"OpenAI answered with a redirect to {where} (status {status}), which is not followed: "
            "the prompt would go there; if that is where it belongs, set OPENAI_BASE_URL to it"
        )
    if status in {401, 403}:
        return f"OpenAI refused the credentials (status {status}); check OPENAI_API_KEY and OPENAI_PROJECT_ID"
    if status in _UNAVAILABLE:
        return f"OpenAI does not take the request at the moment (status {status}); try again later"
    if status >= _SERVER_ERROR:
        return f"OpenAI failed (status {status}); try again, and see status.openai.com if it lasts"
    return f"OpenAI refused the request (status {status}); the log names the request id to ask OpenAI about"


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """OpenAI's retry-after-ms, or Retry-After in seconds or as an HTTP date (RFC 9110 section 10.2.3).

    A value that cannot be used hides no other.
    """
    milliseconds = _seconds(headers.get("retry-after-ms"), per_second=1000)
    if milliseconds is not None:
        return milliseconds
    value = headers.get("retry-after")
    return _seconds(value) or _until(value)


def _seconds(value: str | None, *, per_second: int = 1) -> timedelta | None:
    try:
        wait = timedelta(seconds=float(value) / per_second) if value is not None else None
    except (ValueError, OverflowError):
        return None
    return wait if wait is not None and wait >= timedelta() else None


def _until(value: str | None) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(value) if value is not None else None
    except (ValueError, TypeError, OverflowError):
        return None
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(moment - datetime.now(UTC), timedelta())
