from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx2
import pytest
from structlog.testing import capture_logs

from app.errors import UpstreamError, UpstreamTimeoutError, UpstreamUnavailableError
from app.services.gen_ai.core.operation import SettledAttempt
from app.services.gen_ai.wire.formats import read_completion
from app.vocabulary import AttemptStatus
from tests.fakes.gate import Gate
from tests.fakes.scripted_upstream import Step, completion, raw, refusal

PAYLOAD = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi."}]}
MEASURED, UNKNOWN, UNBILLED = AttemptStatus.MEASURED, AttemptStatus.UNKNOWN, AttemptStatus.UNBILLED


async def call(gate: Gate, *, seconds: float = 60) -> tuple[str, list[SettledAttempt]]:
    """The text that came back, and the attempts that it took."""
    settled: list[SettledAttempt] = []
    envelope = await gate.caller.call(gate.operation(seconds=seconds), gate.request(PAYLOAD), settled)
    return read_completion(envelope).text, settled


def statuses(gate: Gate) -> list[AttemptStatus]:
    return [row.status for row in gate.ledger.opened]


async def test_an_answer_leaves_one_measured_row(gate: Gate) -> None:
    """Opened before, settled after; the caller gets what the ledger got."""
    gate.upstream.then(completion("Hello."))
    text, settled = await call(gate)
    assert text == "Hello."
    (row,) = gate.ledger.opened
    assert settled == [SettledAttempt(row.attempt, row.settlement)] if row.settlement else False
    assert row.status is MEASURED
    assert (row.attempt.operation_id, row.attempt.operation, row.attempt.service) == (
        "op_1",
        "build_strategy",
        "strategy_builder",
    )
    assert (row.attempt.caller_id, row.attempt.model_id, row.attempt.streamed) == ("alice", "gpt-4o-mini", False)
    assert row.attempt.opened_at == gate.clock.now()


async def test_the_gates_own_request_is_what_the_sdk_sends(gate: Gate) -> None:
    """The same method, address, headers and body as `post`, which builds them anew for each request."""
    gate.upstream.then(completion(), completion())
    await call(gate)
    await gate.manager.get_client("strategy_builder", "alice").post(
        "/chat/completions", cast_to=object, body=PAYLOAD | {"service_tier": "default"}, options={"timeout": 60}
    )
    own, others = gate.upstream.requests
    of_one = {"x-client-request-id", "content-length", "x-stainless-retry-count", "x-stainless-read-timeout"}
    told, expected = ({k: v for k, v in request.headers.items() if k not in of_one} for request in (own, others))
    assert told == expected
    assert (own.method, own.url) == (others.method, others.url)
    assert own.extensions["timeout"] == others.extensions["timeout"]
    assert gate.upstream.bodies[0] | {"service_tier": "default"} == gate.upstream.bodies[1]


async def test_a_retry_is_told_in_our_words(gate: Gate) -> None:
    """Why, how often, and after how long; at the level of what is usual."""
    gate.upstream.then(refusal(503, retry_after="0.01"), completion())
    with capture_logs() as logs:
        await call(gate)
    (told,) = [line for line in logs if line["event"] == "tried_again"]
    assert (told["log_level"], told["tries"], told["wait_seconds"]) == ("info", 1, 0.01)
    assert "OpenAI does not take the request at the moment (status 503)" in told["because"]


async def test_the_row_is_there_before_anything_is_sent(gate: Gate) -> None:
    """While the upstream works, the attempt is open in the ledger."""
    seen: list[AttemptStatus] = []

    async def look() -> httpx2.Response:
        seen.extend(statuses(gate))
        return completion()

    gate.upstream.then(look)
    await call(gate)
    assert seen == [AttemptStatus.OPEN]


