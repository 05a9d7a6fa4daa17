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
    """`violations`: what the checks found wrong with its answer; None where it brought no answer to check.

    `tool_calls`: the names of the tools that it asked for in place of an answer.
    """

    attempt: Attempt
    settlement: Settlement
    violations: tuple[str, ...] | None = None
    tool_calls: tuple[str, ...] = ()
