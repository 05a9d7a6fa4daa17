"""The comparison finds each way in which two books can disagree, and nothing in two that agree."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.conservation.comparison import Answer, Books, RawAnswer
from tests.conservation.prices import price
from tests.tables import each_line

USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "total_tokens": 1200,
    "prompt_tokens_details": {"cached_tokens": 400},
    "completion_tokens_details": {"reasoning_tokens": 50},
}
USAGE_OF_RESPONSES = {
    "input_tokens": 1000,
    "input_tokens_details": {"cached_tokens": 400},
    "output_tokens": 200,
    "output_tokens_details": {"reasoning_tokens": 50},
    "total_tokens": 1200,
}
COST = "0.00024"
"""gpt-4o-mini: 600 x 0.15 + 400 x 0.075 + 200 x 0.60 = 240 per million."""
MEASURED, ESTIMATED, UNKNOWN, UNBILLED, DEARER = 0, 1, 2, 3, 4
"""The rows of `agreeing`."""


def bill(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{number}",
        "client_request_id": f"att_{number}",
        "request_id": f"req_{number}",
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "usage": USAGE,
        **changes,
    }


DEARER_BILL = bill(DEARER, service_tier="priority")
"""Above the most that was asked for: 600 x 0.25 + 400 x 0.125 + 200 x 1.00 = 400 per million."""


def row(number: int, status: str, **changes: Any) -> dict[str, Any]:
    nothing = ("upstream_id", "upstream_request_id", "answered_as", "service_tier", "error", "cost_usd", "cost_low_usd")
    tokens = ("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens")
    written = ("cache_write_tokens", "cache_write_12h_tokens")
    return {
        **dict.fromkeys((*nothing, *tokens, *written, "cost_high_usd")),
        "attempt_id": f"att_{number}",
        "operation_id": f"op_{number}",
        "model_id": "gpt-4o-mini",
        "status": status,
        "settled_at": "2026-11-23T12:00:00Z",
        **changes,
    }


def agreeing() -> Books:
    """One attempt of each status, with what was billed for it, and one that was answered in a dearer tier."""
    measured = row(
        MEASURED,
        "measured",
        upstream_id="chatcmpl-0",
        upstream_request_id="req_0",
        answered_as="gpt-4o-mini-2024-07-18",
        service_tier="default",
        input_tokens=1000,
        output_tokens=200,
        cached_input_tokens=400,
        cache_write_tokens=0,
        cache_write_12h_tokens=0,
        reasoning_tokens=50,
        cost_usd=COST,
    )
    estimated = row(
        ESTIMATED, "estimated", upstream_id="chatcmpl-1", cost_usd="0.0002", cost_low_usd="0", cost_high_usd="0.01"
    )
    unknown = row(UNKNOWN, "unknown", cost_low_usd="0", cost_high_usd="0.01")
    answer = Answer("op_0", Decimal(COST), accepted=True, usage={"input_tokens": 1000, "output_tokens": 200})
    dearer = row(
        DEARER, "unknown", error="dearer_than_asked", upstream_id="chatcmpl-4", cost_low_usd="0", cost_high_usd=COST
    )
    rows = [measured, estimated, unknown, row(UNBILLED, "unbilled"), dearer]
    raw = [RawAnswer("chatcmpl-0", USAGE), RawAnswer("chatcmpl-0", None), RawAnswer("chatcmpl-4", USAGE)]
    return Books([*(bill(number) for number in range(3)), DEARER_BILL], rows, [answer], raw)


def test_books_that_agree_have_no_differences() -> None:
    """Also where a call may have been billed and was not."""
    books = agreeing()
    assert books.differences() == []
    assert replace(books, bills=[bill(0), DEARER_BILL]).differences() == []


def test_the_usage_of_responses_has_names_of_its_own() -> None:
    books = agreeing()
    assert replace(books, bills=[bill(0, usage=USAGE_OF_RESPONSES), *books.bills[1:]]).differences() == []
    raw = [RawAnswer("chatcmpl-0", USAGE_OF_RESPONSES)]
    assert replace(books, raw_answers=raw).differences() == []


@each_line(
    ("number", "changes", "found"),
    [
        (MEASURED, {"input_tokens": 999}, "input_tokens: 999 were recorded, 1000 billed"),
        (MEASURED, {"output_tokens": 201}, "output_tokens: 201 were recorded, 200 billed"),
        (MEASURED, {"cached_input_tokens": 0}, "cached_input_tokens: 0 were recorded, 400 billed"),
        (MEASURED, {"cache_write_tokens": 1}, "cache_write_tokens: 1 were recorded, 0 billed"),
        (MEASURED, {"reasoning_tokens": None}, "reasoning_tokens: None were recorded, 50 billed"),
        (MEASURED, {"cost_usd": "0.000240000001"}, "USD were recorded"),
        (MEASURED, {"cost_usd": None}, "None USD were recorded"),
        (MEASURED, {"service_tier": "priority"}, "service_tier: priority was recorded, default billed"),
        (MEASURED, {"answered_as": "gpt-4o"}, "answered_as: gpt-4o was recorded"),
        (MEASURED, {"upstream_id": "chatcmpl-9"}, "upstream_id differs"),
        (MEASURED, {"upstream_id": None}, "measured without the answer's id"),
        (MEASURED, {"upstream_request_id": "req_9"}, "upstream_request_id differs"),
        (MEASURED, {"status": "unbilled"}, "unbilled, but it was billed"),
        (ESTIMATED, {"cost_high_usd": "0.0001"}, "lie outside of 0 to 0.0001"),
        (ESTIMATED, {"cost_low_usd": "0.001"}, "lie outside of 0.001 to 0.01"),
        (ESTIMATED, {"cost_high_usd": None}, "has no interval"),
        (UNKNOWN, {"status": "open"}, "left open"),
        (UNKNOWN, {"attempt_id": "att_7"}, "billed, but not in the ledger"),
        (UNKNOWN, {"upstream_id": "chatcmpl-1"}, "2 rows have the upstream_id chatcmpl-1"),
        (UNKNOWN, {"attempt_id": "att_1"}, "2 rows have the attempt_id att_1"),
        (DEARER, {"cost_high_usd": "0.00023"}, "0.00024 USD lie outside of 0 to 0.00023"),
        (DEARER, {"model_id": "gpt-4o"}, "dearer_than_asked, but 0.0004 USD were billed where 0.004 were asked for"),
        (DEARER, {"error": None}, "0.0004 USD lie outside of 0 to 0.00024"),
        (UNBILLED, {"status": "measured"}, "measured, but never billed"),
        (UNBILLED, {"status": "unknown", "cost_low_usd": "0.1", "cost_high_usd": "1"}, "0 USD lie outside of 0.1 to 1"),
    ],
)
def test_a_wrong_row_is_found(number: int, changes: dict[str, Any], found: str) -> None:
    books = agreeing()
    rows = [{**own, **changes} if index == number else own for index, own in enumerate(books.rows)]
    differences = replace(books, rows=rows).differences()
    assert any(found in difference for difference in differences), differences


@pytest.mark.parametrize(
    ("bills", "found"),
    [
        ([bill(0), bill(0, id="chatcmpl-8"), bill(1), bill(2)], "2 bills belong to the attempt att_0"),
        ([bill(0), bill(1), bill(2), bill(8)], "billed, but not in the ledger"),
        ([bill(0), bill(1), bill(2), bill(8, client_request_id=None)], "billed, but not in the ledger"),
        ([bill(1), bill(2)], "measured, but never billed"),
        ([bill(0), bill(1), bill(2), bill(3)], "unbilled, but it was billed"),
    ],
)
def test_a_wrong_bill_is_found(bills: list[dict[str, Any]], found: str) -> None:
    differences = replace(agreeing(), bills=bills).differences()
    assert any(found in difference for difference in differences), differences


def _told(**changes: Any) -> Callable[[Books], Books]:
    return lambda books: replace(books, answers=[replace(books.answers[0], **changes)])


@pytest.mark.parametrize(
    ("doctor", "found"),
    [
        (_told(operation_id="op_3"), "answered, but no row is measured"),
        (_told(operation_id="op_9"), "answered, but no row is measured"),
        (_told(cost_usd=Decimal("0.00025")), "told 0.00025, but the rows cost 0.00024"),
        (_told(cost_usd=None), "told None, but the rows cost 0.00024"),
        (_told(usage={"output_tokens": 100}), "told 100 output_tokens"),
    ],
)
def test_a_false_answer_is_found(doctor: Callable[[Books], Books], found: str) -> None:
    differences = doctor(agreeing()).differences()
    assert any(found in difference for difference in differences), differences


@each_line(
    ("answer", "found"),
    [
        (RawAnswer("chatcmpl-9", USAGE), "but no row is measured"),
        (RawAnswer("chatcmpl-1", USAGE), "but no row is measured"),
        (RawAnswer("chatcmpl-0", USAGE | {"completion_tokens": 100}), "200 were recorded, 100 told"),
    ],
)
def test_a_false_answer_to_somebodys_own_code_is_found(answer: RawAnswer, found: str) -> None:
    """Of an attempt without a row, of one that was cut, and with other tokens."""
    differences = replace(agreeing(), raw_answers=[answer]).differences()
    assert any(found in difference for difference in differences), differences


@each_line(
    ("model", "tier", "usage", "usd"),
    [
        ("gpt-6-luna", "default", {"prompt_tokens": 1000, "completion_tokens": 100}, "0.00015"),
        ("gpt-6-luna-2026-09-22", "flex", {"prompt_tokens": 1000, "completion_tokens": 100}, "0.000075"),
        ("gpt-6-luna", "priority", {"prompt_tokens": 1000, "completion_tokens": 100}, "0.0003"),
        ("gpt-6-luna", "default", {"prompt_tokens": 272_000, "completion_tokens": 0}, "0.0272"),
        ("gpt-6-luna", "default", {"prompt_tokens": 272_001, "completion_tokens": 100}, "0.0544752"),
        ("gpt-4o-mini", "priority", {"prompt_tokens": 1000, "completion_tokens": 100}, "0.00035"),
        ("gpt-4o", "flex", {"prompt_tokens": 1000, "completion_tokens": 100}, None),
        ("gpt-99", "default", {"prompt_tokens": 1000, "completion_tokens": 100}, None),
    ],
)
def test_the_comparisons_own_prices_are_worked_out_by_hand(
    model: str, tier: str, usage: dict[str, int], usd: str | None
) -> None:
    """Input, output, tiers as factors and as rates, long contexts, and what has no price."""
    assert price(model, tier, usage, "2026-11-23") == (None if usd is None else Decimal(usd))
