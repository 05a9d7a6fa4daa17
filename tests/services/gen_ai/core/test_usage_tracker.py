from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.services.gen_ai.ledger.port import Settlement
from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.pricing import TokenUsage
from app.services.gen_ai.wire.messages import Envelope, UpstreamReply
from app.vocabulary import AttemptStatus
from tests.fakes.gate import CATALOG_FILE, Gate
from tests.fakes.rows import attempt
from tests.fakes.scripted_upstream import USAGE

REPLY = UpstreamReply(200, "req_1")
HELLO = {"messages": [{"role": "user", "content": "Hi."}], "max_completion_tokens": 1500}
DETAILED = {
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "total_tokens": 1200,
    "prompt_tokens_details": {"cached_tokens": 400, "cache_write_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 50},
}
COST = Decimal("0.00027")
"""1_000 x 0.15 + 200 x 0.60 = 270 per million."""
LUNA: dict[str, Any] = {"answered_as": "gpt-6-luna", "opened": attempt(model_id="gpt-6-luna")}


async def track(
    gate: Gate,
    usage: Mapping[str, Any] | None = USAGE,
    *,
    answered_as: str | None = "gpt-4o-mini-2024-07-18",
    service_tier: str | None = "default",
    opened: Any = None,
    asked: Mapping[str, Any] = HELLO,
) -> Settlement:
    """Opens an attempt, tracks an answer, and gives what stands in the ledger."""
    opened = opened or attempt()
    await gate.tracker.open(opened)
    envelope = Envelope("chatcmpl-1", answered_as, service_tier, None if usage is None else dict(usage), [])
    request = gate.request(asked, opened.model_id)
    returned = await gate.tracker.track_usage(opened, request, envelope, REPLY, latency_ms=812.3456)
    assert gate.ledger.opened[-1].settlement == returned
    return returned


async def test_a_measured_answer_is_written_down_in_full(gate: Gate) -> None:
    """600 x 0.15 + 400 x 0.075 + 200 x 0.60 = 240 per million, what the 400 saved, and whence it came."""
    assert await track(gate, DETAILED) == Settlement(
        status=AttemptStatus.MEASURED,
        settled_at=gate.clock.now(),
        latency_ms=812.3456,
        upstream_id="chatcmpl-1",
        answered_as="gpt-4o-mini-2024-07-18",
        service_tier="default",
        tokens=TokenUsage(600, 400, 0, 150, 50),
        cost_usd=Decimal("0.00024"),
        price_id="gpt-4o-mini@2024-07-18",
        upstream_status=200,
        upstream_request_id="req_1",
        error=None,
        cache_read_saved_usd=Decimal("0.00003"),
        cache_write_extra_usd=Decimal(0),
    )


async def test_the_model_that_answered_is_the_one_that_is_billed(gate: Gate) -> None:
    """Not the one that was asked for: 1_000 x 0.15 + 200 x 0.60 = 270 per million."""
    settlement = await track(gate, opened=attempt(model_id="gpt-4o"))
    assert (settlement.cost_usd, settlement.price_id) == (COST, "gpt-4o-mini@2024-07-18")


async def test_an_answer_that_names_no_model_is_of_the_one_that_was_asked(gate: Gate) -> None:
    """Some compatible servers leave it out."""
    assert (await track(gate, answered_as=None)).cost_usd == COST


DEARER: list[dict[str, Any]] = [
    {"answered_as": "gpt-4o-2024-11-20"},
    {"service_tier": "priority"},
    {"service_tier": "priority", **LUNA},
]


@pytest.mark.parametrize("answer", DEARER, ids=str)
async def test_an_answer_dearer_than_its_request_allowed_is_unknown_within_its_worst_case(
    gate: Gate, answer: dict[str, Any]
) -> None:
    """A tier or a model that nobody asked for must not pass a budget; its tokens are known, and it is flagged."""
    with capture_logs() as logs:
        settlement = await track(gate, **answer)
    assert (settlement.status, settlement.error) == (AttemptStatus.UNKNOWN, "dearer_than_asked")
    assert (settlement.cost_usd, settlement.tokens) == (None, TokenUsage(1000, 0, 0, 200, 0))
    assert logs[0]["event"] == "answer_dearer_than_asked"


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 1000, "completion_tokens": 1501, "total_tokens": 2501},
        {"prompt_tokens": 1000, "completion_tokens": 4_294_967_261, "total_tokens": 4_294_968_261},
        {"prompt_tokens": 128_001, "completion_tokens": 2, "total_tokens": 128_003},
        {"prompt_tokens": 1000, "completion_tokens": 18_446_744_073_709_551_581, "total_tokens": 1},
    ],
)
async def test_more_than_the_request_allowed_is_not_believed(gate: Gate, usage: dict[str, Any]) -> None:
    """More output than its limit, more input than the model's window: nobody can have used that."""
    settlement = await track(gate, usage)
    assert (settlement.status, settlement.error, settlement.cost_usd) == (
        AttemptStatus.UNKNOWN,
        "usage_inconsistent",
        None,
    )