async def test_each_try_leaves_a_row(gate: Gate) -> None:
    """Two faults that may pass, then an answer: three rows of one operation, and three attempts for the receipt."""
    gate.upstream.then(httpx2.ConnectError("no route"), refusal(500), completion("At last."))
    text, settled = await call(gate)
    assert text == "At last."
    assert statuses(gate) == [UNBILLED, UNKNOWN, MEASURED]
    assert [item.settlement.status for item in settled] == statuses(gate)
    assert {row.attempt.operation_id for row in gate.ledger.opened} == {"op_1"}
    assert len({row.attempt.attempt_id for row in gate.ledger.opened}) == 3


async def test_each_request_carries_the_id_of_its_attempt(gate: Gate) -> None:
    """A retry has a name of its own: whatever OpenAI logs or bills, it belongs to one row."""
    gate.upstream.then(refusal(500), completion())
    await call(gate)
    names = [request.headers["x-client-request-id"] for request in gate.upstream.requests]
    assert names == [row.attempt.attempt_id for row in gate.ledger.opened]
    assert len(set(names)) == 2


async def test_the_last_fault_is_the_one_that_is_told(gate: Gate) -> None:
    """After the last try the caller learns why it failed; every try is in the ledger."""
    gate.upstream.then(refusal(500), refusal(502), refusal(503))
    with pytest.raises(UpstreamUnavailableError) as caught:
        await call(gate)
    assert caught.value.fields["upstream_status"] == 503
    assert statuses(gate) == [UNKNOWN, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("tries", [1, 2, 5])
async def test_there_are_as_many_tries_as_were_set(tries: int) -> None:
    """And not one more."""
    async with Gate.build(*[refusal(429)] * tries, max_tries=tries) as gate:
        with pytest.raises(UpstreamUnavailableError):
            await call(gate)
        assert len(gate.upstream.bodies) == tries
        assert statuses(gate) == [UNBILLED] * tries


HOPELESS = [(status, None) for status in (400, 401, 403, 404, 422)] + [(429, "insufficient_quota")]


@pytest.mark.parametrize(("status", "code"), HOPELESS)
async def test_what_will_not_pass_is_not_tried_again(gate: Gate, status: int, code: str | None) -> None:
    """One request, one unbilled row."""
    gate.upstream.then(refusal(status, code))
    with pytest.raises(UpstreamError):
        await call(gate)
    assert statuses(gate) == [UNBILLED]


async def test_a_wait_that_was_asked_for_is_kept(gate: Gate, naps: list[float]) -> None:
    """Retry-After is the pause before the next try, to the millisecond."""
    gate.upstream.then(refusal(429, retry_after="7"), refusal(503, retry_after_ms="1500"), completion())
    await call(gate)
    assert naps == [7, 1.5]


async def test_without_a_wishes_the_pause_grows(gate: Gate, naps: list[float]) -> None:
    """A short pause with some chance in it, at most 5 seconds."""
    gate.upstream.then(refusal(500), refusal(500), completion())
    await call(gate)
    assert len(naps) == 2
    assert all(0.1 <= nap <= 5 for nap in naps)


@pytest.mark.parametrize("wait", ["60", "61", "100000"])
async def test_nobody_waits_beyond_the_deadline(gate: Gate, naps: list[float], wait: str) -> None:
    """A wait that ends after the operation's time is not begun; the caller is told how long it would be."""
    gate.upstream.then(refusal(429, retry_after=wait))
    with pytest.raises(UpstreamUnavailableError) as caught:
        await call(gate)
    assert naps == []
    assert caught.value.fields["retry_after_seconds"] == int(wait)
    assert statuses(gate) == [UNBILLED]


async def test_no_pause_is_begun_that_ends_after_the_deadline(gate: Gate, naps: list[float]) -> None:
    """The shortest pause is 0.1 seconds: with 0.05 left the fault is told at once, and not a timeout later."""
    gate.upstream.then(refusal(500), completion())
    with pytest.raises(UpstreamError) as caught:
        await call(gate, seconds=0.05)
    assert naps == []
    assert caught.value.fields["upstream_status"] == 500


async def test_when_the_time_is_used_up_nothing_is_sent(gate: Gate) -> None:
    """No request and no row."""
    with pytest.raises(UpstreamTimeoutError, match="The time for this operation is used up"):
        await call(gate, seconds=0)
    assert gate.upstream.bodies == []
    assert gate.ledger.opened == ()


async def test_time_that_runs_out_between_tries_ends_the_operation(gate: Gate) -> None:
    """The second try is not sent; the first one is in the ledger."""
    gate.upstream.then(slow_fault(gate, 61))
    with pytest.raises(UpstreamError):
        await call(gate)
    assert statuses(gate) == [UNKNOWN]


async def test_a_retry_gets_only_the_time_that_is_left(gate: Gate) -> None:
    """The deadline is for all tries together."""
    gate.upstream.then(slow_fault(gate, 45), completion())
    await call(gate)
    assert [request.extensions["timeout"]["read"] for request in gate.upstream.requests] == [60, 15]


async def test_the_latency_is_the_time_of_the_call(gate: Gate) -> None:
    """In milliseconds, for a fault and for an answer, each on its own."""

    async def slow() -> httpx2.Response:
        gate.clock.move_to(gate.clock.now() + timedelta(milliseconds=250))
        return completion()

    gate.upstream.then(slow_fault(gate, 2), slow)
    _, settled = await call(gate)
    assert [item.settlement.latency_ms for item in settled] == pytest.approx([2000, 250])


UNREADABLE = [b"<html>maintenance</html>", b'{"id": "chatcmpl-1", "choices": [{"mess', b"", b"[]"]


@pytest.mark.parametrize("body", UNREADABLE)
async def test_a_body_that_cannot_be_read_is_an_unknown_cost(gate: Gate, body: bytes) -> None:
    """It was billed, nobody knows how much; it is not tried again, and the caller is told."""
    gate.upstream.then(raw(body, "text/html"))
    with pytest.raises(UpstreamError, match="OpenAI's answer cannot be read") as caught:
        await call(gate)
    told = {name: value for name, value in caught.value.fields.items() if value is not None}
    page = {"upstream_message": "an HTML page: maintenance"} if body.startswith(b"<") else {}
    assert told == {"upstream_status": 200, "upstream_request_id": "req_raw"} | page
    (row,) = gate.ledger.opened
    assert row.settlement is not None
    assert (row.status, row.settlement.error, row.settlement.cost_usd) == (UNKNOWN, "unreadable_answer", None)
    assert (row.settlement.upstream_status, row.settlement.upstream_request_id) == (200, "req_raw")


FAULTS: list[tuple[Step, AttemptStatus, str, int | None, str | None]] = [
    (refusal(400), UNBILLED, "upstream_error", 400, "req_error"),
    (refusal(429, "insufficient_quota"), UNBILLED, "upstream_quota_exhausted", 429, "req_error"),
    (refusal(501, x_should_retry="false"), UNKNOWN, "upstream_error", 501, "req_error"),
    (httpx2.ReadTimeout("slow"), UNKNOWN, "upstream_timeout", None, None),
]


@pytest.mark.parametrize(("step", "status", "error", "upstream_status", "request_id"), FAULTS)
async def test_a_fault_is_written_down_with_its_code(
    gate: Gate, *, step: Step, status: AttemptStatus, error: str, upstream_status: int | None, request_id: str | None
) -> None:
    """Status and request id of OpenAI, so that its support can find the request; no tokens, no cost."""
    gate.upstream.then(step)
    with pytest.raises(UpstreamError):
        await call(gate)
    (row,) = gate.ledger.opened
    assert row.settlement is not None
    assert (row.status, row.settlement.error) == (status, error)
    assert (row.settlement.upstream_status, row.settlement.upstream_request_id) == (upstream_status, request_id)
    assert (row.settlement.tokens, row.settlement.cost_usd) == (None, None)


def slow_fault(gate: Gate, seconds: float) -> Callable[[], Awaitable[httpx2.Response]]:
    """A 500 that takes its time on the clock of the tests."""

    async def answer() -> httpx2.Response:
        gate.clock.move_to(gate.clock.now() + timedelta(seconds=seconds))
        return refusal(500)

    return answer
