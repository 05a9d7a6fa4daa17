"""Whatever bytes come back, however they are cut: one settlement, at most at the worst case, and no byte is lost."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import httpx2
import openai
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services.gen_ai.ledger.port import Settlement
from app.vocabulary import AttemptStatus
from tests.fakes.gate import Gate
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted_stream import ScriptedBody, streamed

BODY: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi."}], "max_completion_tokens": 50}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KNOWN = ("id", "model", "service_tier", "usage", "choices", "output", "status", "error", "type", "response", "delta")
ODD_OBJECT = st.dictionaries(st.sampled_from(_KNOWN), ANY_JSON, max_size=6)
USAGE = st.fixed_dictionaries(
    {name: st.integers(-5, 10**20) for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
)
CHUNK = st.one_of(
    ODD_OBJECT,
    st.builds(lambda usage: {"choices": [], "usage": usage}, USAGE),
    st.builds(lambda text: {"choices": [{"index": 0, "delta": {"content": text}}]}, st.text(max_size=10)),
)
EVENT = st.one_of(
    st.builds(lambda chunk: b"data: " + json.dumps(chunk).encode() + b"\n\n", CHUNK),
    st.sampled_from([b"data: [DONE]\n\n", b": a comment\n\n", b"event: error\n", b"\r\n", b"data:\n\n"]),
    st.binary(max_size=30),
)


class Counting(MemoryLedger):
    """Counts how often it is asked to settle."""

    def __init__(self) -> None:
        super().__init__()
        self.settlements = 0

    async def settle(self, attempt_id: str, settlement: Settlement) -> None:
        self.settlements += 1
        await super().settle(attempt_id, settlement)


def _checked(ledger: Counting) -> None:
    (row,) = ledger.opened
    assert ledger.settlements == 1
    assert row.settlement is not None
    assert row.status in {AttemptStatus.MEASURED, AttemptStatus.ESTIMATED, AttemptStatus.UNKNOWN}
    charge = row.settlement.charge(row.attempt.worst)
    assert charge.usd >= 0
    if row.settlement.cost_usd is not None and row.status is AttemptStatus.ESTIMATED:
        assert row.attempt.worst_usd is not None
        assert row.settlement.cost_usd <= row.attempt.worst_usd


async def _stream(parts: list[bytes], *, wire: str, raw: bool) -> tuple[bytes, Counting]:
    ledger = Counting()
    async with Gate.build(streamed(ScriptedBody(*parts)), ledger=ledger) as gate:
        client = gate.manager.get_client("chatops_advanced", "alice")
        body = (
            BODY if wire == "/chat/completions" else {"model": "gpt-4o-mini", "input": "Hi.", "max_output_tokens": 50}
        )
        body = body | {"stream": True, "stream_options": {"include_usage": True}}
        received = b""
        if raw:
            response = await client.post(
                wire, cast_to=httpx2.Response, body=body, stream=True, stream_cls=openai.AsyncStream[Any]
            )
            received = b"".join([part async for part in response.aiter_raw()])  # type: ignore[attr-defined]
        else:
            stream = await gate.caller.stream(gate.operation(), gate.request(BODY), [])
            async for _ in stream:
                pass
        await gate.background.close(60)
    return received, ledger


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(EVENT, max_size=8),
    st.lists(st.integers(0, 200), max_size=6),
    st.sampled_from(["/chat/completions", "/responses"]),
)
def test_a_stream_of_anything_is_settled_once_and_handed_on(events: list[bytes], cuts: list[int], wire: str) -> None:
    """Cut anywhere; what somebody's own code reads are the very bytes, up to the answer's last event."""
    whole = b"".join(events)
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    parts = [whole[start:end] for start, end in pairwise(edges)]
    received, ledger = asyncio.run(_stream(parts, wire=wire, raw=True))
    assert whole.startswith(received)
    if wire == "/chat/completions" and b"[DONE]" not in whole:
        assert received == whole
    _checked(ledger)
    if wire == "/chat/completions":
        _, ledger = asyncio.run(_stream(parts, wire=wire, raw=False))
        _checked(ledger)


async def _whole(content: bytes, wire: str) -> Counting:
    ledger = Counting()
    async with Gate.build(httpx2.Response(200, content=content), ledger=ledger) as gate:
        client = gate.manager.get_client("chatops_advanced", "alice")
        body = (
            BODY if wire == "/chat/completions" else {"model": "gpt-4o-mini", "input": "Hi.", "max_output_tokens": 50}
        )
        response = await client.post(wire, cast_to=httpx2.Response, body=body)
        assert response.content == content
    return ledger


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.builds(lambda value: json.dumps(value).encode(), ODD_OBJECT | ANY_JSON), st.binary(max_size=60)),
    st.sampled_from(["/chat/completions", "/responses"]),
)
def test_a_whole_answer_of_anything_is_settled_once_and_handed_on(content: bytes, wire: str) -> None:
    _checked(asyncio.run(_whole(content, wire)))
