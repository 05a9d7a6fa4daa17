"""What a caller is told when a budget has no room."""

from decimal import Decimal
from typing import Self

from app.errors import TollgateError
from app.services.gen_ai.core.budget import BudgetClaim
from app.services.gen_ai.core.budget_standing import BudgetStanding
from app.services.gen_ai.core.spend import Counter, Spend, usd_text


class BudgetExceededError(TollgateError):
    """`fields`: budget, limit, spent, reserved, left and needed in USD (decimal strings) and tokens, `resets_at`."""

    status = 402
    code = "budget_exceeded"
    title = "A budget has no room for the request"

    @classmethod
    def of(cls, claim: BudgetClaim, counter: Counter, need: Spend, *, priced: bool) -> Self:
        """The refusal of a call that needs so much, by a budget of which so much is taken already."""
        budget, standing = claim.budget, BudgetStanding(claim, counter)
        left_usd, left_tokens = standing.left_usd, standing.left_tokens
        fields = {
            "budget": budget.name,
            "limit_usd": _usd(budget.limit_usd),
            "spent_usd": _usd(counter.spent.usd),
            "reserved_usd": _usd(counter.reserved.usd),
            "left_usd": _usd(left_usd),
            "needed_usd": _usd(need.usd) if priced else None,
            "limit_tokens": budget.limit_tokens,
            "spent_tokens": counter.spent.tokens,
            "reserved_tokens": counter.reserved.tokens,
            "left_tokens": left_tokens,
            "needed_tokens": need.tokens,
            "resets_at": claim.resets_at.isoformat().replace("+00:00", "Z"),
        }
        room = [] if left_usd is None else [f"{_usd(left_usd)} USD"]
        room += [] if left_tokens is None else [f"{left_tokens:,} tokens"]
        needs = f"{_usd(need.usd)} USD and {need.tokens:,} tokens" if priced else "an amount that is not known"
        return cls(
            f"Budget {budget.name} has {' and '.join(room)} left until {fields['resets_at']}, "
            f"and this call may need {needs}; wait, ask for less, choose a cheaper model, or raise the budget",
            **fields,
        )


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else usd_text(amount)
