"""What a database can keep of a settlement. Whatever an answer held, its attempt is settled."""

from dataclasses import astuple
from decimal import Decimal

from app.services.gen_ai.ledger.port import Settlement
from app.vocabulary import AttemptStatus

_MOST_TOKENS = 2**53
"""Far below the 64 bits of a column, so that sums of many such rows still fit."""
_MOST_USD = Decimal(2**63 - 1).scaleb(-12)
"""So many picodollars fill 64 bits."""


def fits(settlement: Settlement) -> bool:
    """Whether counters and columns take its figures; no real answer comes near the bounds."""
    tokens = settlement.tokens
    counts = () if tokens is None else astuple(tokens)
    amounts = (settlement.cost_usd, settlement.cost_low_usd, settlement.cost_high_usd)
    differences = (settlement.cache_read_saved_usd, settlement.cache_write_extra_usd)
    return (
        all(0 <= count <= _MOST_TOKENS for count in counts)
        and all(amount is None or 0 <= amount <= _MOST_USD for amount in amounts)
        and all(difference is None or abs(difference) <= _MOST_USD / 2 for difference in differences)
    )


def unstorable(settlement: Settlement, worst_usd: Decimal | None) -> Settlement:
    """The same end without its figures and names: unknown, between nothing and its worst case (None: not known)."""
    return Settlement(
        status=AttemptStatus.UNKNOWN,
        settled_at=settlement.settled_at,
        latency_ms=None,
        cost_low_usd=Decimal(0),
        cost_high_usd=worst_usd,
        error="unstorable_answer",
        counts_worst=settlement.counts_worst,
    )
