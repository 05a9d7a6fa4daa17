"""How a budget stands: what is spent and reserved of it, and what is left."""

from dataclasses import dataclass
from decimal import Decimal

from app.services.gen_ai.core.budget import BudgetClaim
from app.services.gen_ai.core.spend import Counter


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    claim: BudgetClaim
    counter: Counter

    @property
    def left_usd(self) -> Decimal | None:
        """USD that can still be reserved, not below 0; None where the budget has no limit in USD."""
        limit = self.claim.budget.limit_usd
        return None if limit is None else max(limit - self.counter.taken.usd, Decimal(0))

    @property
    def left_tokens(self) -> int | None:
        """Tokens that can still be reserved, not below 0; None where the budget has no limit in tokens."""
        limit = self.claim.budget.limit_tokens
        return None if limit is None else max(limit - self.counter.taken.tokens, 0)

    @property
    def used_percent(self) -> Decimal:
        """How much of the limit is spent, in percent; of the limit that is nearer to its end."""
        return self.claim.reached(self.counter.spent) * 100

    @property
    def taken_percent(self) -> Decimal:
        """The same of what is spent and reserved."""
        return self.claim.reached(self.counter.taken) * 100
