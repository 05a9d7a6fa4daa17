import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from app.errors import UpstreamError, UpstreamTimeoutError, UpstreamUnavailableError
from app.services.gen_ai.wire.upstream import Upstream, UpstreamFaultError, UpstreamReply
from tests.fakes.scripted_upstream import KEY, ScriptedUpstream, Step, completion, raw, refusal

PAYLOAD = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi."}]}
Fault = Callable[[Step], Awaitable[UpstreamFaultError]]


@pytest.fixture
async def openai() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream() as scripted:
        yield scripted


@pytest.fixture
def fault(openai: ScriptedUpstream) -> Fault:
    """Sends one request that must fail, and gives what it failed with."""

    async def send(step: Step) -> UpstreamFaultError:
        openai.then(step)
        with pytest.raises(UpstreamFaultError) as caught:
            await Upstream(openai.client).send(PAYLOAD, client_request_id="att_1", seconds=30)
        return caught.value

    return send


async def test_an_answer_comes_back_as_it_was_sent(openai: ScriptedUpstream) -> None:
    """Status, request id and the bytes; nothing is parsed."""
    openai.then(raw(b"<html>", "text/html"))
    reply = await Upstream(openai.client).send(PAYLOAD, client_request_id="att_1", seconds=30)
    assert reply == UpstreamReply(200, "req_raw", b"<html>")


