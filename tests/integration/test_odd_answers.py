"""What OpenAI-compatible servers really answer, against the whole application: the caller gets the answer or a true
error, the ledger a settled row of the right kind, the budget what that row says, and nothing stays reserved.
"""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.clock import FixedClock
from tests.fakes.odd_upstream import (
    COST,
    GOOD,
    TEXT,
    USAGE,
    Application,
    Upstream,
    application_over,
    chunk,
    message,
    stream,
    streamed,
    whole,
)  # fmt: skip
from tests.fakes.scripted_upstream import raw, refusal
from tests.tables import each_line

DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
async def application(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Application]:
    async with application_over(Upstream(), tmp_path, clock) as opened:
        yield opened


MEASURED = ("measured", None, COST)
INCONSISTENT = ("unknown", "usage_inconsistent", None)
MISSING = ("unknown", "usage_missing", None)
UNPRICED = ("measured", "unpriced", None)
DEARER = ("unknown", "dearer_than_asked", None)


def _used(prompt: object, completion: object, **others: object) -> dict[str, Any]:
    return {"usage": {"prompt_tokens": prompt, "completion_tokens": completion} | others}


@each_line(
    ("changes", "kind"),
    [
        ({}, MEASURED),
        ({"id": ""}, MEASURED),
        ({"id": ""}, MEASURED),
        ({"id": 12}, MEASURED),
        ({"id": {"of": "a gateway"}}, MEASURED),
        ({"id": "nul\0" + "x" * 5000}, MEASURED),
        ({"id": None}, MEASURED),
        ({"model": ""}, MEASURED),
        ({"model": None}, MEASURED),
        ({"model": ["gpt-4o"]}, MEASURED),
        ({"model": "a-model-of-theirs"}, UNPRICED),
        ({"model": "gpt-4o\0"}, UNPRICED),
        ({"model": "gpt-4"}, DEARER),
        ({"service_tier": ""}, MEASURED),
        ({"service_tier": "standard"}, MEASURED),
        ({"service_tier": None}, MEASURED),
        ({"service_tier": 1}, MEASURED),
        ({"service_tier": "on_demand"}, UNPRICED),
        ({"service_tier": "priority"}, DEARER),
        (_used(800.0, 40.0), MEASURED),
        (_used(800, 40, total_tokens=None), MEASURED),
        (_used(800, 40, prompt_cache_hit_tokens=400), ("measured", None, "0.0019")),
        (_used(800, 40, prompt_cache_hit_tokens=400, prompt_cache_miss_tokens=1), INCONSISTENT),
        (_used(800, 40, completion_tokens_details={"audio_tokens": 30}), INCONSISTENT),
        (_used(800, 40, total_tokens=4000), INCONSISTENT),
        (_used(800, -40), INCONSISTENT),
        (_used(800, 2**16 - 40), INCONSISTENT),
        (_used(800, 2**32 - 40), INCONSISTENT),
        (_used(800, 2**63 - 40), INCONSISTENT),
        (_used(800, 2**64 - 40), INCONSISTENT),
        (_used(800, 10**40), INCONSISTENT),
        (_used(float("inf"), 40), INCONSISTENT),
        (_used(800, float("nan")), INCONSISTENT),
        (_used(2_000_000, 40), INCONSISTENT),
        (_used(-800, 40), INCONSISTENT),
        (_used(800, 40.5), INCONSISTENT),
        (_used("800", "40"), INCONSISTENT),
        (_used(True, True), INCONSISTENT),
        (_used([800], {}), MISSING),
        (_used(0, 0), MISSING),
        (_used(0, 0, total_tokens=0), MISSING),
        ({"usage": {}}, MISSING),
        ({"usage": None}, MISSING),
        ({"usage": "840"}, MISSING),
        ({"usage": [800, 40]}, MISSING),
    ],
)
async def test_an_answer_is_handed_on_and_settled_in_its_kind_whichever_way_it_comes(
    application: Application, changes: dict[str, Any], kind: tuple[str, str | None, str | None]
) -> None:
    """Whole, as a stream, and to somebody's own code. What is not known counts at its worst, no more; a stream that
    does not say what it used is estimated.
    """
    at_once = await application.chat(raw(whole(**changes)))
    in_pieces = await application.chat(streamed(**changes), streamed=True)
    own = await application.create(whole(**changes))
    assert (at_once.status, at_once.told) == (in_pieces.status, in_pieces.told) == (200, TEXT)
    for found in (at_once, in_pieces, own):
        row = found.row
        if found is in_pieces and kind == MISSING:
            assert (row["status"], row["error"]) == ("estimated", "usage_missing")
        else:
            assert found.kind == kind
        assert found.reserved_usd == 0
        if row["cost_usd"] is not None:
            assert found.spent_usd == Decimal(row["cost_usd"])
        else:
            assert Decimal("0.001") < found.spent_usd < Decimal("0.1")
        if row["status"] == "unknown":
            assert (row["cost_low_usd"], Decimal(row["cost_high_usd"])) == ("0", found.spent_usd)


