"""How an answer of Responses ends, whole or streamed: what is booked, and what the caller is told."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import openai
import pytest

from app.errors import AnswerRejectedError, UpstreamError
from app.services.gen_ai.core.operation import GenerationTask, PlainText, Streamed
from app.services.gen_ai.ledger.port import Settlement
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.service_policy import PolicyFile
from app.services.gen_ai.wire.messages import Message
from app.tokenizer import count_tokens
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.responses_upstream import (
    MODEL,
    USED,
    WAYS,
    Event,
    Item,
    Way,
    call,
    declined,
    events,
    failed_instead,
    message,
    sent,
    thought,
    usage,
    valid,
    whole,
)
from tests.tables import each_line

TALK = (Message("instruction", "Be brief."), Message("user", "What is the Sharpe ratio?"))
TEXT = "What a risk has earned."
SAID = message(TEXT, phase="final_answer")
COST = Decimal("0.00297")
"""USED at gpt-6.2-sol's rates: 500 x 2 + 200 x 0.10 + 300 x 2.50 + 120 x 10 = 2_970 per million."""
TERRA = "gpt-6.1-terra"
ON_RESPONSES = PolicyFile(
    services=tuple(policy.model_copy(update={"wire": "responses", "ladder": ()}) for policy in POLICY_FILE.services)
)


def task(**changes: Any) -> GenerationTask[PlainText, None]:
    told: dict[str, Any] = {"max_output_tokens": 300, "requested_model_id": MODEL} | changes
    return GenerationTask[PlainText, None]("chatops_advanced", "chat", "alice", TALK, PlainText, **told)


def build(*steps: Any) -> Gate:
    return Gate.build(*steps, policy_file=ON_RESPONSES)


async def outcome(way: Way, gate: Gate, **changes: Any) -> str | list[str]:
    """The text that was answered, what was wrong with it, or the code of an error."""
    try:
        return (await way.ask(gate, task(**changes))).answer.text
    except AnswerRejectedError as rejected:
        violations: list[str] = rejected.fields["violations"]
        return violations
    except UpstreamError as error:
        return error.code


async def booked(gate: Gate) -> Settlement:
    """How the first attempt was settled, once nothing is under way any more."""
    await gate.background.close(5)
    settlement = gate.ledger.opened[0].settlement
    assert settlement is not None
    return settlement


def money(settlement: Settlement) -> tuple[str, Decimal | None]:
    return settlement.status.value, settlement.cost_usd


ALL_THOUGHT = usage(output_tokens=16_684, reasoning=16_684)
ALL_THOUGHT_COST = Decimal("0.16861")
"""1_770 for the input, and 16_684 x 10, per million."""
CUT = {"status": "incomplete", "why": "max_output_tokens"}
FAILED = {"status": "failed", "error": ("server_error", "no worker is left")}
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


async def test_a_failure_before_anything_was_written_is_unknown(way: Way) -> None:
    """OpenAI tells no usage of it, and nobody knows whether the prompt is billed: from nothing to the worst case."""
    async with build(*[way.answer(**FAILED, used=None)] * 4) as gate:
        assert await outcome(way, gate) in ("upstream_stream_failed", "upstream_answer_failed")
        end, worst = await booked(gate), gate.ledger.opened[0].attempt.worst_usd
    assert (end.status.value, end.error, end.tokens) == ("unknown", "answer_failed", None)
    assert (end.cost_usd, end.cost_low_usd, end.cost_high_usd) == (None, Decimal(0), worst)


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


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


# Streams that break off: an estimate of what was written, where the model does not think; else nobody knows.

