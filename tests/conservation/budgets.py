"""What budgets still hold back."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx2

from tests.conservation.ledger import API


async def reservations_left(http: httpx2.AsyncClient, url: str) -> list[str]:
    """Every amount that is still reserved when nothing is under way any more, in a sentence each."""
    response = await http.get(f"{url}{API}/budgets")
    return [f"{name} is still {amount}" for name, amount in _reserved(response.raise_for_status().json(), "budgets")]


def _reserved(part: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every `reserved...` that is not nothing, however deep it stands in the answer."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key.startswith("reserved") and not isinstance(value, dict | list):
                if value is not None and Decimal(str(value)):
                    yield f"{name}.{key}", str(value)
            else:
                yield from _reserved(value, f"{name}.{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _reserved(value, f"{name}[{index}]")
