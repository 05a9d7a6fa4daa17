"""What a person asked for, and the attempts that it took."""

from dataclasses import dataclass

from app.services.gen_ai.core.ledger import Attempt, Settlement


@dataclass(frozen=True, slots=True)
class Operation:
    """`deadline`: until when it may take, in seconds on the monotonic clock."""

    operation_id: str
    service: str
    name: str
    caller_id: str
    requested_model_id: str | None
    deadline: float


@dataclass(frozen=True, slots=True)
class SettledAttempt:
    attempt: Attempt
    settlement: Settlement
