"""What the usage endpoints answer."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, PlainSerializer

from app.vocabulary import AttemptStatus, UsageGroup, Wire

UsdText = Annotated[
    Decimal,
    PlainSerializer(lambda usd: f"{usd.normalize():f}", return_type=str),
    Field(description="USD, exact, as a decimal string"),
]


class ResolutionInfo(BaseModel):
    """What somebody found out by the bill, and what the row said before."""

    note: str
    resolved_by: str = Field(description="The user of the operating system who did it")
    resolved_at: datetime
    was_status: AttemptStatus
    was_cost_usd: UsdText | None
    was_cost_low_usd: UsdText | None
    was_cost_high_usd: UsdText | None


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
    upstream: str | None = Field(
        description="Who was asked: `openai`, `simulator`, or the host of a compatible server; null: a row of a "
        "version that did not write it down"
    )
    wire: Wire = Field(description="The kind of endpoint; what is sent to `other` ones cannot be metered")
    answered_as: str | None = Field(description="The model name in the answer, often a dated snapshot")
    input_tokens: int | None
    cached_input_tokens: int | None
    cache_write_tokens: int | None
    cache_write_12h_tokens: int | None = Field(description="Of those, what was written for twelve hours")
    output_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: UsdText | None
    cache_saved_usd: UsdText | None = Field(
        description="What caching saved against plain input, at the price of this row; negative: it cost more"
    )
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
    resolution: ResolutionInfo | None = Field(
        description="Where status and cost were not known at first, and were settled by what the bill shows"
    )


class UsageListResponse(BaseModel):
    usage: list[UsageRow]
    total: int = Field(description="How many rows there are in all")
    limit: int
    offset: int


class UsageFigures(BaseModel):
    attempts: int
    uncosted_attempts: int = Field(description="Attempts that may have been billed at a cost that is not known")
    input_tokens: int
    cached_input_tokens: int = Field(description="Read from a cache")
    cache_write_tokens: int = Field(description="Written into a cache, for half an hour or twelve")
    cache_write_12h_tokens: int = Field(description="Of those, what was written for twelve hours")
    output_tokens: int
    reasoning_tokens: int
    cache_saved_usd: UsdText | None = Field(
        description="What reading from caches saved against plain input, less what writing cost on top, at the price "
        "of each row; negative: caching cost more than it saved; null: it is not known of any row"
    )
    cache_unpriced_attempts: int = Field(
        description="Attempts that read or wrote and are not in `cache_saved_usd`, as they have no price, or are of a "
        "version that did not write it down"
    )
    cost_usd: UsdText
    measured_usd: UsdText
    cost_low_usd: UsdText
    cost_high_usd: UsdText


class UsageSummaryRow(UsageFigures):
    key: str = Field(description="The service, the model, the day (UTC), or the upstream")
    cache_unread_tokens: int = Field(
        description="Written into a cache and never read, at the least: no later attempt of the same upstream, service "
        "and model, opened within half an hour (or twelve, as it was asked for), read anything. What may still be "
        "read is not among them. It is a lower bound, as the later one may have read something else"
    )
    cache_unread_usd: UsdText | None = Field(
        description="What writing those cost beyond plain input; null: it is not known of any of them"
    )


class OtherUpstream(UsageFigures):
    upstream: str | None = Field(description="Null: rows of versions that did not write it down")


class UsageSummaryResponse(BaseModel):
    upstream: str = Field(description="Whose usage the groups and the total are: who answers today, unless you asked")
    group_by: UsageGroup
    groups: list[UsageSummaryRow]
    total_cost_usd: UsdText
    measured_percent: float | None = Field(
        description="How much of the spend was measured, against the most that all of it can be; null: nothing spent"
    )
    other_upstreams: list[OtherUpstream] = Field(
        description="What was used of others in the same time; it is in no sum with the groups"
    )