async def test_the_payload_is_sent_as_it_is(openai: ScriptedUpstream) -> None:
    """To the one path, once, with the key and our own name for it in its headers."""
    openai.then(completion())
    await Upstream(openai.client).send(PAYLOAD, client_request_id="att_1", seconds=30)
    (request,) = openai.requests
    assert openai.bodies == [PAYLOAD]
    assert (request.method, request.url.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-client-request-id"] == "att_1"
    assert request.extensions["timeout"] == {"connect": 30, "read": 30, "write": 30, "pool": 30}


NEVER, AGAIN = False, True
STATUSES: list[tuple[int, str | None, type[UpstreamError], str, bool, bool]] = [
    # status, code of the body, error, its code, worth another try, perhaps billed
    (400, "invalid_value", UpstreamError, "upstream_error", NEVER, False),
    (400, "billing_hard_limit_reached", UpstreamError, "upstream_quota_exhausted", NEVER, False),
    (401, "invalid_api_key", UpstreamError, "upstream_error", NEVER, False),
    (403, None, UpstreamError, "upstream_error", NEVER, False),
    (404, "model_not_found", UpstreamError, "upstream_error", NEVER, False),
    (408, None, UpstreamTimeoutError, "upstream_timeout", AGAIN, False),
    (409, None, UpstreamError, "upstream_error", AGAIN, False),
    (413, None, UpstreamError, "upstream_error", NEVER, False),
    (422, None, UpstreamError, "upstream_error", NEVER, False),
    (429, "rate_limit_exceeded", UpstreamUnavailableError, "upstream_unavailable", AGAIN, False),
    (429, None, UpstreamUnavailableError, "upstream_unavailable", AGAIN, False),
    (429, "insufficient_quota", UpstreamUnavailableError, "upstream_quota_exhausted", NEVER, False),
    (500, "server_error", UpstreamError, "upstream_error", AGAIN, True),
    (501, None, UpstreamError, "upstream_error", NEVER, True),
    (502, None, UpstreamError, "upstream_error", AGAIN, True),
    (503, None, UpstreamUnavailableError, "upstream_unavailable", AGAIN, True),
    (504, None, UpstreamTimeoutError, "upstream_timeout", AGAIN, True),
]


@pytest.mark.parametrize(("status", "body_code", "kind", "code", "retryable", "maybe_billed"), STATUSES)
async def test_each_error_status_is_told_apart(
    fault: Fault, status: int, body_code: str | None, kind: type[UpstreamError], code: str, *,
    retryable: bool, maybe_billed: bool,
) -> None:  # fmt: skip
    """What the caller is told, whether another try makes sense, and whether the work may have been done."""
    found = await fault(refusal(status, body_code))
    assert type(found.surface) is kind
    assert (found.surface.code, found.retryable, found.maybe_billed) == (code, retryable, maybe_billed)
    assert (found.status, found.request_id) == (status, "req_error")
    assert found.surface.fields["upstream_code"] == body_code


async def test_an_error_without_a_json_body_is_an_error_like_others(fault: Fault) -> None:
    """A proxy answers with HTML."""
    found = await fault(httpx2.Response(502, content=b"<html>Bad gateway</html>"))
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
async def test_the_message_says_what_to_do(fault: Fault, status: int, code: str | None, advice: str) -> None:
    """A person reads it."""
    assert advice in (await fault(refusal(status, code))).surface.detail


@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_no_message_repeats_what_the_upstream_or_the_key_said(fault: Fault, status: int) -> None:
    """OpenAI's texts may quote the prompt or the key."""
    found = await fault(refusal(status))
    assert "made up for a test" not in found.surface.detail + str(found) + str(found.surface.fields)
    assert KEY not in found.surface.detail


UNSENT = [httpx2.ConnectError("no route"), httpx2.ConnectTimeout("slow"), httpx2.PoolTimeout("busy")]


@pytest.mark.parametrize("error", UNSENT, ids=lambda error: type(error).__name__)
async def test_what_was_never_sent_was_never_billed(fault: Fault, error: Exception) -> None:
    """No connection, no work: the attempt is not marked as perhaps billed."""
    found = await fault(error)
    assert not found.maybe_billed
    assert (found.status, found.request_id) == (None, None)


async def test_an_upstream_that_cannot_be_reached_is_worth_another_try(fault: Fault) -> None:
    """With a code and a message of its own."""
    found = await fault(httpx2.ConnectError("no route"))
    assert (type(found.surface), found.surface.code, found.retryable) == (UpstreamError, "upstream_unreachable", True)
    assert "could not be reached; check OPENAI_BASE_URL" in found.surface.detail
    assert found.surface.fields == {"upstream_status": None, "upstream_request_id": None}


CUT = [httpx2.RemoteProtocolError("cut"), httpx2.ReadError("reset"), httpx2.WriteError("broken pipe")]


@pytest.mark.parametrize("error", CUT, ids=lambda error: type(error).__name__)
async def test_a_cut_connection_may_have_been_billed(fault: Fault, error: Exception) -> None:
    """The request had left; nobody knows how far it got."""
    found = await fault(error)
    assert (found.surface.code, found.retryable, found.maybe_billed) == ("upstream_unreachable", True, True)
    assert "closed the connection before it answered" in found.surface.detail


@pytest.mark.parametrize("error", [httpx2.ReadTimeout("slow"), httpx2.WriteTimeout("slow")])
async def test_a_timeout_of_the_transport_is_a_timeout(fault: Fault, error: Exception) -> None:
    """The time is used up: no other try, and perhaps billed."""
    found = await fault(error)
    assert type(found.surface) is UpstreamTimeoutError
    assert (found.retryable, found.maybe_billed, found.retry_after) == (False, True, None)


async def test_an_answer_that_dribbles_is_cut_off_in_time(openai: ScriptedUpstream) -> None:
    """The limit is for the whole answer, not for each piece of it as in the client."""

    async def never() -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    openai.then(never)
    with pytest.raises(UpstreamFaultError, match="OpenAI did not answer within") as caught:
        await Upstream(openai.client).send(PAYLOAD, client_request_id="att_1", seconds=0.01)
    assert isinstance(caught.value.surface, UpstreamTimeoutError)
    assert caught.value.maybe_billed


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
    "garbage in milliseconds": ({"retry_after_ms": "soon"}, None),
    "no number at all": ({"retry_after_ms": "nan"}, None),
    "for ever": ({"retry_after_ms": "inf"}, None),
    "too large": ({"retry_after": "9" * 30}, None),
    "a day without a zone": ({"retry_after": "Wed, 21 Oct 2015 07:28:00"}, 0),
    "a day in no zone": ({"retry_after": "Wed, 21 Oct 2015 07:28:00 -0000"}, 0),
}


@pytest.mark.parametrize(("headers", "seconds"), WAITS.values(), ids=WAITS.keys())
async def test_the_wait_that_was_asked_for_is_read(
    fault: Fault, headers: dict[str, str], seconds: float | None
) -> None:
    """In seconds, milliseconds or as a date; what cannot be read is as if it were not there."""
    found = await fault(refusal(429, **headers))
    assert found.retry_after == (None if seconds is None else timedelta(seconds=seconds))


async def test_a_wait_until_a_day_is_counted_from_now(fault: Fault) -> None:
    """An HTTP date in an hour is an hour."""
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    found = await fault(refusal(503, retry_after=moment))
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
async def test_the_caller_is_told_how_long_to_wait(
    fault: Fault, status: int, headers: dict[str, str], shown: int | None
) -> None:
    """In whole seconds, rounded up, beside an error that says that it will pass."""
    assert (await fault(refusal(status, **headers))).surface.fields.get("retry_after_seconds") == shown
