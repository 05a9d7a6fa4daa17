"""The meter, where nobody gets past it: under the one client, whatever is sent with it.

A request is written down with its worst case before it leaves, and settled from the bytes that come back, before
anybody parses them. Who stops waiting for an answer does not break it off: it is read on, for its usage.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx2
from typing_extensions import override

from app.background import BackgroundWork, set_within
from app.clock import Clock
from app.errors import TollgateError, UpstreamError, UpstreamTimeoutError
from app.ids import new_id
from app.services.gen_ai.core.foreign_request import ForeignRequests, refusal
from app.services.gen_ai.core.metered_client import UNATTRIBUTED
from app.services.gen_ai.core.metered_stream import (
    MeteredStream,
    Relay,
    RelayedBody,
    StreamLimits,
    decoded,
    relay_to_others,
    text_of,
)
from app.services.gen_ai.core.operation import SettledAttempt
from app.services.gen_ai.core.ticket import EXTENSION, Sender, Ticket
from app.services.gen_ai.core.usage_tracker import UsageTracker, log_words
from app.services.gen_ai.ledger.port import Attempt, Settlement
from app.services.gen_ai.rules.budgets import BudgetExceededError
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.services.gen_ai.wire import faults
from app.services.gen_ai.wire.answer import open_envelope
from app.services.gen_ai.wire.faults import UpstreamFaultError
from app.services.gen_ai.wire.formats import format_of
from app.services.gen_ai.wire.messages import UnreadableAnswerError, UpstreamReply
from app.services.gen_ai.wire.upstream_words import (
    NOTHING_SAID,
    UpstreamWords,
    page_words,
    read_words,
    secrets_of,
    words_of,
)

_OUR_NAME = "X-Client-Request-Id"
"""OpenAI logs it: of a request that was never answered it is the only name that both sides know
(https://developers.openai.com/api/reference/overview, "Supplying your own request ID")."""
_SUCCESS = range(200, 300)
_QUICK_BODY = 1_000_000
"""Bytes."""
_LOOK_AGAIN_SECONDS = 0.5
"""Between two tries to reserve: other processes set room free without telling."""


@dataclass(slots=True)
class _Exchange:
    """A request on its way. `relay` is None for the gate's own calls: they are answered through their ticket."""

    ticket: Ticket
    request: httpx2.Request
    attempt: Attempt
    started: float
    relay: Relay[bytes] | None
    begun: bool = False


class MeteredTransport(httpx2.AsyncBaseTransport):
    """`upstream`: its name in the ledger. `drain_seconds`: how long an answer is read on for its usage after whoever
    waited for it has gone.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        *,
        upstream: str,
        foreign: ForeignRequests,
        policies: PolicyRegistry,
        tracker: UsageTracker,
        background: BackgroundWork,
        clock: Clock,
        drain_seconds: float,
    ) -> None:
        self._inner = inner
        self._upstream = upstream
        self._foreign = foreign
        self._policies = policies
        self._tracker = tracker
        self._background = background
        self._clock = clock
        self._drain_seconds = drain_seconds
        self._settled_one = asyncio.Event()

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The gate's own call is told what went wrong by an exception, anybody else as OpenAI would tell it.

        Raises:
            UpstreamFaultError, TollgateError: only to the gate's own calls.
            httpx2.RequestError: no answer came.
        """
        ticket = request.extensions.get(EXTENSION)
        if isinstance(ticket, Ticket):
            return await self._send(ticket, request, None)
        sender = ticket if isinstance(ticket, Sender) else Sender(UNATTRIBUTED, new_id("op"))
        try:
            return await self._send_foreign(request, sender)
        except TollgateError as refused:
            return refusal(refused)

    async def _send_foreign(self, request: httpx2.Request, sender: Sender) -> httpx2.Response:
        admitted = await self._foreign.admit(request, sender)
        if admitted is None:
            return await self._inner.handle_async_request(request)
        relay = relay_to_others(hides_usage=admitted.hides_usage)
        try:
            return await self._send(admitted.ticket, admitted.request, relay)
        except UpstreamFaultError as fault:
            cause = fault.__cause__
            if isinstance(cause, httpx2.RequestError):
                raise cause from fault
            kind = httpx2.ReadTimeout if isinstance(fault.surface, UpstreamTimeoutError) else httpx2.ConnectError
            raise kind(str(fault), request=request) from fault

    async def _send(self, ticket: Ticket, request: httpx2.Request, relay: Relay[bytes] | None) -> httpx2.Response:
        """In a task of its own: what was sent is settled by its answer, whoever has stopped waiting for it."""
        attempt = await self._open(ticket)
        request.headers[_OUR_NAME] = attempt.attempt_id
        sent = _Exchange(ticket, request, attempt, self._clock.monotonic(), relay)
        # A future of our own in place of a shield: the event loop turns once less.
        answer: asyncio.Future[httpx2.Response] = asyncio.get_running_loop().create_future()
        exchange = self._background.spawn(self._exchange_for(answer, sent))
        exchange.add_done_callback(lambda _: self._ended(answer, sent))
        try:
            return await answer
        except asyncio.CancelledError:
            _drain(exchange, ticket, self._drain_seconds)
            raise

    async def _open(self, ticket: Ticket) -> Attempt:
        """The attempt, recorded with its worst case; only now may it be sent.

        Raises: as `UsageLedger.open`.
        """
        patience = self._policies.policy(ticket.operation.service).patience_seconds
        until = min(self._clock.monotonic() + patience, ticket.operation.deadline)
        while True:
            self._settled_one.clear()
            try:
                return await self._open_once(ticket)
            except BudgetExceededError as error:
                left = until - self._clock.monotonic()
                if not error.only_reserved or left <= 0:
                    raise
            await set_within(self._settled_one, min(left, _LOOK_AGAIN_SECONDS))

    async def _open_once(self, ticket: Ticket) -> Attempt:
        operation, worst = ticket.operation, ticket.request.worst if ticket.request else None
        attempt = Attempt(
            attempt_id=new_id("att"),
            operation_id=operation.operation_id,
            service=operation.service,
            operation=operation.name,
            caller_id=operation.caller_id,
            requested_model_id=operation.requested_model_id,
            model_id=ticket.model_id,
            streamed=ticket.streamed,
            opened_at=self._clock.now(),
            worst_tokens=worst.tokens if worst else 0,
            worst_usd=worst.usd if worst else None,
            upstream=self._upstream,
            wire=ticket.wire,
        )
        try:
            await self._tracker.open(attempt)
        except asyncio.CancelledError:
            # Who asked has gone while it was being written: it will never be sent, and must not stay open.
            self._background.spawn(self._tracker.track_unsent(attempt))
            raise
        return attempt

    async def _exchange_for(self, answer: "asyncio.Future[httpx2.Response]", sent: _Exchange) -> None:
        try:
            response = await self._exchanged(sent)
        except Exception as error:  # noqa: BLE001  whoever waits gets it
            if not answer.done():
                answer.set_exception(error)
        else:
            if answer.done():
                await response.aclose()  # nobody is left who would
            else:
                answer.set_result(response)

    def _ended(self, answer: "asyncio.Future[httpx2.Response]", sent: _Exchange) -> None:
        """A shutdown may cancel it before it began: nothing was sent, and whoever waits is told."""
        answer.cancel()
        if not sent.begun:
            self._background.spawn(self._tracker.track_unsent(sent.attempt))

    async def _exchanged(self, sent: _Exchange) -> httpx2.Response:
        sent.begun = True
        seconds = max(sent.ticket.operation.deadline - sent.started, 0.0)
        try:
            async with asyncio.timeout(seconds):
                response = await self._inner.handle_async_request(sent.request)
                if response.status_code in _SUCCESS and sent.ticket.request is None:
                    return await self._passed_on(sent, response)
                if response.status_code in _SUCCESS and sent.ticket.streamed:
                    return self._streamed(sent, response)
                body = await response.aread()
                await response.aclose()
        except TimeoutError as error:
            raise await self._fault(sent, faults.late(seconds)) from error
        except faults.BROKEN as error:
            raise await self._fault(sent, faults.broken(error, seconds)) from error
        except BaseException:
            # Whatever ends it, a shutdown above all: the row must close.
            self._note(sent, await self._tracker.track_fault(sent.attempt, None, latency_ms=self._since(sent)))
            raise
        if response.status_code not in _SUCCESS:
            words = read_words(body, secrets_of(sent.request.headers))
            refused = faults.refused(response.status_code, response.headers, words, sent.ticket.model_id)
            fault = await self._fault(sent, refused)
            if sent.relay is None:
                raise fault
        else:
            await self._answered(sent, body, UpstreamReply(response.status_code, response.headers.get("x-request-id")))
        return response if sent.relay is None else decoded(response, content=body)

    async def _passed_on(self, sent: _Exchange, response: httpx2.Response) -> httpx2.Response:
        """An answer that cannot be metered is not read here: it may be a film."""
        reply = UpstreamReply(response.status_code, response.headers.get("x-request-id"))
        self._note(sent, await self._tracker.track_unmetered(sent.attempt, reply, latency_ms=self._since(sent)))
        return response

    def _streamed(self, sent: _Exchange, response: httpx2.Response) -> httpx2.Response:
        request = sent.ticket.request
        assert request is not None  # noqa: S101  only what is metered is streamed under a ticket
        options: dict[str, Any] = {
            "attempt": sent.attempt,
            "request": request,
            "response": response,
            "reader": format_of(sent.ticket.wire).stream_reader(),
            "tracker": self._tracker,
            "background": self._background,
            "clock": self._clock,
            "limits": StreamLimits(sent.ticket.operation.deadline, self._drain_seconds),
            "started": sent.started,
            "settled": self._settled_one.set,
            "secrets": secrets_of(sent.request.headers),
        }
        if sent.relay is None:
            sent.ticket.stream = MeteredStream(relay=text_of, **options)
            return httpx2.Response(response.status_code)
        stream = sent.ticket.stream = MeteredStream(relay=sent.relay, **options)
        return decoded(response, stream=RelayedBody(stream, sent.request))

    async def _answered(self, sent: _Exchange, body: bytes, reply: UpstreamReply) -> None:
        """Settles an answer that came whole.

        Raises:
            UpstreamError: to the gate's own call, where it cannot be read.
        """
        latency_ms, request = self._since(sent), sent.ticket.request
        assert request is not None  # noqa: S101  what cannot be metered is passed on unread
        try:
            long = len(body) > _QUICK_BODY  # vectors by the thousand, for instance: not on the event loop
            envelope = await asyncio.to_thread(open_envelope, body) if long else open_envelope(body)
        except UnreadableAnswerError as error:
            words = page_words(body, secrets_of(sent.request.headers))
            self._note(sent, await self._tracker.track_unreadable(sent.attempt, reply, latency_ms=latency_ms), words)
            if sent.relay is None:
                raise UpstreamError(
                    f"OpenAI's answer cannot be read ({error}); try again",
                    upstream_status=reply.status,
                    upstream_request_id=reply.request_id,
                    **words.fields(),
                ) from error
            return
        sent.ticket.envelope = envelope
        settlement = await self._tracker.track_usage(sent.attempt, request, envelope, reply, latency_ms=latency_ms)
        failure = envelope.failure
        words = words_of(failure, secrets_of(sent.request.headers)) if failure else NOTHING_SAID
        self._note(sent, settlement, words)

    async def _fault(self, sent: _Exchange, fault: UpstreamFaultError) -> UpstreamFaultError:
        settlement = await self._tracker.track_fault(sent.attempt, fault, latency_ms=self._since(sent))
        self._note(sent, settlement, fault.words)
        return fault

    def _note(self, sent: _Exchange, settlement: Settlement, words: UpstreamWords = NOTHING_SAID) -> None:
        log_words(sent.attempt, settlement, words)
        sent.ticket.settled.append(SettledAttempt(sent.attempt, settlement, words=words))
        self._settled_one.set()

    def _since(self, sent: _Exchange) -> float:
        return (self._clock.monotonic() - sent.started) * 1000

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


def _drain(exchange: "asyncio.Task[None]", ticket: Ticket, seconds: float) -> None:
    """Lets an exchange that nobody waits for come to its end, for so many seconds at most."""
    timer = asyncio.get_running_loop().call_later(seconds, exchange.cancel)

    def ended(_: "asyncio.Task[None]") -> None:
        timer.cancel()
        if ticket.stream is not None:
            ticket.stream.hang_up()

    exchange.add_done_callback(ended)
