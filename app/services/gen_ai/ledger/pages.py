"""The ledger from its oldest row to its newest, a page at a time, whatever is written meanwhile."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.services.gen_ai.ledger.port import AttemptRow, UsageLedger, UsageQuery

_PAGE = 1000
_WINDOW = timedelta(days=1)
"""A store has to skip what lies before a page: windows of time keep that short, however long the ledger is."""


async def pages_in_order(
    ledger: UsageLedger, query: UsageQuery, *, now: datetime, page: int = _PAGE
) -> AsyncIterator[Sequence[AttemptRow]]:
    """Pages of the rows that a query finds, in the order of opening, up to those that were opened `now`."""
    limit = now + timedelta.resolution
    whole = replace(query, until=limit if query.until is None else min(query.until, limit))
    start = await _first_opening(ledger, whole)
    while start is not None and whole.until is not None and start < whole.until:
        end = min(start + _WINDOW, whole.until)
        empty = True
        async for rows in _window(ledger, replace(whole, since=start, until=end), page):
            yield rows
            empty = False
        # Over time without a row in one step.
        start = await _first_opening(ledger, replace(whole, since=end)) if empty else end


async def _first_opening(ledger: UsageLedger, query: UsageQuery) -> datetime | None:
    _, total = await ledger.rows(query, limit=1, offset=0)
    oldest, _ = await ledger.rows(query, limit=1, offset=max(total - 1, 0))
    return oldest[0].attempt.opened_at if oldest else None


async def _window(ledger: UsageLedger, query: UsageQuery, page: int) -> AsyncIterator[Sequence[AttemptRow]]:
    """The ledger's pages begin with the newest row, so the last page comes first, each one turned round."""
    done = 0
    _, total = await ledger.rows(query, limit=1, offset=0)
    while done < total:
        limit = min(page, total - done)
        found, now_total = await ledger.rows(query, limit=limit, offset=total - done - limit)
        if now_total != total:
            # A row came in late: it moved the pages, so this one is asked for again.
            total = now_total
            continue
        yield list(reversed(found))
        done += limit
