"""What was used and what it cost."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from dependency_injector.wiring import inject
from fastapi import APIRouter, Depends, Query

from app.api.dependencies import CallerDep, LedgerDep, UsageOverviewDep
from app.api.errors import problem_responses
from app.errors import InputError
from app.schemas.gen_ai.common import STORABLE
from app.schemas.gen_ai.usage import UsageListResponse, UsageSummaryResponse
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.responses import usage_row, usage_summary
from app.vocabulary import UsageGroup

router = APIRouter(tags=["usage"])

Moment = date | datetime


async def _query(
    caller: CallerDep,
    since: Annotated[
        Moment | None, Query(alias="from", description="A day (UTC) or a moment; included", examples=["2026-11-01"])
    ] = None,
    until: Annotated[
        Moment | None,
        Query(alias="to", description="A day (UTC), included whole, or a moment, excluded", examples=["2026-11-30"]),
    ] = None,
    service: Annotated[
        Annotated[str, STORABLE] | None, Query(description="Only this service", examples=["strategy_builder"])
    ] = None,
    upstream: Annotated[
        Annotated[str, STORABLE] | None,
        Query(
            description="Only this upstream: `openai`, `simulator`, the host of a compatible server, or `unknown` for "
            "rows of versions that did not write it down",
            examples=["openai"],
        ),
    ] = None,
) -> UsageQuery:
    query = UsageQuery(
        since=_moment(since, "from"),
        until=_moment(until, "to", end=True),
        service=service,
        caller_id=None if caller.role == "admin" else caller.id,
        upstream=upstream,
    )
    if query.since is not None and query.until is not None and query.since >= query.until:
        raise InputError("query.from: it must lie before query.to")
    return query


def _moment(value: Moment | None, name: str, *, end: bool = False) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        day = datetime.combine(value, time(), UTC)
        return day + timedelta(days=1) if end else day
    if value.tzinfo is None:
        raise InputError(f"query.{name}: a moment needs a time zone, for instance 2026-11-23T09:00:00Z")
    return value.astimezone(UTC)


QueryDep = Annotated[UsageQuery, Depends(_query)]


@router.get("/usage", operation_id="list_usage", summary="List every attempt", responses=problem_responses(422))
@inject
async def list_usage(
    ledger: LedgerDep,
    query: QueryDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> UsageListResponse:
    """One row for each request, to whatever upstream, retries and failures included; the newest first."""
    rows, total = await ledger.rows(query, limit=limit, offset=offset)
    return UsageListResponse(usage=[usage_row(row) for row in rows], total=total, limit=limit, offset=offset)


@router.get(
    "/usage/summary",
    operation_id="summarise_usage",
    summary="Sum usage and cost of an upstream by service, model or day",
    responses=problem_responses(422),
)
@inject
async def summarise_usage(
    usage: UsageOverviewDep, query: QueryDep, group_by: UsageGroup = UsageGroup.SERVICE
) -> UsageSummaryResponse:
    """Exact sums of one upstream: of who answers today, unless you name another. What others were used for stands
    beside them, never in them, as do attempts whose cost is not known.
    """
    return usage_summary(group_by, await usage.sums(query, group_by))
