"""What a request without an answer means, from its status, its headers, or what broke it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from app.errors import ModelRefusedError, UpstreamError, UpstreamTimeoutError, UpstreamUnavailableError
from app.services.gen_ai.wire.faults import UpstreamFaultError, broken, refused
from app.services.gen_ai.wire.upstream_words import read_words
from tests.fakes.scripted_upstream import KEY, refusal

Fault = Callable[[httpx2.Response | Exception], UpstreamFaultError]


@pytest.fixture
def fault() -> Fault:
    """What an answer with an error status, or an exception of the transport, comes to."""

    def found(step: httpx2.Response | Exception) -> UpstreamFaultError:
        if isinstance(step, Exception):
            return broken(step, 30)
        return refused(step.status_code, step.headers, read_words(step.content), "gpt-4o-mini")

    return found


NEVER, AGAIN = False, True
STATUSES: list[tuple[int, str | None, type[UpstreamError], str, bool, bool]] = [
    # status, code of the body, error, its code, worth another try, perhaps billed
    (400, "invalid_value", UpstreamError, "upstream_error", NEVER, False),
    (400, "billing_hard_limit_reached", UpstreamError, "upstream_quota_exhausted", NEVER, False),
    (401, "invalid_api_key", UpstreamError, "upstream_error", NEVER, False),
    (403, None, UpstreamError, "upstream_error", NEVER, False),
    (404, "model_not_found", ModelRefusedError, "model_refused", NEVER, False),
    (408, None, UpstreamTimeoutError, "upstream_timeout", AGAIN, False),
    (409, None, UpstreamError, "upstream_error", AGAIN, False),
    (413, None, UpstreamError, "upstream_error", NEVER, False),
    (422, None, UpstreamError, "upstream_error", NEVER, False),
    (429, "rate_limit_exceeded", UpstreamUnavailableError, "upstream_unavailable", AGAIN, False),
    (429, None, UpstreamUnavailableError, "upstream_unavailable", AGAIN, False),
    (429, "insufficient_quota", UpstreamUnavailableError, "upstream_quota_exhausted", NEVER, False),
    (500, "server_error", UpstreamError, "upstream_error", AGAIN, True),
    (501, None, UpstreamError, "upstream_error", AGAIN, True),
    (502, None, UpstreamError, "upstream_error", AGAIN, True),
    (503, None, UpstreamUnavailableError, "upstream_unavailable", AGAIN, True),
    (504, None, UpstreamTimeoutError, "upstream_timeout", AGAIN, True),
    (520, None, UpstreamError, "upstream_error", AGAIN, True),
    (522, None, UpstreamTimeoutError, "upstream_timeout", AGAIN, True),
    (524, None, UpstreamTimeoutError, "upstream_timeout", AGAIN, True),
    (529, "overloaded", UpstreamUnavailableError, "upstream_unavailable", AGAIN, True),
    (307, None, UpstreamError, "upstream_error", NEVER, False),
]


@pytest.mark.parametrize(("status", "body_code", "kind", "code", "retryable", "maybe_billed"), STATUSES)
def test_each_error_status_is_told_apart(
    fault: Fault, status: int, body_code: str | None, kind: type[UpstreamError], code: str, *,
    retryable: bool, maybe_billed: bool,
) -> None:  # fmt: skip
    """What the caller is told, whether another try makes sense, and whether the work may have been done."""
    found = fault(refusal(status, body_code))
    assert type(found.surface) is kind
    assert (found.surface.code, found.retryable, found.maybe_billed) == (code, retryable, maybe_billed)
    assert (found.status, found.request_id) == (status, "req_error")
    assert found.surface.fields["upstream_code"] == body_code


def test_an_error_without_a_json_body_is_an_error_like_others(fault: Fault) -> None:
    """A proxy answers with HTML."""
    found = fault(httpx2.Response(502, content=b"<html>Bad gateway</html>"))
    assert (found.status, found.request_id, found.retryable) == (502, None, True)
    assert found.surface.fields["upstream_code"] is None


EXPLANATIONS = [
    (401, None, "OPENAI_API_KEY"),
    (403, None, "OPENAI_PROJECT_ID"),
    (429, "insufficient_quota", "billing settings"),
    (429, None, "try again later"),
    (503, None, "try again later"),
]


@pytest.mark.parametrize(("status", "code", "advice"), EXPLANATIONS)
def test_the_message_says_what_to_do(fault: Fault, status: int, code: str | None, advice: str) -> None:
    """A person reads it."""
    assert advice in (fault(refusal(status, code))).surface.detail


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_what_the_upstream_said_stands_beside_our_sentence(fault: Fault, status: int) -> None:
    """In fields of its own: our sentence goes into more places, and OpenAI's may quote the prompt."""
    found = fault(refusal(status))
    assert found.surface.fields["upstream_message"] == "made up for a test"
    assert found.surface.fields["upstream_type"] == "error"
    assert "made up for a test" not in found.surface.detail + str(found)


