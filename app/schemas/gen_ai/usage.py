"""What the usage endpoints answer."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, Field, PlainSerializer

from app.services.gen_ai.core.ledger import AttemptRow, UsageSum
from app.vocabulary import AttemptStatus, UsageGroup

UsdText = Annotated[
    Decimal,
    PlainSerializer(lambda usd: f"{usd.normalize():f}", return_type=str),
    Field(description="USD, exact, as a decimal string"),
]


class UsageRow(BaseModel):
    """One attempt: one request to OpenAI. Null means that it is not known, never zero."""

    attempt_id: str
    operation_id: str = Field(description="What a person asked for; several attempts can belong to it")
    status: AttemptStatus
    service: str
    operation: str
    caller: str
    requested_model_id: str | None
    model_id: str
    answered_as: str | None = Field(description="The model name in the answer, often a dated snapshot")
    input_tokens: int | None
    cached_input_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: UsdText | None
    cost_low_usd: UsdText | None = Field(description="Where the cost is not measured: the least that it can be")
    cost_high_usd: UsdText | None = Field(description="Where the cost is not measured: the most that it can be")
    price_id: str | None = Field(description="The price it was billed with: model@first day of the price")
    service_tier: str | None
    latency_ms: float | None
    upstream_id: str | None
    upstream_request_id: str | None
    upstream_status: int | None
    error: str | None
    opened_at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, row: AttemptRow) -> Self:
        attempt, settled = row.attempt, row.settlement
        tokens = settled.tokens if settled else None
        return cls(
            attempt_id=attempt.attempt_id,
            operation_id=attempt.operation_id,
            status=row.status,
            service=attempt.service,
            operation=attempt.operation,
            caller=attempt.caller_id,
            requested_model_id=attempt.requested_model_id,
            model_id=attempt.model_id,
            answered_as=settled.answered_as if settled else None,
            input_tokens=tokens.input_tokens if tokens else None,
            cached_input_tokens=tokens.input_cached if tokens else None,
            cache_write_tokens=tokens.cache_write if tokens else None,
            output_tokens=tokens.output_tokens if tokens else None,
            reasoning_tokens=tokens.output_reasoning if tokens else None,
            cost_usd=settled.cost_usd if settled else None,
            cost_low_usd=settled.cost_low_usd if settled else None,
            cost_high_usd=settled.cost_high_usd if settled else None,
            price_id=settled.price_id if settled else None,
            service_tier=settled.service_tier if settled else None,
            latency_ms=settled.latency_ms if settled else None,
            upstream_id=settled.upstream_id if settled else None,
            upstream_request_id=settled.upstream_request_id if settled else None,
            upstream_status=settled.upstream_status if settled else None,
            error=settled.error if settled else None,
            opened_at=attempt.opened_at,
            settled_at=settled.settled_at if settled else None,
        )


class UsageListResponse(BaseModel):
    usage: list[UsageRow]
    total: int = Field(description="How many rows there are in all")
    limit: int
    offset: int


class UsageSummaryRow(BaseModel):
    key: str = Field(description="The service, the model, or the day (UTC)")
    attempts: int
    uncosted_attempts: int = Field(description="Attempts that may have been billed at a cost that is not known")
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: UsdText
    measured_usd: UsdText
    cost_low_usd: UsdText
    cost_high_usd: UsdText

    @classmethod
    def of(cls, found: UsageSum) -> Self:
        return cls(
            key=found.key,
            attempts=found.attempts,
            uncosted_attempts=found.uncosted,
            input_tokens=found.tokens.input_tokens,
            cached_input_tokens=found.tokens.input_cached,
            output_tokens=found.tokens.output_tokens,
            reasoning_tokens=found.tokens.output_reasoning,
            cost_usd=found.cost_usd,
            measured_usd=found.measured_usd,
            cost_low_usd=found.cost_low_usd,
            cost_high_usd=found.cost_high_usd,
        )


class UsageSummaryResponse(BaseModel):
    group_by: UsageGroup
    groups: list[UsageSummaryRow]
    total_cost_usd: UsdText
    measured_percent: float | None = Field(
        description="How much of the spend was measured, against the most that all of it can be; null: nothing spent"
    )

    @classmethod
    def of(cls, group_by: UsageGroup, sums: Sequence[UsageSum]) -> Self:
        return cls(
            group_by=group_by,
            groups=[UsageSummaryRow.of(found) for found in sums],
            total_cost_usd=sum((found.cost_usd for found in sums), start=Decimal(0)),
            measured_percent=measured_percent(sums),
        )


def measured_percent(sums: Sequence[UsageSum]) -> float | None:
    """The measured spend in percent of the most that the whole spend can be; None where nothing was spent."""
    most = sum((found.cost_high_usd for found in sums), start=Decimal(0))
    measured = sum((found.measured_usd for found in sums), start=Decimal(0))
    return float(round(measured / most * 100, 4)) if most else None
