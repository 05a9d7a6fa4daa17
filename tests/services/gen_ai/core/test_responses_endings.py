"""How an answer of Responses ends, whole or streamed: what is booked, and what the caller is told."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import openai
import pytest

from app.errors import UpstreamError
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.service_policy import PolicyFile
from tests.fakes.gate import Gate
from tests.fakes.responses_gate import (
    COST,
    CUT,
    FAILED,
    ON_RESPONSES,
    SAID,
    TEXT,
    WAYS,
    Way,
    booked,
    build,
    money,
    outcome,
    task,
)
from tests.fakes.responses_upstream import (
    MODEL,
    USED,
    Event,
    Item,
    declined,
    events,
    failed_instead,
    message,
    sent,
    thought,
    usage,
    whole,
)
from tests.tables import each_line

ALL_THOUGHT = usage(output_tokens=16_684, reasoning=16_684)
ALL_THOUGHT_COST = Decimal("0.16861")
"""1_770 for the input, and 16_684 x 10, per million."""
ENDS: Sequence[tuple[Sequence[Item], dict[str, Any], str, str, Decimal]] = (
    ((thought(), SAID), {}, TEXT, TEXT, COST),
    ((message("Both ", "parts"), thought(), message(", two messages.")), {}, "Both parts, two messages.", "", COST),
    ((thought(), message(declined("I may not."))), {}, "the model refused: I may not.", "", COST),
    ((message("As it is, ", declined("I may not.")),), {}, "the model refused: I may not.", "", COST),
    ((thought(1, "**Reading**"),), CUT | {"used": ALL_THOUGHT}, "cut off", "before anything of it was written",
     ALL_THOUGHT_COST),
    ((), CUT | {"used": ALL_THOUGHT}, "cut off", "before anything of it was written", ALL_THOUGHT_COST),
    ((thought(), message("What a risk")), CUT, "the answer was cut off at the limit of ", " tokens", COST),
    ((message("What a risk"),), {"status": "incomplete", "why": "content_filter"}, "a content filter", "", COST),
    ((message("What a risk"),), {"status": "incomplete", "why": "steered"}, "ended with 'steered'", "", COST),
    ((message("What a risk"),), {"status": "incomplete"}, "ended with 'incomplete'", "", COST),
    ((), {"used": usage(output_tokens=0, reasoning=0)}, "the answer is empty", "", Decimal("0.00177")),
)  # fmt: skip


@each_line(("items", "ending", "told", "also", "cost"), ENDS)
async def test_every_end_is_booked_at_its_full_price(
    items: Sequence[Item], ending: dict[str, Any], told: str, also: str, cost: Decimal
) -> None:
    """Whether it is an answer or none. The gate's callers are told the same, whichever way it came."""
    for way in WAYS:
        async with build(*[way.answer(*items, **ending)] * 4) as gate:
            said = await outcome(way, gate)
            assert money(await booked(gate)) == ("measured", cost)
        (sentence,) = [said] if isinstance(said, str) else said[:1]
        assert told in sentence
        assert also in sentence


async def test_a_model_that_thought_until_its_limit_is_given_more_room() -> None:
    """Twice what it had; the first answer is paid all the same, and both are in the receipt."""
    async with build(whole(thought(), **CUT, used=ALL_THOUGHT), whole(SAID)) as gate:
        generated = await gate.generator.generate(task())
        assert [body["max_output_tokens"] for body in gate.upstream.bodies] == [16_684, 2 * 16_684]
    assert generated.receipt.cost_usd == ALL_THOUGHT_COST + COST


BILLED_FAILURES = [
    [*events(thought(), message("What"), **FAILED)],
    [*events(message("What"), **FAILED)[:-1], failed_instead(), events(message("What"), **FAILED)[-1]],
    [*events(), events(**FAILED)[-1]],
]


@each_line("told", BILLED_FAILURES)
async def test_a_failed_answer_is_billed_where_it_has_a_usage(told: Sequence[Event]) -> None:
    """Also where an error came before it. Nothing of it is an answer; where it is whole it is asked for again."""
    async with build(sent([one for one in told if one["type"] != "response.completed"])) as gate:
        assert await outcome(WAYS[1], gate) == "upstream_stream_failed"
        assert money(await booked(gate)) == ("measured", COST)
    failed = whole(message("What"), **FAILED)
    async with build(failed, whole(SAID)) as gate:
        assert await outcome(WAYS[0], gate) == TEXT
        assert gate.upstream.bodies[0] == gate.upstream.bodies[1]
        assert [money(row.settlement) for row in gate.ledger.opened if row.settlement] == [("measured", COST)] * 2


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_a_failure_before_anything_was_written_is_unknown(way: Way) -> None:
    """OpenAI tells no usage of it, and nobody knows whether the prompt is billed: from nothing to the worst case."""
    async with build(*[way.answer(**FAILED, used=None)] * 4) as gate:
        assert await outcome(way, gate) in ("upstream_stream_failed", "upstream_answer_failed")
        end, worst = await booked(gate), gate.ledger.opened[0].attempt.worst_usd
    assert (end.status.value, end.error, end.tokens) == ("unknown", "answer_failed", None)
    assert (end.cost_usd, end.cost_low_usd, end.cost_high_usd) == (None, Decimal(0), worst)