UNSENT = [
    httpx2.ConnectError("no route"),
    httpx2.ConnectTimeout("slow"),
    httpx2.PoolTimeout("busy"),
    httpx2.ProxyError("407"),
    httpx2.LocalProtocolError("Illegal header value"),
]


@pytest.mark.parametrize("error", UNSENT, ids=lambda error: type(error).__name__)
def test_what_was_never_sent_was_never_billed(fault: Fault, error: Exception) -> None:
    """No connection, no work: the attempt is not marked as perhaps billed."""
    found = fault(error)
    assert not found.maybe_billed
    assert (found.status, found.request_id) == (None, None)


def test_what_no_request_can_be_made_of_is_not_tried_again(fault: Fault) -> None:
    """A header with a line break stays one; what the transport quotes of it, the key perhaps, is not repeated."""
    found = fault(httpx2.LocalProtocolError(f"Illegal header value b'Bearer {KEY}\\n'"))
    assert not found.retryable
    assert "no request can be made of its headers" in found.surface.detail
    assert KEY not in str(found)


def test_an_answer_that_cannot_be_decoded_was_one(fault: Fault) -> None:
    """It is paid for: the next one would be paid for too, and no better."""
    found = fault(httpx2.DecodingError("incorrect header check"))
    assert (found.retryable, found.maybe_billed) == (False, True)
    assert "cannot be decoded" in found.surface.detail


def test_an_upstream_that_cannot_be_reached_is_worth_another_try(fault: Fault) -> None:
    """With a code and a message of its own."""
    found = fault(httpx2.ConnectError("no route"))
    assert (type(found.surface), found.surface.code, found.retryable) == (UpstreamError, "upstream_unreachable", True)
    assert "could not be reached; check OPENAI_BASE_URL" in found.surface.detail
    assert found.surface.fields == {"upstream_status": None, "upstream_request_id": None}


CUT = [httpx2.RemoteProtocolError("cut"), httpx2.ReadError("reset"), httpx2.WriteError("broken pipe")]


@pytest.mark.parametrize("error", CUT, ids=lambda error: type(error).__name__)
def test_a_cut_connection_may_have_been_billed(fault: Fault, error: Exception) -> None:
    """The request had left; nobody knows how far it got."""
    found = fault(error)
    assert (found.surface.code, found.retryable, found.maybe_billed) == ("upstream_unreachable", True, True)
    assert "closed the connection before it answered" in found.surface.detail


@pytest.mark.parametrize("error", [httpx2.ReadTimeout("slow"), httpx2.WriteTimeout("slow")])
def test_a_timeout_of_the_transport_is_a_timeout(fault: Fault, error: Exception) -> None:
    """The time is used up: no other try, and perhaps billed."""
    found = fault(error)
    assert type(found.surface) is UpstreamTimeoutError
    assert (found.retryable, found.maybe_billed, found.retry_after) == (False, True, None)


