"""What happens once for each `Idempotency-Key`: the answer is kept, and given again to a repeat.

A request without a key can have one made of what it says: then it is a repeat of the same request of the same caller.
"""

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, Self

import structlog

from app.clock import Clock
from app.errors import TollgateError

_NO_KEY = "no key: "


class AnswerStoreUnavailableError(TollgateError):
    """A request that must run once at most does not run at all while nobody can know whether it did."""

    status = 503
    code = "idempotency_unavailable"
    title = "The Idempotency-Key cannot be checked"


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request under a key of its caller. `fingerprint` is the SHA-256 of its method, path and body, in hex."""

    caller_id: str
    key: str
    fingerprint: str

    @classmethod
    def without_key(cls, caller_id: str, fingerprint: str, *, streams: bool) -> Self:
        """The request names itself. No key of a caller has a space in it, so it never meets one."""
        return cls(caller_id, f"{_NO_KEY}{'stream' if streams else 'answer'} {fingerprint}", fingerprint)

    @property
    def has_key(self) -> bool:
        return not self.key.startswith(_NO_KEY)


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """The right to run a request. `token` tells this run from others of the same request; it loses the right when
    `leased_until` has passed, and at `expires_at` the key is forgotten. All times are UTC.
    """

    request: KeyedRequest
    token: str
    claimed_at: datetime
    leased_until: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """`location` is the path of what the request has made, None where it made nothing that has one."""

    status: int
    content_type: str
    body: bytes
    location: str | None = None


@dataclass(frozen=True, slots=True)
class KeyState:
    """What is known of a key: the request that it was first used with, and its answer, None while it runs."""

    fingerprint: str
    leased_until: datetime
    answer: KeptAnswer | None


class AnswerStore(Protocol):
    """Every method raises AnswerStoreUnavailableError where the store cannot be reached."""

    async def claim(self, claim: KeyClaim) -> bool:
        """Takes the key, atomically: it is free, forgotten, or the lease of the same request's last run has passed.

        False: somebody else has it. What is forgotten at `claimed_at` is deleted in passing.
        """
        ...

    async def state(self, request: KeyedRequest, now: datetime) -> KeyState | None:
        """What is known of the request's key; None where it is free or forgotten."""
        ...

    async def keep(self, claim: KeyClaim, answer: KeptAnswer) -> bool:
        """Keeps the answer for the repeats, until the claim's `expires_at`; False where the claim was lost to another
        run in the meantime.
        """
        ...

    async def release(self, claim: KeyClaim) -> None:
        """Frees the key, so that a repeat runs; does nothing where the claim was lost."""
        ...


# One run for each `Idempotency-Key`: who may run, who waits, who gets the answer that was kept.

log = structlog.get_logger(__name__)