async def test_the_tier_that_answered_is_the_one_that_is_billed(gate: Gate) -> None:
    """Flex costs half: (1_000 x 0.10 + 200 x 0.50) x 0.5 = 100 per million."""
    settlement = await track(gate, service_tier="flex", **LUNA)
    assert (settlement.cost_usd, settlement.service_tier) == (Decimal("0.0001"), "flex")


async def test_regional_processing_is_billed_where_it_is_set() -> None:
    """Ten percent more: (1_000 x 0.10 + 200 x 0.50) x 1.1 = 220 per million."""
    async with Gate.build(regional=True) as gate:
        assert (await track(gate, **LUNA)).cost_usd == Decimal("0.00022")


async def test_the_price_is_that_of_the_utc_day_of_the_answer() -> None:
    """A second before gpt-6-luna had a price there is none; at midnight UTC there is."""
    async with Gate.build(now=datetime(2026, 9, 21, 23, 59, 59, tzinfo=UTC)) as gate:
        assert (await track(gate, **LUNA)).cost_usd is None
        gate.clock.move_to(datetime(2026, 9, 22, tzinfo=UTC))
        later = await track(gate, answered_as="gpt-6-luna", opened=attempt("att_2", model_id="gpt-6-luna"))
        assert later.price_id == "gpt-6-luna@2026-09-22"


async def test_a_free_model_costs_nothing_under_whatever_name_it_answers() -> None:
    """llama.cpp names the file that it has loaded, and not what was asked for; what has a price is held to it."""
    own = ModelRecord.model_validate(
        {"model_id": "qwen3-32b", "tier": "STANDARD", "context_window": 32768, "prices": "free"}
    )
    unpriced = own.model_copy(update={"model_id": "qwen3-8b", "prices": ()})
    file = CATALOG_FILE.model_copy(update={"models": (*CATALOG_FILE.models, own, unpriced)})
    async with Gate.build(catalog_file=file) as gate:
        costs = [
            (
                await track(
                    gate, answered_as=name, service_tier=None, opened=attempt(f"att_{asked}_{name}", model_id=asked)
                )
            ).cost_usd
            for asked, name in (
                ("qwen3-32b", "Qwen3-32B-Q4_K_M.gguf"),
                ("qwen3-32b", "gpt-4o-mini"),
                ("qwen3-8b", "Qwen3-8B-Q4_K_M.gguf"),
            )
        ]
    assert costs == [Decimal(0), None, None]


UNPRICED: list[dict[str, Any]] = [
    {"answered_as": "llama-3"},
    {"answered_as": "gpt-4o-2024-05-13"},
    {"service_tier": "scale"},
    {"service_tier": "batch"},
    {"answered_as": "text-embedding-3-small"},
]


