"""One request through the one AsyncOpenAI: raw bytes back, or a fault that says what it means.

`client.post` with a plain dict and the raw response costs about half of `chat.completions.create`, which transforms
every parameter and builds typed objects; and the usage can be read before anything else is parsed.

Each request carries a name of ours, which OpenAI logs: of a request that was never answered it is the only name that
both sides know (https://developers.openai.com/api/reference/overview, "Supplying your own request ID").
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, cast

import httpx2
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, AsyncStream

from app.errors import UpstreamError, UpstreamTimeoutError, UpstreamUnavailableError

_PATH = "/chat/completions"
_OUR_NAME = "X-Client-Request-Id"
_RETRYABLE = frozenset({408, 409, 429, 500, 502, 503, 504})
_UNAVAILABLE = frozenset({429, 503})
_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


@dataclass(frozen=True, slots=True)
class UpstreamReply:
    """A 2xx answer, not parsed."""

    status: int
    request_id: str | None
    body: bytes


class UpstreamFaultError(Exception):
    """A request that brought no answer.

    `maybe_billed`: the upstream may have done the work all the same. `retry_after`: how long it asked us to wait.
    `surface` is what the caller of the API is told when no further try is made.
    """

    def __init__(
        self,
        surface: UpstreamError,
        *,
        retryable: bool,
        maybe_billed: bool,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(str(surface))
        self.surface = surface
        self.retryable = retryable
        self.maybe_billed = maybe_billed
        self.retry_after = retry_after

    @property
    def status(self) -> int | None:
        status: int | None = self.surface.fields.get("upstream_status")
        return status

    @property
    def request_id(self) -> str | None:
        request_id: str | None = self.surface.fields.get("upstream_request_id")
        return request_id


class Upstream:
    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def send(self, payload: Mapping[str, Any], *, client_request_id: str, seconds: float) -> UpstreamReply:
        """Sends one request and waits at most `seconds` for the whole answer.

        `client_request_id` names this one request and no other: ASCII, at most 512 characters.

        Raises:
            UpstreamFaultError: no answer, or one with an error status.
        """
        response = await self._post(payload, client_request_id, seconds=seconds, stream=False)
        return UpstreamReply(response.status_code, response.headers.get("x-request-id"), response.content)

    async def open_stream(
        self, payload: Mapping[str, Any], *, client_request_id: str, seconds: float
    ) -> httpx2.Response:
        """Sends one request and returns as soon as the answer begins; the caller reads the body and closes it.

        `client_request_id`: as for `send`.

        Raises:
            UpstreamFaultError: no answer began within `seconds`, or one with an error status.
        """
        return await self._post(payload, client_request_id, seconds=seconds, stream=True)

    async def _post(
        self, payload: Mapping[str, Any], client_request_id: str, *, seconds: float, stream: bool
    ) -> httpx2.Response:
        try:
            async with asyncio.timeout(seconds):
                # With this cast_to the SDK hands the response over as it is, read or, for a stream, unread.
                response = await self._client.post(
                    _PATH,
                    cast_to=httpx2.Response,
                    body=payload,
                    options={"timeout": seconds, "headers": {_OUR_NAME: client_request_id}},
                    stream=stream,
                    stream_cls=AsyncStream[Any],
                )
        except APIStatusError as error:
            raise _refused(error) from error
        except APIConnectionError as error:
            if isinstance(error, APITimeoutError) and not _never_sent(error):
                raise _late(seconds) from error
            raise _unreachable(error) from error
        except TimeoutError as error:
            raise _late(seconds) from error
        return cast("httpx2.Response", response)


def _late(seconds: float) -> UpstreamFaultError:
    surface = UpstreamTimeoutError(f"OpenAI did not answer within {seconds:.3g} seconds; try again", **_fields(None))
    return UpstreamFaultError(surface, retryable=False, maybe_billed=True)


def _never_sent(error: APIConnectionError) -> bool:
    return isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)


def _fields(response: httpx2.Response | None) -> dict[str, Any]:
    return {
        "upstream_status": response.status_code if response else None,
        "upstream_request_id": response.headers.get("x-request-id") if response else None,
    }


def _unreachable(error: APIConnectionError) -> UpstreamFaultError:
    """Nothing was sent if the connection could not be made; else the upstream may have done the work."""
    never_sent = _never_sent(error)
    what = "could not be reached" if never_sent else "closed the connection before it answered"
    surface = UpstreamError(f"OpenAI {what}; check OPENAI_BASE_URL and the network, then try again", **_fields(None))
    surface.code = "upstream_unreachable"
    return UpstreamFaultError(surface, retryable=True, maybe_billed=not never_sent)


def _refused(error: APIStatusError) -> UpstreamFaultError:
    status = error.status_code
    quota_spent = error.code in _QUOTA_CODES
    retry_after = _retry_after(error.response.headers)
    unavailable = status in _UNAVAILABLE
    kind = UpstreamUnavailableError if unavailable else UpstreamTimeoutError if status in {408, 504} else UpstreamError
    fields = _fields(error.response) | {"upstream_code": error.code}
    if unavailable and retry_after is not None:
        fields["retry_after_seconds"] = math.ceil(retry_after.total_seconds())
    surface = kind(_explanation(status, quota_spent=quota_spent), **fields)
    surface.code = "upstream_quota_exhausted" if quota_spent else surface.code
    return UpstreamFaultError(
        surface,
        retryable=status in _RETRYABLE and not quota_spent,
        maybe_billed=status >= 500,  # noqa: PLR2004  a 5xx may come after the work was done
        retry_after=retry_after,
    )


def _explanation(status: int, *, quota_spent: bool) -> str:
    if quota_spent:
        return "OpenAI's quota of this account is used up; add credit or raise the limit in OpenAI's billing settings"
    if status in {401, 403}:
        return f"OpenAI refused the credentials (status {status}); check OPENAI_API_KEY and OPENAI_PROJECT_ID"
    if status in _UNAVAILABLE:
        return f"OpenAI does not take the request at the moment (status {status}); try again later"
    if status >= 500:  # noqa: PLR2004  the server's own faults
        return f"OpenAI failed (status {status}); try again, and see status.openai.com if it lasts"
    return f"OpenAI refused the request (status {status}); the log names the request id to ask OpenAI about"


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Retry-After in seconds or as an HTTP date (RFC 9110 section 10.2.3), and OpenAI's retry-after-ms."""
    try:
        if "retry-after-ms" in headers:
            wait = timedelta(milliseconds=float(headers["retry-after-ms"]))
            return wait if wait >= timedelta() else None
        if "retry-after" not in headers:
            return None
        value = headers["retry-after"]
        if value.strip().replace(".", "", 1).isdigit():
            return timedelta(seconds=float(value))
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(moment - datetime.now(UTC), timedelta())
    except (ValueError, OverflowError):
        return None
