"""Tollgate's side: the rows of its ledger, over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

API = "/api/v1/gen-ai"
_PAGE = 500

Row = Mapping[str, Any]
"""One attempt, as `GET /usage` tells it."""


async def all_rows(http: httpx2.AsyncClient, url: str) -> Sequence[Row]:
    """Every row, page by page; nothing may be written meanwhile."""
    rows: list[Row] = []
    total = 1
    while len(rows) < total:
        response = await http.get(f"{url}{API}/usage", params={"limit": _PAGE, "offset": len(rows)})
        page = response.raise_for_status().json()
        rows += page["usage"]
        total = page["total"]
        assert page["usage"] or not total, f"{total} rows are promised, a page at {len(rows)} is empty"
    return rows
