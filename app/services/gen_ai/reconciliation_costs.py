"""What OpenAI says it billed: the answer of `GET /v1/organization/costs`, read exactly.

https://platform.openai.com/docs/api-reference/usage/costs names the members. What a line item looks like is not
documented there; in answers of the real endpoint it is `[TIER | ]MODEL, KIND[, long context]`:

    gpt-4o-mini-2024-07-18, cached input
    priority | gpt-5.6-sol, output, long context

with the kinds input, cached input, cache writes and output, and the tiers priority, flex and batch api. Tiers and
long context have other rates, but the same categories. Whatever has another form (`web search tool calls`) is no
line of tokens; it is kept as it is.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, field_validator

from app.errors import InputError

_DAY_SECONDS = 86_400
_LAST_SECOND = 253_402_300_799
"""9999-12-31T23:59:59Z"""
_LARGEST_USD = Decimal(10**12)
_LINE_ITEM = re.compile(
    r"(?:[a-z][a-z ]* \| )?(?P<model>[^,|]+), (?P<kind>input|cached input|cache writes?|output)(?:, long context)?",
    re.IGNORECASE,
)


class Category(StrEnum):
    INPUT = "input"
    CACHED_INPUT = "cached_input"
    CACHE_WRITE = "cache_write"
    OUTPUT = "output"
    UNSPLIT = "unsplit"
    """Recorded costs whose rates are not known any more; OpenAI bills nothing under it."""


_KINDS = {"input": Category.INPUT, "cached input": Category.CACHED_INPUT, "output": Category.OUTPUT}


@dataclass(frozen=True, slots=True)
class BilledItem:
    """`model` and `category` are None where the line item is not one of tokens; `day` is in UTC."""

    day: date
    line_item: str | None
    project_id: str | None
    usd: Decimal
    model: str | None
    category: Category | None


@dataclass(frozen=True, slots=True)
class BilledCosts:
    """`days` are those that the answer speaks of, also where nothing was billed."""

    items: tuple[BilledItem, ...]
    days: frozenset[date]


class _Amount(BaseModel):
    value: Annotated[Decimal, Field(ge=-_LARGEST_USD, le=_LARGEST_USD)]
    currency: str

    @field_validator("currency")
    @classmethod
    def _dollars(cls, currency: str) -> str:
        if currency.lower() != "usd":
            raise ValueError(f"costs are compared in usd, this one is in {currency}")
        return currency


class _Result(BaseModel):
    amount: _Amount
    line_item: str | None = None
    project_id: str | None = None


class _Bucket(BaseModel):
    start_time: Annotated[int, Field(ge=0, le=_LAST_SECOND)]
    end_time: Annotated[int, Field(ge=0, le=_LAST_SECOND)]
    results: tuple[_Result, ...]


class CostsPage(BaseModel):
    """One page; `next_page` is the cursor of the one that follows."""

    data: tuple[_Bucket, ...]
    has_more: bool = False
    next_page: str | None = None


def read_pages(source: str, content: bytes) -> list[tuple[str, CostsPage]]:
    """The pages in a JSON document, one page or an array of pages, each with its name for complaints.

    Raises:
        InputError: with the source, the place in it, and what was expected.
    """
    try:
        # Amounts come as numbers and as texts of up to 40 digits, also as "0E-6176": floats would lose some.
        document = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: not JSON: {error}") from error
    if isinstance(document, list):
        named = [(f"{source}, page {number}", page) for number, page in enumerate(document, 1)]
        return [(name, _page(name, page)) for name, page in named]
    return [(source, _page(source, document))]


def billed_costs(pages: Sequence[tuple[str, CostsPage]]) -> BilledCosts:
    """Everything that the pages, each with the name of its source, say was billed.

    Raises:
        InputError: pages are missing, or a day stands in two buckets.
    """
    if pages and pages[-1][1].has_more:
        raise InputError(f"{pages[-1][0]}: it says has_more, so it is not the last page; give those that follow it too")
    seen: dict[date, str] = {}
    items: list[BilledItem] = []
    for source, page in pages:
        for number, bucket in enumerate(page.data):
            place = f"{source}: data[{number}]"
            day = _day(place, bucket)
            if day in seen:
                raise InputError(f"{place}: {day} stands in {seen[day]} as well; give each page once")
            seen[day] = place
            items.extend(_items(day, bucket.results))
    return BilledCosts(tuple(items), frozenset(seen))


def parse_line_item(line_item: str | None) -> tuple[str | None, Category | None]:
    """The model as OpenAI names it, and the category; None and None where it is not a line of tokens."""
    parsed = _LINE_ITEM.fullmatch((line_item or "").strip())
    if parsed is None:
        return None, None
    return parsed["model"].strip(), _KINDS.get(parsed["kind"].lower(), Category.CACHE_WRITE)


def _items(day: date, results: Iterable[_Result]) -> Iterable[BilledItem]:
    for result in results:
        usd = result.amount.value or Decimal(0)  # a zero may come as 0E-6176
        yield BilledItem(day, result.line_item, result.project_id, usd, *parse_line_item(result.line_item))


def _day(place: str, bucket: _Bucket) -> date:
    seconds = bucket.end_time - bucket.start_time
    if not 0 < seconds <= _DAY_SECONDS:
        raise InputError(f"{place}: from start_time to end_time are {seconds} seconds; a bucket is one day long")
    return datetime.fromtimestamp(bucket.start_time, UTC).date()


def _page(source: str, page: Any) -> CostsPage:  # noqa: ANN401  whatever the JSON held
    if not isinstance(page, dict):
        raise InputError(f"{source}: a page of OpenAI's costs endpoint is an object with the member `data`")
    try:
        return CostsPage.model_validate(page)
    except ValidationError as error:
        first = error.errors()[0]
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
        raise InputError(f"{source}: {steps.lstrip('.')}: {first['msg'].removeprefix('Value error, ')}") from error