CUT = "upstream_stream_cut"
FAILED = "upstream_stream_failed"
REJECTED = "answer_rejected"
ESTIMATED = ("estimated", "usage_missing", None)
BROKEN_OFF = ("estimated", "stream_cut", None)
END = (chunk(None, "stop"), chunk() | {"choices": [], "usage": USAGE})
FIRST, REST = chunk(TEXT[:10]), chunk(TEXT[10:])
GOOD_STREAM = stream(FIRST, REST, *END).content
EMPTY = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
ERROR = {"error": {"message": "overloaded", "type": "server_error", "code": 503}}


def _halves(text: str, *between: dict[str, Any]) -> httpx2.Response:
    """A text cut in the middle of its first emoji, as servers do that cut at UTF-16 units."""
    written = json.dumps(text)  # an emoji is written as \\ud83d\\ude80
    cut = written.index("\\ude")
    first, last = f'{written[:cut]}"', f'"{written[cut:]}'
    frame = json.dumps(chunk("@"))
    return stream(frame.replace('"@"', first), *between, frame.replace('"@"', last), *END)


@each_line(
    ("answer", "told", "kind"),
    [
        (stream(FIRST, REST, *END, done=False), TEXT, MEASURED),
        (stream(FIRST, REST, done=False), CUT, BROKEN_OFF),
        (stream(FIRST, REST, END[1], done=False), CUT, MEASURED),
        (stream(FIRST, REST, END[0], done=False), TEXT, ESTIMATED),
        (stream(FIRST, ERROR), FAILED, ESTIMATED),
        (stream(FIRST, ERROR, done=False), FAILED, BROKEN_OFF),
        (stream(FIRST, REST, *END, ERROR), FAILED, MEASURED),
        (stream(ERROR), FAILED, ("unknown", "answer_failed", None)),
        (stream(FIRST, b'event: error\ndata: {"message": "overloaded"}\n\n', done=False), FAILED, BROKEN_OFF),
        (stream(FIRST, b"event: error\ndata: overloaded\n\n"), FAILED, ESTIMATED),
        (stream(FIRST, {"object": "error", "message": "overloaded", "code": 503}), FAILED, ESTIMATED),
        (stream(FIRST, {"error": "overloaded"}), FAILED, ESTIMATED),
        (stream(FIRST, chunk(None, "error"), END[1]), FAILED, MEASURED),
        (stream(FIRST, chunk(None, "content_filter"), END[1]), REJECTED, MEASURED),
        (stream(FIRST, chunk(None, "length"), END[1]), REJECTED, MEASURED),
        (stream(), REJECTED, ESTIMATED),
        (stream(done=False), CUT, BROKEN_OFF),
        (raw(b"<html>Welcome</html>", "text/event-stream"), CUT, BROKEN_OFF),
        (raw(whole(), "text/event-stream"), TEXT, MEASURED),
        (raw(whole()), TEXT, MEASURED),
        (raw(whole(choices=[], **ERROR)), FAILED, MEASURED),
        (raw(json.dumps(ERROR).encode()), FAILED, ("unknown", "answer_failed", None)),
        (raw(whole(choices=[])), CUT, MEASURED),
        (stream(GOOD), TEXT, MEASURED),
        (stream(FIRST, REST, *END, chunk() | {"choices": [], "usage": EMPTY}), TEXT, MEASURED),
        (stream(FIRST | {"usage": EMPTY}, REST, *END), TEXT, MEASURED),
        (stream(FIRST | {"usage": {"prompt_tokens": 800, "completion_tokens": 2}}, REST, *END), TEXT, MEASURED),
        (stream(FIRST, REST, {"choices": [chunk(None, "stop")["choices"][0] | {"usage": USAGE}]}), TEXT, MEASURED),
        (stream(FIRST, REST, *END, {"id": "", "model": "", "choices": [{"index": 0, "content_filter_results": {}}]}),
         TEXT, MEASURED),
        (stream(FIRST, REST, {"id": 4, "model": {}, "service_tier": [], "choices": None}, *END), TEXT, MEASURED),
        (stream(FIRST, DEEP, '{"choices": [[]]}', '{"choices": 7}', "7", "null", "ping", REST, *END), TEXT, MEASURED),
        (stream(FIRST, json.dumps(REST).replace(', "choices"', ',\ndata: "choices"'), *END), TEXT, MEASURED),
        (stream(b": ping\n\n\xef\xbb\xbf", FIRST, b": ping\r\n\r\n", REST, *END), TEXT, MEASURED),
        (raw(b"\xef\xbb\xbf" + GOOD_STREAM.replace(b"\n", b"\r"), "text/event-stream"), TEXT, MEASURED),
        (raw(GOOD_STREAM.replace(b"\n\n", b"\n"), "text/event-stream"), TEXT, MEASURED),
        (raw(GOOD_STREAM + stream(FIRST, ERROR).content, "text/event-stream"), TEXT, MEASURED),
        (stream(FIRST, REST, {"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}], "usage": USAGE}),
         TEXT, MEASURED),
        (_halves("It rose \N{ROCKET} by 12 %."), "It rose \N{ROCKET} by 12 %.", MEASURED),
        (_halves("It rose \N{ROCKET} by 12 %.", chunk(""), chunk(None)), "It rose \N{ROCKET} by 12 %.", MEASURED),
        (stream(FIRST, json.dumps(REST)[:-1] + ', "x": NaN}', *END), TEXT, MEASURED),
        (stream(FIRST, json.dumps(REST)[:-1], *END), CUT, MEASURED),
        (stream(FIRST, json.dumps(REST)[:-1], END[0]), CUT, BROKEN_OFF),
    ],
)  # fmt: skip
async def test_a_stream_ends_with_its_whole_text_or_with_an_error(
    application: Application, answer: httpx2.Response, told: str, kind: tuple[str, str | None, str | None]
) -> None:
    """And its row says what it used, as far as it was told."""
    found = await application.chat(answer, streamed=True)
    assert found.told == told
    row = found.row
    assert (row["status"], row["error"]) == kind[:2]
    if kind == MEASURED:
        assert row["cost_usd"] == COST
    assert found.reserved_usd == 0
    counted = row["cost_high_usd" if row["error"] == "stream_cut" else "cost_usd"]  # what broke off, at its worst
    assert found.spent_usd == (0 if row["error"] == "answer_failed" else Decimal(counted))


@each_line("broken", [stream(FIRST, ERROR), stream(FIRST, chunk(None, "error"), END[1]), stream(FIRST, done=False)])
async def test_half_a_sentence_is_not_remembered(application: Application, broken: httpx2.Response) -> None:
    """It is no turn of its session: the model is not shown it with the next question."""
    session = await application.session()
    await application.chat(broken, streamed=True, session=session)
    assert (await application.chat(raw(whole()), session=session)).told == TEXT
    assert TEXT[:10].encode() not in application.upstream.asked
    await application.chat(raw(whole()), session=session)
    assert TEXT.encode() in application.upstream.asked


@each_line(
    ("answer", "told"),
    [
        (message(refusal=""), TEXT),
        (message(refusal=None, tool_calls=[], function_call=None, audio=None), TEXT),
        (message(content=[{"type": "thinking", "thinking": [{"text": "Hm."}]}, {"type": "text", "text": TEXT}]), TEXT),
        (message(content=[TEXT[:10], {"text": TEXT[10:]}]), TEXT),
        (message(content={"type": "text", "text": TEXT}), TEXT),
        (message(content="Cura\0cao"), "Cura\0cao"),
        (message(content="half an emoji: \ud83d"), "half an emoji: \N{REPLACEMENT CHARACTER}"),
        (message().replace(b'"usage"', b'"score": NaN, "usage"'), TEXT),
        (b"\xef\xbb\xbf" + message(), TEXT),
        (message(None), TEXT),
        (message("STOP"), TEXT),
        (message("end_turn"), TEXT),
        (message({"reason": "stop"}), TEXT),  # type: ignore[arg-type]
    ],
)
async def test_an_answer_of_another_shape_is_read(application: Application, answer: bytes, told: str) -> None:
    """At the first try: each further one is paid for."""
    found = await application.chat(raw(answer))
    assert (found.status, found.told, found.kind, found.spent_usd) == (200, told, MEASURED, Decimal(COST))


@each_line(
    ("answer", "status", "told", "error"),
    [
        (message(content=None, refusal="I will not."), 422, REJECTED, None),
        (message("error", content=TEXT[:10]), 502, "upstream_answer_failed", None),
        (message("content_filter", content=TEXT[:10]), 422, REJECTED, None),
        (message("length", content=TEXT[:10]), 422, REJECTED, None),
        (message("network_error", content=TEXT[:10]), 422, REJECTED, None),
        (whole(choices=[]), 422, REJECTED, None),
        (whole(choices=[[1], None]), 422, REJECTED, None),
        (whole(choices=[{"message": {"content": [[], {"type": "text", "text": 5}]}}]), 422, REJECTED, None),
        (whole(**ERROR), 502, "upstream_answer_failed", None),
        (json.dumps(ERROR).encode(), 502, "upstream_answer_failed", "answer_failed"),
        (b"<html>Welcome</html>", 502, "upstream_error", "unreadable_answer"),
        (b"", 502, "upstream_error", "unreadable_answer"),
        (b"[]", 502, "upstream_error", "unreadable_answer"),
        (whole()[:-20], 502, "upstream_error", "unreadable_answer"),
        (f'{{"choices": {DEEP}}}'.encode(), 502, "upstream_error", "unreadable_answer"),
    ],
)
async def test_what_is_no_whole_answer_is_an_error_and_counts_all_the_same(
    application: Application, answer: bytes, status: int, told: str, error: str | None
) -> None:
    """However often it is asked for: every answer has a row, and an error in place of an answer counts for nothing."""
    found = await application.chat(raw(answer))
    assert (found.status, found.told) == (status, told)
    assert {row["error"] for row in found.rows} == {error}
    assert found.reserved_usd == 0
    each = {None: Decimal(COST), "answer_failed": Decimal(0)}
    assert found.spent_usd == sum(each.get(error, Decimal(row["cost_high_usd"] or 0)) for row in found.rows)


UNAVAILABLE, UPSTREAM, TIMEOUT = "upstream_unavailable", "upstream_error", "upstream_timeout"
UNREACHABLE = "upstream_unreachable"


@each_line(
    ("answer", "told", "tries", "kind"),
    [
        (refusal(400), UPSTREAM, 1, "unbilled"),
        (refusal(401), UPSTREAM, 1, "unbilled"),
        (refusal(400, x_should_retry="true"), UPSTREAM, 3, "unbilled"),
        (refusal(429), UNAVAILABLE, 3, "unbilled"),
        (refusal(429, "insufficient_quota"), "upstream_quota_exhausted", 1, "unbilled"),
        (refusal(429, x_should_retry="false"), UNAVAILABLE, 1, "unbilled"),
        (refusal(429, retry_after_ms="-1", retry_after="600"), UNAVAILABLE, 1, "unbilled"),
        (refusal(408), TIMEOUT, 3, "unbilled"),
        (refusal(307, location="http://other.invalid/v1"), UPSTREAM, 1, "unbilled"),
        (refusal(503, x_should_retry="false"), UNAVAILABLE, 1, "unknown"),
        (refusal(520), UPSTREAM, 3, "unknown"),
        (refusal(524), TIMEOUT, 3, "unknown"),
        (refusal(529), UNAVAILABLE, 3, "unknown"),
        (httpx2.ConnectError("nobody listens"), UNREACHABLE, 3, "unbilled"),
        (httpx2.ReadError("reset"), UNREACHABLE, 3, "worst"),
        (httpx2.ReadTimeout("late"), TIMEOUT, 1, "worst"),
    ],
)
async def test_what_brings_no_answer_is_tried_again_where_it_helps_and_counts_only_where_it_may_be_billed(
    application: Application, answer: httpx2.Response | Exception, told: str, tries: int, kind: str
) -> None:
    """A refusal is unbilled. The cost of a server's error is unknown, and counts for nothing; what fell silent counts
    at its worst. Streamed and not.
    """
    for as_stream in (False, True):
        found = await application.chat(answer, streamed=as_stream)
        assert (found.told, len(found.rows)) == (told, tries)
        assert found.reserved_usd == 0
        assert {row["status"] for row in found.rows} == {"unbilled" if kind == "unbilled" else "unknown"}
        assert {row["cost_usd"] for row in found.rows} == {None}
        worst = sum(Decimal(row["cost_high_usd"] or 0) for row in found.rows)
        assert found.spent_usd == (worst if kind == "worst" else 0)
        assert (worst > 0) is (kind != "unbilled")
