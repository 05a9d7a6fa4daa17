"""OpenAI's own account of a period: fetched page by page, and read into costs."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

import httpx2
from pydantic import BaseModel, Field, ValidationError, field_validator

from app.errors import InputError, UpstreamError, own_words

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
        raise InputError(f"{source}: {steps.lstrip('.')}: {own_words(first['msg'])}") from error


# Fetches what was billed from OpenAI, with an admin key.
#
# https://platform.openai.com/docs/api-reference/usage/costs: days from `start_time` (included) to `end_time`
# (excluded), at most 180 buckets a page. Array parameters repeat their bare name (`group_by=a&group_by=b`).

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
