"""The port to kept answers: a request with an `Idempotency-Key` runs once, and its repeats get the same answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.errors import TollgateError


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
        """Keeps the answer for the repeats; False where the claim was lost to another run in the meantime."""
        ...

    async def release(self, claim: KeyClaim) -> None:
        """Frees the key, so that a repeat runs; does nothing where the claim was lost."""
        ...