async def test_a_cancelled_answer_is_billed_where_it_has_a_usage() -> None:
    """It is no answer."""
    for used, expected in ((USED, ("measured", COST)), (None, ("unknown", None))):
        async with build(*[whole(message("What"), status="cancelled", used=used)] * 4) as gate:
            assert await outcome(WAYS[0], gate) == ["the answer is not whole: it ended with 'cancelled'"]
            assert money(await booked(gate)) == expected


async def test_the_words_of_an_error_reach_whoever_asked() -> None:
    """As OpenAI wrote them."""
    for told in ([*events()[:2], failed_instead("rate_limit_exceeded", "slow down")], events(status="failed", used=None,
                 error=("rate_limit_exceeded", "slow down"))):  # fmt: skip
        async with build(sent(told)) as gate:
            with pytest.raises(UpstreamError) as caught:
                await WAYS[1].ask(gate, task())
        assert caught.value.fields["upstream_message"] == "slow down"
        assert caught.value.fields["upstream_code"] == "rate_limit_exceeded"


# The bill.

WRITTEN_12H = USED | {
    "input_tokens_details": {
        "cached_tokens": 200,
        "cache_write_tokens": 300,
        "cache_write_tokens_details": {"ttl_30m_tokens": 300, "ttl_12h_tokens": 0},
    }
}
BILLS: Sequence[tuple[dict[str, Any], Decimal | None]] = (
    ({"model": MODEL}, COST),
    ({"model": f"{MODEL}-2026-11-17"}, COST),
    ({"used": WRITTEN_12H}, COST),
    ({"used": usage(reasoning=0)}, COST),
    ({"used": usage(reasoning=120)}, COST),
    ({"service_tier": None}, COST),
    ({"service_tier": "auto"}, COST),
    ({"service_tier": "fast"}, None),
    ({"model": "gpt-6.2-astra"}, None),
    ({"used": usage(cached=900, written=300)}, None),
    ({"used": usage(output_tokens=20_000)}, None),
)


@each_line(("answer", "cost"), BILLS)
async def test_the_answer_says_what_it_costs(answer: dict[str, Any], cost: Decimal | None) -> None:
    """Plain, read and written tokens apart, thoughts as output; dearer than was asked, or beyond it, is unknown."""
    for way in WAYS:
        async with build(way.answer(SAID, **answer)) as gate:
            assert await outcome(way, gate) == TEXT
            assert money(await booked(gate)) == (("measured", cost) if cost else ("unknown", None))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_fast_is_what_priority_is_called(way: Way) -> None:
    """Asked for as priority; twice the standard rate."""
    services = tuple(
        policy.model_copy(update={"service_tier": ServiceTier.PRIORITY}) for policy in ON_RESPONSES.services
    )
    async with Gate.build(way.answer(SAID, service_tier="fast"), policy_file=PolicyFile(services=services)) as gate:
        assert await outcome(way, gate) == TEXT
        assert gate.upstream.bodies[0]["service_tier"] == "priority"
        assert money(await booked(gate)) == ("measured", 2 * COST)


# Somebody's own code: the same upstream, the same rows.

OWN = (
    events(SAID),
    events(thought(), **CUT, used=ALL_THOUGHT),
    events(message("What"), **FAILED),
    events(**FAILED, used=None),
    events(message(TEXT))[:-1],
    [*events(message(TEXT))[:-1], failed_instead()],
    BILLED_FAILURES[1],
)


@each_line("told", OWN)
async def test_the_meter_books_the_same_for_somebodys_own_code(told: Sequence[Event]) -> None:
    """Who streams with the one client gets every event as it came, and a row as the gate's own."""
    async with build(sent(told)) as gate:
        await outcome(WAYS[1], gate)
        expected = await booked(gate)
    async with build(sent(told)) as gate:
        client: openai.AsyncOpenAI = gate.manager.get_client("narrative_report", "alice")
        stream = await client.responses.create(model=MODEL, input="Hi.", max_output_tokens=16_684, stream=True)
        heard = [event.to_dict(mode="json") async for event in stream]
        found = await booked(gate)
    assert [one["type"] for one in heard] == [one["type"] for one in told]
    assert (money(found), found.error, found.tokens) == (money(expected), expected.error, expected.tokens)
