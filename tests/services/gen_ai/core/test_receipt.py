from decimal import Decimal

import pytest

from app.services.gen_ai.core.operation import Receipt, SettledAttempt
from app.services.gen_ai.ledger.port import Settlement
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import AttemptStatus
from tests.fakes.rows import attempt, settlement, unanswered


def receipt(*settlements: Settlement) -> Receipt:
    attempts = tuple(SettledAttempt(attempt(f"att_{number}"), end) for number, end in enumerate(settlements))
    return Receipt("op_1", "gpt-4o-mini", None, None, "openai", attempts)


KNOWN = settlement(tokens=TokenUsage(1, 2, 3, 4, 5), cost_usd=Decimal("0.000000000001"))
REFUSED = unanswered(AttemptStatus.UNBILLED)
UNPRICED = settlement(tokens=TokenUsage(10, 0, 0, 0, 0), cost_usd=None)

SUMS: dict[str, tuple[Receipt, Decimal | None, TokenUsage]] = {
    "nothing": (receipt(), Decimal(0), TokenUsage(0, 0, 0, 0, 0)),
    "one": (receipt(KNOWN), Decimal("0.000000000001"), TokenUsage(1, 2, 3, 4, 5)),
    "two": (receipt(KNOWN, KNOWN), Decimal("0.000000000002"), TokenUsage(2, 4, 6, 8, 10)),
    "with an unbilled one": (receipt(REFUSED, KNOWN), Decimal("0.000000000001"), TokenUsage(1, 2, 3, 4, 5)),
    "only unbilled ones": (receipt(REFUSED, REFUSED), Decimal(0), TokenUsage(0, 0, 0, 0, 0)),
    "with an unknown one": (receipt(KNOWN, unanswered()), None, TokenUsage(1, 2, 3, 4, 5)),
    "with an unpriced one": (receipt(KNOWN, UNPRICED), None, TokenUsage(11, 2, 3, 4, 5)),
}


@pytest.mark.parametrize(("summed", "cost", "tokens"), SUMS.values(), ids=SUMS.keys())
def test_a_receipt_sums_its_attempts(summed: Receipt, cost: Decimal | None, tokens: TokenUsage) -> None:
    """Exactly; one unknown cost makes the sum unknown, an unbilled attempt does not."""
    assert summed.cost_usd == cost
    assert summed.tokens == tokens
