"""Tollgate's side: the rows of its ledger, over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

from tests.conservation.plan import Kind

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


_SERVICES: Mapping[Kind, str] = {
    "strategy": "strategy_builder",
    "report": "narrative_report",
    "chat": "chatops_advanced",
    "stream": "chatops_advanced",
    "comparison": "chatops_advanced",
    "raw": "unattributed",
}


async def models_allowed(http: httpx2.AsyncClient, url: str) -> Mapping[Kind, Sequence[str | None]]:
    """What each kind of call may ask for today; None is the default."""
    allowed: dict[Kind, Sequence[str | None]] = {}
    for kind, service in _SERVICES.items():
        offer = (await http.get(f"{url}{API}/models/{service}")).raise_for_status().json()
        allowed[kind] = [None, *(model["model_id"] for model in offer["allowed_models"])]
    return allowed