WHOLE = events(message(TEXT), model=TERRA)
WITHOUT_PIECES = [one for one in WHOLE if one["type"] in ("response.created", "response.output_item.done")]
CUTS: Sequence[tuple[Sequence[Event], str]] = (
    (WHOLE[:2], ""),
    (WHOLE[:5], TEXT[: len(TEXT) // 2]),
    (WHOLE[:-1], TEXT),
    (WITHOUT_PIECES, TEXT),
    (events(call("weather", TEXT), model=TERRA)[:-1], "weather" + TEXT),
    (events(message(declined(TEXT)), model=TERRA)[:-1], TEXT),
    ([*WHOLE[:-1], failed_instead()], TEXT),
)


@each_line(("told", "written"), CUTS)
async def test_a_stream_that_is_cut_is_an_estimate_of_what_came(told: Sequence[Event], written: str) -> None:
    """Up to the worst case, which a budget counts. Of a model that thinks nothing is estimated."""
    for model, status in ((TERRA, "estimated"), (MODEL, "unknown")):
        renamed = [
            one | ({"response": one["response"] | {"model": model}} if "response" in one else {}) for one in told
        ]
        async with build(sent(renamed)) as gate:
            assert str(await outcome(WAYS[1], gate, requested_model_id=model)).startswith("upstream_stream_")
            end = await booked(gate)
            worst = gate.ledger.opened[0].attempt.worst_usd
        rate = {TERRA: Decimal(5), MODEL: Decimal(10)}[model]
        assert (end.status.value, end.counts_worst, end.cost_high_usd) == (status, True, worst)
        assert (end.tokens is None) == (status == "unknown")
        assert end.cost_low_usd == count_tokens(written) * rate / 1_000_000


async def test_what_is_cut_off_of_another_model_has_the_least_of_that_one() -> None:
    """It was asked of gpt-6.2-sol: what gpt-6-luna wrote costs a twentieth, and of an unknown model nobody knows."""
    for model, rate in (("gpt-6-luna", Decimal("0.5")), ("gpt-99", Decimal(0))):
        async with build(sent(events(message(TEXT), model=model)[:-1])) as gate:
            await outcome(WAYS[1], gate)
            end = await booked(gate)
        assert end.cost_low_usd == count_tokens(TEXT) * rate / 1_000_000


async def test_a_stream_that_is_cut_after_its_end_is_whole() -> None:
    """What follows is not waited for, and not read."""
    later = [*events(SAID), failed_instead(), *events(message("again"))]
    async with build(sent(later)) as gate:
        assert await outcome(WAYS[1], gate) == TEXT
        assert money(await booked(gate)) == ("measured", COST)


async def test_an_answer_without_a_usage_is_an_estimate_or_unknown(way: Way) -> None:
    """As on Chat Completions."""
    async with build(way.answer(message(TEXT), model=TERRA, used=None)) as gate:
        assert await outcome(way, gate, requested_model_id=TERRA) == TEXT
        end = await booked(gate)
    expected = "estimated" if way.name == "streamed" else "unknown"
    assert (end.status.value, end.error) == (expected, "usage_missing")


# Streams that are not as they should be.


def _without(*kinds: str) -> list[Event]:
    return [one for one in events(thought(1, "Hm."), SAID) if one["type"] not in kinds]


def _bare_end(told: Sequence[Event]) -> list[Event]:
    """The last event repeats nothing, as some servers send it."""
    return [*told[:-1], told[-1] | {"response": told[-1]["response"] | {"output": []}}]


FULL = events(thought(1, "Hm."), SAID)
PADDING = {"type": "keepalive", "sequence_number": 4}
ANNOTATED = valid({"type": "response.output_text.annotation.added", "item_id": "msg_1", "output_index": 1,
                   "content_index": 0, "annotation_index": 0, "sequence_number": 9,
                   "annotation": {"type": "file_path", "index": 3, "file_id": "f"}})  # fmt: skip
LATER = {"type": "response.later_kind.delta", "delta": "not for anybody", "output_index": 1}
DONE = next(one for one in FULL if one["type"] == "response.output_text.done")
ODD_STREAMS: Sequence[Sequence[Event]] = (
    FULL,
    [piece for one in FULL for piece in (one, PADDING, LATER)],
    [*FULL[:-1], ANNOTATED, FULL[-1]],
    [*FULL[:-1], DONE, DONE, FULL[-1]],
    [{name: value for name, value in one.items() if name != "sequence_number"} for one in FULL],
    [one | {"obfuscation": "A" * 5000} for one in FULL],
    _without("response.created", "response.in_progress"),
    _without("response.output_item.added", "response.content_part.added"),
    _without("response.output_text.delta"),
    _without("response.output_item.done"),
    _bare_end(FULL),
    _bare_end(_without("response.output_text.delta")),
    [FULL[0], *reversed([one for one in FULL if "output_item" in one["type"]]), FULL[-1]],
    [
        *[one for one in FULL[:-1] if "done" in one["type"]],
        *[one for one in FULL[:-1] if "done" not in one["type"]],
        FULL[-1],
    ],
    [
        *FULL[:-1],
        FULL[-1] | {"response": {name: value for name, value in FULL[-1]["response"].items() if name != "status"}},
    ],
)


@each_line("told", ODD_STREAMS)
async def test_what_is_odd_in_a_stream_changes_neither_text_nor_bill(told: Sequence[Event]) -> None:
    """Padding, unknown events, pieces or items left out, repeated, or in another order."""
    async with build(sent(told)) as gate:
        pieces: list[Streamed] = [piece async for piece in gate.generator.stream(task())]
        assert "".join(piece for piece in pieces if isinstance(piece, str)) == TEXT
        assert money(await booked(gate)) == ("measured", COST)


async def test_a_failed_or_incomplete_end_is_one_without_a_status_too() -> None:
    """The name of the event tells it."""
    for ending, told in (
        (FAILED, "upstream_stream_failed"),
        (CUT, ["the answer was cut off at the limit of 300 tokens"]),
    ):
        *before, last = events(message("What a"), **ending)
        bare = {name: value for name, value in last["response"].items() if name not in ("status", "error")}
        async with build(sent([*before, last | {"response": bare}])) as gate:
            assert await outcome(WAYS[1], gate) == told


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