@pytest.mark.parametrize("answer", UNPRICED, ids=str)
async def test_an_unpriced_answer_has_tokens_but_no_cost(gate: Gate, answer: dict[str, Any]) -> None:
    """Unknown model or snapshot, a tier without a price, or what answers no chat: None and marked, never 0."""
    settlement = await track(gate, **answer)
    assert (settlement.status, settlement.error) == (AttemptStatus.MEASURED, "unpriced")
    assert (settlement.cost_usd, settlement.price_id) == (None, None)
    assert settlement.tokens == TokenUsage(1000, 0, 0, 200, 0)


UNMEASURED: list[tuple[Mapping[str, Any] | None, str]] = [
    (None, "usage_missing"),
    ({}, "usage_inconsistent"),
    (USAGE | {"total_tokens": 7}, "usage_inconsistent"),
    (USAGE | {"prompt_tokens": -1}, "usage_inconsistent"),
]


@pytest.mark.parametrize(("usage", "error"), UNMEASURED)
async def test_usage_that_is_missing_or_wrong_is_unknown(
    gate: Gate, usage: Mapping[str, Any] | None, error: str
) -> None:
    """No guess: neither tokens nor cost; but what the answer did say is kept."""
    settlement = await track(gate, usage)
    assert (settlement.status, settlement.error) == (AttemptStatus.UNKNOWN, error)
    assert (settlement.tokens, settlement.cost_usd, settlement.price_id) == (None, None, None)
    assert (settlement.upstream_id, settlement.answered_as) == ("chatcmpl-1", "gpt-4o-mini-2024-07-18")


async def test_whatever_goes_wrong_with_an_answer_its_row_is_closed(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was paid for; a fault of ours must not keep its reservation, nor the answer from its caller."""

    def fail(_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(gate.catalog, "find", fail)
    settlement = await track(gate)
    assert (settlement.status, settlement.error) == (AttemptStatus.UNKNOWN, "unreadable_answer")


async def test_inconsistent_usage_is_also_a_warning(gate: Gate) -> None:
    """With what contradicts what, for whoever has to find out."""
    with capture_logs() as logs:
        await track(gate, USAGE | {"total_tokens": 7})
    assert logs[0] == {
        "event": "usage_inconsistent",
        "log_level": "warning",
        "reason": "total_tokens is 7, but 1000 + 200 were reported",
    }


async def test_each_settled_attempt_is_one_line_in_the_log(gate: Gate) -> None:
    """With everything that one looks for, exact to the last digit, and nothing of what was said."""
    with capture_logs() as logs:
        await track(gate, DETAILED)
    assert logs == [
        {
            "event": "openai_usage",
            "log_level": "info",
            "service": "strategy_builder",
            "operation": "build_strategy",
            "operation_id": "op_1",
            "attempt_id": "att_1",
            "status": "measured",
            "upstream": None,
            "wire": "chat_completions",
            "model": "gpt-4o-mini",
            "answered_as": "gpt-4o-mini-2024-07-18",
            "input_tokens": 1000,
            "cached_input_tokens": 400,
            "cache_write_tokens": 0,
            "output_tokens": 200,
            "reasoning_tokens": 50,
            "cost_usd": logs[0]["cost_usd"],
            "latency_ms": 812.346,
            "upstream_request_id": "req_1",
            "error": None,
        }
    ]
    assert Decimal(logs[0]["cost_usd"]) == Decimal("0.00024")
    assert "E" not in logs[0]["cost_usd"].upper()


async def test_what_is_unknown_is_null_in_the_log(gate: Gate) -> None:
    """Tokens and cost of a cancelled attempt."""
    await gate.tracker.open(attempt())
    with capture_logs() as logs:
        await gate.tracker.track_fault(attempt(), None, latency_ms=1)
    (line,) = logs
    unknown = (
        "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "cost_usd",
        "answered_as",
    )  # fmt: skip
    assert all(line[key] is None for key in unknown)
    assert (line["status"], line["error"]) == ("unknown", "cancelled")