_REMEMBERED = timedelta(hours=24)
_LEASE_MARGIN = timedelta(seconds=60)
"""Beyond the operation's deadline: settling and repairs end soon after it."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_RETRY_AFTER_SECONDS = 2


class KeyReusedError(TollgateError):
    status = 409
    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used for another request"


class KeyInProgressError(TollgateError):
    status = 409
    code = "idempotency_in_progress"
    title = "The first request with this Idempotency-Key still runs"


class SameRequestError(TollgateError):
    status = 409
    code = "same_request"
    title = "The same request was sent a moment ago"


class Idempotency:
    """The same rule within a process and across processes: a repeat waits for the first run, for a bounded time."""

    def __init__(
        self,
        store: AnswerStore,
        clock: Clock,
        *,
        deadline_seconds: float,
        duplicate_window: int = 0,
        patience_seconds: float = 10.0,
    ) -> None:
        """`deadline_seconds` is how long an operation may take; `patience_seconds` how long a repeat with a key waits
        for it. `duplicate_window`, in seconds: how long a request without a key is remembered after its end.
        """
        self._store = store
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._lease = timedelta(seconds=deadline_seconds) + _LEASE_MARGIN
        self._window = timedelta(seconds=duplicate_window)
        self._patience_seconds = patience_seconds

    async def begin(self, request: KeyedRequest) -> KeyClaim | KeptAnswer:
        """A claim: the caller must run the request, then `keep` or `release`. An answer: it has been run before.

        Raises:
            KeyReusedError: the key belongs to another request.
            KeyInProgressError: the first run has not ended within the patience.
            SameRequestError: as this, of a request without a key.
            AnswerStoreUnavailableError: the store cannot be reached.
        """
        # Who repeats a key knows how to come back; a second click has nothing but this answer.
        for pause in _pauses(self._patience_seconds if request.has_key else self._deadline_seconds):
            state = await self._store.state(request, self._clock.now()) if pause else None
            if state is None or self._is_dead(state):
                claim = self._claim_of(request)
                if await self._store.claim(claim):
                    return claim
                state = await self._store.state(request, self._clock.now())
            if state is not None and state.fingerprint != request.fingerprint:
                raise KeyReusedError("This Idempotency-Key was used with another path or body; take a new key")
            if state is not None and state.answer is not None:
                return state.answer
            await asyncio.sleep(pause or _FIRST_PAUSE)
        if not request.has_key:
            raise SameRequestError(
                "The same request was sent before and still runs; repeat it a little later",
                retry_after_seconds=_RETRY_AFTER_SECONDS,
            )
        raise KeyInProgressError(
            "The first request with this Idempotency-Key still runs; repeat it a little later",
            retry_after_seconds=_RETRY_AFTER_SECONDS,
        )

    async def begin_stream(self, request: KeyedRequest) -> KeyClaim:
        """A claim on a stream without a key, for the window from now on: a stream cannot be given again.

        Raises:
            SameRequestError: the same stream was begun within the window.
            AnswerStoreUnavailableError: the store cannot be reached.
        """
        now = self._clock.now()
        claim = KeyClaim(request, uuid.uuid4().hex, now, now + self._window, now + self._window)
        if await self._store.claim(claim):
            return claim
        raise SameRequestError(
            "The same request was sent a moment ago, and its stream has the answer; repeat it a little later if it is "
            "meant once more",
            retry_after_seconds=int(self._window.total_seconds()),
        )

    async def keep(self, claim: KeyClaim, answer: KeptAnswer) -> None:
        """Keeps the answer. It has been paid for: the caller gets it even where it cannot be kept."""
        if not claim.request.has_key:
            claim = replace(claim, expires_at=self._clock.now() + self._window)
        try:
            kept = await self._store.keep(claim, answer)
        except AnswerStoreUnavailableError as error:
            log.warning("answer_not_kept", reason=str(error))
            return
        if not kept:
            log.warning("answer_not_kept", reason="the lease had passed, and another run has the key")

    async def release(self, claim: KeyClaim) -> None:
        """Frees the key; where that fails, it is free when the lease has passed."""
        try:
            await self._store.release(claim)
        except AnswerStoreUnavailableError as error:
            log.warning("key_not_released", reason=str(error))

    def _claim_of(self, request: KeyedRequest) -> KeyClaim:
        now = self._clock.now()
        lease_ends = now + self._lease
        # Without a key it is forgotten with its lease, until its end is known.
        return KeyClaim(
            request, uuid.uuid4().hex, now, lease_ends, now + _REMEMBERED if request.has_key else lease_ends
        )

    def _is_dead(self, state: KeyState) -> bool:
        return state.answer is None and state.leased_until <= self._clock.now()


def _pauses(patience_seconds: float) -> Iterator[float]:
    """0 for the first look, then growing pauses in seconds that add up to the patience."""
    yield 0.0
    waited, pause = _FIRST_PAUSE, _FIRST_PAUSE
    while waited < patience_seconds:
        yield pause
        waited += pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)