WAITS: dict[str, tuple[dict[str, str], float | None]] = {
    "nothing": ({}, None),
    "seconds": ({"retry_after": "3"}, 3),
    "parts of a second": ({"retry_after": "0.5"}, 0.5),
    "milliseconds": ({"retry_after_ms": "250"}, 0.25),
    "milliseconds go first": ({"retry_after_ms": "250", "retry_after": "9"}, 0.25),
    "a day long past": ({"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    "garbage": ({"retry_after": "soon"}, None),
    "an empty text": ({"retry_after": ""}, None),
    "less than nothing": ({"retry_after": "-5"}, None),
    "milliseconds less than nothing": ({"retry_after_ms": "-5"}, None),
    "bad milliseconds hide no seconds": ({"retry_after_ms": "-5", "retry_after": "2"}, 2),
    "nor do words": ({"retry_after_ms": "soon", "retry_after": "2"}, 2),
    "garbage in milliseconds": ({"retry_after_ms": "soon"}, None),
    "no number at all": ({"retry_after_ms": "nan"}, None),
    "for ever": ({"retry_after_ms": "inf"}, None),
    "too large": ({"retry_after": "9" * 30}, None),
    "a day without a zone": ({"retry_after": "Wed, 21 Oct 2015 07:28:00"}, 0),
    "a day in no zone": ({"retry_after": "Wed, 21 Oct 2015 07:28:00 -0000"}, 0),
}


@pytest.mark.parametrize(("headers", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_the_wait_that_was_asked_for_is_read(fault: Fault, headers: dict[str, str], seconds: float | None) -> None:
    """In seconds, milliseconds or as a date; what cannot be read is as if it were not there."""
    found = fault(refusal(429, **headers))
    assert found.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_a_wait_until_a_day_is_counted_from_now(fault: Fault) -> None:
    """An HTTP date in an hour is an hour."""
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    found = fault(refusal(503, retry_after=moment))
    assert found.retry_after is not None
    assert timedelta(minutes=59) < found.retry_after <= timedelta(hours=1)


SHOWN: list[tuple[int, dict[str, str], Any]] = [
    (429, {"retry_after": "3"}, 3),
    (503, {"retry_after": "3"}, 3),
    (429, {"retry_after_ms": "300"}, 1),  # never less than what was asked for: 0 would invite a flood
    (500, {"retry_after": "3"}, None),
    (429, {}, None),
]


@pytest.mark.parametrize(("status", "headers", "shown"), SHOWN)
def test_the_caller_is_told_how_long_to_wait(
    fault: Fault, status: int, headers: dict[str, str], shown: int | None
) -> None:
    """In whole seconds, rounded up, beside an error that says that it will pass."""
    assert (fault(refusal(status, **headers))).surface.fields.get("retry_after_seconds") == shown


SAID: list[tuple[int, str, bool]] = [
    (500, "false", NEVER),
    (429, "false", NEVER),
    (400, "true", AGAIN),
    (500, "perhaps", AGAIN),
]


@pytest.mark.parametrize(("status", "said", "retryable"), SAID)
def test_the_upstreams_own_word_on_retries_goes_first(fault: Fault, status: int, said: str, *, retryable: bool) -> None:
    """As OpenAI's own client takes it; what is neither yes nor no is no word."""
    assert fault(refusal(status, x_should_retry=said)).retryable is retryable


def test_a_redirect_says_where_it_would_have_led(fault: Fault) -> None:
    """Without what may be secret in its query."""
    found = fault(refusal(308, location="https://elsewhere.invalid/v1?token=secret"))
    assert "redirect to https://elsewhere.invalid/v1 (status 308), which is not followed" in found.surface.detail
    assert "secret" not in found.surface.detail


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b'{"error": 7}', b'{"error": {"code": {"a": 1}}}', b"\xff"])
def test_an_error_in_any_form_is_read(fault: Fault, body: bytes) -> None:
    assert fault(httpx2.Response(500, content=body)).surface.fields["upstream_code"] is None
