"""What the gate knows, as the API, the command line and the tools of the chat answer with it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.schemas.gen_ai.budgets import BudgetInfo
from app.schemas.gen_ai.common import AttemptInfo, TokenUsageInfo, decimal_string
from app.schemas.gen_ai.models import (
    AllowedModelInfo,
    DeniedModelInfo,
    ModelInfo,
    ServiceModelPolicyResponse,
    UpstreamRefusalInfo,
)
from app.schemas.gen_ai.usage import OtherUpstream, ResolutionInfo, UsageRow, UsageSummaryResponse, UsageSummaryRow
from app.services.gen_ai.core import ModelConfig, Receipt
from app.services.gen_ai.ledger.port import AttemptRow, Resolved, UnreadWrites, UsageSum
from app.services.gen_ai.ledger.usage_overview import UpstreamUsage
from app.services.gen_ai.rules.budgets import BudgetStanding
from app.services.gen_ai.rules.model_resolver import ServiceOffer
from app.vocabulary import UsageGroup, written_upstream


def receipt_fields(receipt: Receipt) -> dict[str, Any]:
    """The fields of `GenAiResponse`, from the receipt of an operation."""
    tokens = receipt.tokens
    cost = None if receipt.cost_usd is None else decimal_string(receipt.cost_usd)
    return {
        "accepted": receipt.accepted,
        "attempts": [AttemptInfo(**attempt) for attempt in receipt.attempt_fields()],
        "cost_per_accepted_answer_usd": cost if receipt.accepted else None,
        "model_id": receipt.model_id,
        "requested_model_id": receipt.requested_model_id,
        "model_reason": receipt.model_reason,
        "usage": TokenUsageInfo(
            input_tokens=tokens.input_tokens,
            cached_input_tokens=tokens.input_cached,
            cache_write_tokens=tokens.cache_written,
            cache_write_12h_tokens=tokens.cache_write_12h,
            output_tokens=tokens.output_tokens,
            reasoning_tokens=tokens.output_reasoning,
        ),
        "cost_usd": cost,
        "upstream": receipt.upstream,
        "operation_id": receipt.operation_id,
    }


def cost_fields(receipt: Receipt) -> dict[str, Any]:
    """What an error says of an answer that could not be kept, beside the answer: nobody has to pay for it twice."""
    cost = receipt.cost_usd
    return {"operation_id": receipt.operation_id, "cost_usd": None if cost is None else decimal_string(cost)}


def usage_row(row: AttemptRow) -> UsageRow:
    """A row of the ledger."""
    attempt, settled = row.attempt, row.settlement
    tokens = settled.tokens if settled else None
    return UsageRow(
        attempt_id=attempt.attempt_id,
        operation_id=attempt.operation_id,
        status=row.status,
        service=attempt.service,
        operation=attempt.operation,
        caller=attempt.caller_id,
        requested_model_id=attempt.requested_model_id,
        model_id=attempt.model_id,
        upstream=attempt.upstream,
        wire=attempt.wire,
        answered_as=settled.answered_as if settled else None,
        input_tokens=tokens.input_tokens if tokens else None,
        cached_input_tokens=tokens.input_cached if tokens else None,
        cache_write_tokens=tokens.cache_written if tokens else None,
        cache_write_12h_tokens=tokens.cache_write_12h if tokens else None,
        output_tokens=tokens.output_tokens if tokens else None,
        reasoning_tokens=tokens.output_reasoning if tokens else None,
        cost_usd=settled.cost_usd if settled else None,
        cache_saved_usd=settled.cache_saved_usd if settled else None,
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
        resolution=None if row.resolved is None else _resolution_info(row.resolved),
    )


def _resolution_info(resolved: Resolved) -> ResolutionInfo:
    resolution = resolved.resolution
    return ResolutionInfo(
        note=resolution.note,
        resolved_by=resolution.resolved_by,
        resolved_at=resolution.resolved_at,
        was_status=resolved.was_status,
        was_cost_usd=resolved.was_cost_usd,
        was_cost_low_usd=resolved.was_cost_low_usd,
        was_cost_high_usd=resolved.was_cost_high_usd,
    )


def usage_summary(group_by: UsageGroup, usage: UpstreamUsage) -> UsageSummaryResponse:
    sums = usage.groups
    return UsageSummaryResponse(
        upstream=usage.upstream,
        group_by=group_by,
        groups=[
            UsageSummaryRow(key=found.key, **_figures(found), **_unread(usage.unread.get(found.key))) for found in sums
        ],
        total_cost_usd=sum((found.cost_usd for found in sums), start=Decimal(0)),
        measured_percent=measured_percent(sums),
        other_upstreams=other_upstreams(usage.others),
    )


def other_upstreams(sums: Sequence[UsageSum]) -> list[OtherUpstream]:
    """Sums that are grouped by upstream."""
    return [OtherUpstream(upstream=written_upstream(found.key), **_figures(found)) for found in sums]


def _unread(found: UnreadWrites | None) -> dict[str, Any]:
    if found is None:
        return {"cache_unread_tokens": 0, "cache_unread_usd": Decimal(0)}
    nothing_known = found.unpriced == found.attempts
    return {"cache_unread_tokens": found.tokens, "cache_unread_usd": None if nothing_known else found.extra_usd}


def _figures(found: UsageSum) -> dict[str, Any]:
    nothing_known = found.cache_unpriced > 0 and found.cache_unpriced == found.cached
    return {
        "attempts": found.attempts,
        "uncosted_attempts": found.uncosted,
        "input_tokens": found.tokens.input_tokens,
        "cached_input_tokens": found.tokens.input_cached,
        "cache_write_tokens": found.tokens.cache_written,
        "cache_write_12h_tokens": found.tokens.cache_write_12h,
        "output_tokens": found.tokens.output_tokens,
        "reasoning_tokens": found.tokens.output_reasoning,
        "cache_saved_usd": None if nothing_known else found.cache_saved_usd,
        "cache_unpriced_attempts": found.cache_unpriced,
        "cost_usd": found.cost_usd,
        "measured_usd": found.measured_usd,
        "cost_low_usd": found.cost_low_usd,
        "cost_high_usd": found.cost_high_usd,
    }


def measured_percent(sums: Sequence[UsageSum]) -> float | None:
    """The measured spend in percent of the most that the whole spend can be; None where nothing was spent."""
    most = sum((found.cost_high_usd for found in sums), start=Decimal(0))
    measured = sum((found.measured_usd for found in sums), start=Decimal(0))
    return float(round(measured / most * 100, 4)) if most else None


def budget_info(standing: BudgetStanding) -> BudgetInfo:
    claim, counter = standing.claim, standing.counter
    budget = claim.budget
    return BudgetInfo(
        name=budget.name,
        upstream=claim.upstream,
        scope=budget.scope,
        subject=claim.subject,
        period=budget.period,
        kind=budget.kind,
        limit_usd=budget.limit_usd,
        spent_usd=counter.spent.usd,
        reserved_usd=counter.reserved.usd,
        left_usd=standing.left_usd,
        limit_tokens=budget.limit_tokens,
        spent_tokens=counter.spent.tokens,
        reserved_tokens=counter.reserved.tokens,
        left_tokens=standing.left_tokens,
        used_percent=float(round(standing.used_percent, 4)),
        period_start=claim.starts_at,
        resets_at=claim.resets_at,
    )


def model_info(config: ModelConfig) -> ModelInfo:
    cached = config.cached_input_price_per_1m
    return ModelInfo.model_validate(
        config.model_dump(exclude={"max_tokens", "cache_write_price_per_1m", "cached_input_price_per_1m"})
        | {
            "max_output_tokens": config.max_tokens,
            "cached_input_price_per_1m": None if cached is None else float(cached),
        }
    )


def service_policy(offer: ServiceOffer) -> ServiceModelPolicyResponse:
    """Which models a service may use today, and why not the others."""
    refused = {
        refusal.model_id: UpstreamRefusalInfo(refused_at=refusal.at, until=refusal.until, words=refusal.words)
        for refusal in offer.refused
    }
    return ServiceModelPolicyResponse(
        service_name=offer.service_name,
        allowed_models=[
            AllowedModelInfo(**dict(model_info(config)), refused_by_upstream=refused.get(config.model_id))
            for config in offer.allowed
        ],
        default_model=offer.default.record.model_id if offer.default else None,
        default_reason=offer.default.reason if offer.default else None,
        denied_models=[
            DeniedModelInfo(model=model_info(denied.config), reason=denied.reason) for denied in offer.denied
        ],
    )
