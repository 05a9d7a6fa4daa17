"""What an operation used and cost, summed over its attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.services.gen_ai.core.operation import SettledAttempt
from app.services.gen_ai.core.pricing import TokenUsage
from app.vocabulary import AttemptStatus

_NOTHING = TokenUsage(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`model_id` is the model that was used, `model_reason` why it is not the one expected, if it is not.

    `cost_usd` is exact, and None as soon as one attempt was, or may have been, billed at an unknown cost.
    """

    operation_id: str
    model_id: str
    requested_model_id: str | None
    model_reason: str | None
    upstream: str
    attempts: tuple[SettledAttempt, ...]

    @property
    def tokens(self) -> TokenUsage:
        return sum((item.settlement.tokens for item in self.attempts if item.settlement.tokens), start=_NOTHING)

    @property
    def cost_usd(self) -> Decimal | None:
        return total_cost(self.attempts)

    def told(self) -> list[dict[str, Any]]:
        """Every attempt as people and programs are told of it; money as a decimal string."""
        return [_told(item) for item in self.attempts]

    @property
    def accepted(self) -> bool:
        """Whether the last answer passed every check."""
        return bool(self.attempts) and self.attempts[-1].violations == ()


def _told(item: SettledAttempt) -> dict[str, Any]:
    cost = total_cost([item])
    return {
        "attempt_id": item.attempt.attempt_id,
        "model_id": item.attempt.model_id,
        "status": item.settlement.status.value,
        "accepted": item.violations == (),
        "violations": list(item.violations or ()),
        "tool_calls": list(item.tool_calls),
        "error": item.settlement.error,
        "cost_usd": None if cost is None else f"{cost.normalize():f}",
    }


def total_cost(attempts: Sequence[SettledAttempt]) -> Decimal | None:
    """The exact sum in USD, or None where a part of it is unknown."""
    total = Decimal(0)
    for item in attempts:
        if item.settlement.status is AttemptStatus.UNBILLED:
            continue
        if item.settlement.cost_usd is None:
            return None
        total += item.settlement.cost_usd
    return total
