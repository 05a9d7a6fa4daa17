"""Attempts and settlements with made-up content, for tests that only care about a part of them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.services.gen_ai.ledger.port import Attempt, AttemptRow, Settlement
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import AttemptStatus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

_ATTEMPT = Attempt(
    attempt_id="att_1",
    operation_id="op_1",
    service="strategy_builder",
    operation="build_strategy",
    caller_id="alice",
    requested_model_id=None,
    model_id="gpt-4o-mini",
    streamed=False,
    opened_at=NOON,
    worst_usd=Decimal(0),
)
_SETTLEMENT = Settlement(
    status=AttemptStatus.MEASURED,
    settled_at=NOON,
    latency_ms=812.5,
    upstream_id="chatcmpl-1",
    answered_as="gpt-4o-mini-2024-07-18",
    service_tier="default",
    tokens=TokenUsage(700, 250, 50, 150, 50),
    cost_usd=Decimal("0.000251250000"),
    price_id="gpt-4o-mini@2024-07-18",
    upstream_status=200,
    upstream_request_id="req_1",
)


def attempt(attempt_id: str = "att_1", **changes: Any) -> Attempt:
    return replace(_ATTEMPT, attempt_id=attempt_id, **changes)


def settlement(**changes: Any) -> Settlement:
    """A measured answer of gpt-4o-mini."""
    return replace(_SETTLEMENT, **changes)


def unanswered(status: AttemptStatus = AttemptStatus.UNKNOWN, error: str = "upstream_timeout") -> Settlement:
    """What is written down where no answer came."""
    return Settlement(status=status, settled_at=NOON, latency_ms=5.0, error=error)


def row(settled: Settlement | None, **changes: Any) -> AttemptRow:
    return AttemptRow(attempt(**changes), settled)
