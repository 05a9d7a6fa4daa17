"""Fetches what was billed from OpenAI, with an admin key.

https://platform.openai.com/docs/api-reference/usage/costs: days from `start_time` (included) to `end_time` (excluded),
at most 180 buckets a page. Array parameters repeat their bare name (`group_by=a&group_by=b`).
"""

from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus

import httpx2

from app.errors import UpstreamError
from app.services.gen_ai.reconciliation_costs import CostsPage, read_pages

_MAX_BUCKETS = 180
_MAX_PAGES = 1000
_SECONDS = 60.0

Query = list[tuple[str, str | int | float | bool | None]]


async def fetch_pages(base_url: str, admin_key: str, since: date, until: date) -> list[tuple[str, CostsPage]]:
    """Every page for the days from `since` to `until` (UTC, both included), each with its name for complaints.

    Raises:
        UpstreamError: OpenAI cannot be reached, or answers with an error.
        InputError: its answer does not have the expected form.
    """
    query: Query = [
        ("start_time", _seconds(since)),
        ("end_time", _seconds(until) + int(timedelta(days=1).total_seconds())),
        ("bucket_width", "1d"),
        ("limit", _MAX_BUCKETS),
        ("group_by", "project_id"),
        ("group_by", "line_item"),
    ]
    url = f"{base_url.rstrip('/')}/organization/costs"
    pages: list[tuple[str, CostsPage]] = []
    cursor: str | None = None
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {admin_key}"}, timeout=_SECONDS) as client:
        for number in range(1, _MAX_PAGES + 1):
            content = await _get(client, url, [*query, ("page", cursor)] if cursor else query)
            pages += read_pages(f"{url}, page {number}", content)
            cursor = pages[-1][1].next_page if pages and pages[-1][1].has_more else None
            if cursor is None:
                return pages
    raise UpstreamError(f"{url} gave {_MAX_PAGES} pages and has more; ask for fewer days")


async def _get(client: httpx2.AsyncClient, url: str, query: Query) -> bytes:
    try:
        response = await client.get(url, params=query)
    except httpx2.HTTPError as error:
        what = str(error) or type(error).__name__
        raise UpstreamError(f"{url} cannot be reached ({what}); check OPENAI_BASE_URL and the network") from error
    if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise UpstreamError(
            f"{url} refused the key (status {response.status_code}); "
            "OPENAI_ADMIN_KEY must be an admin key of the organization, an ordinary API key will not do"
        )
    if not response.is_success:
        raise UpstreamError(f"{url} answered with status {response.status_code}; try again later")
    return response.content


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
