"""The padding on the deltas of a stream."""

from typing import Any

import orjson

from app.simulator.faults import Fault
from app.simulator.service import Simulator
from tests.simulator.conftest import Events, Post

LONG = "One two three four five six seven eight nine ten, and so on and so forth. " * 5


async def test_deltas_of_a_response_are_padded_to_one_size(
    ask: Post, response_events: Events, simulator: Simulator
) -> None:
    """Every delta, of words, calls and summaries, and nothing else."""
    simulator.faults.add(Fault(kind="content", text=LONG))
    body: dict[str, Any] = {"model": "gpt-6-luna", "reasoning": {"summary": "auto"}}
    found = response_events(await ask(stream=True, **body))
    padded = [event for event in found if "obfuscation" in event]
    assert padded == [event for event in found if event["type"].endswith(".delta")]
    assert {(len(event["delta"]) + len(event["obfuscation"])) % 16 for event in padded} == {0}
    assert all(event["obfuscation"] for event in padded)


async def test_chunks_of_a_chat_completion_are_padded(post: Post, events: Events) -> None:
    """All but the one that tells the usage: with its padding, each delta is of one size, or a multiple of it."""
    chunks = events(await post(stream=True, stream_options={"include_usage": True}))
    sizes = [len(orjson.dumps(chunk["choices"][0]["delta"])) + len(chunk["obfuscation"]) for chunk in chunks[:-1]]
    assert {size % 16 for size in sizes} == {0}
    assert all(chunk["obfuscation"] for chunk in chunks[:-1])
    assert "obfuscation" not in chunks[-1]


async def test_padding_can_be_declined(post: Post, ask: Post, events: Events, response_events: Events) -> None:
    """The text and its price are the same without it."""
    declined = {"include_obfuscation": False}
    plain, padded = [events(await post(stream=True, stream_options=options)) for options in (declined, None)]
    assert [chunk["choices"][0]["delta"] for chunk in plain] == [chunk["choices"][0]["delta"] for chunk in padded]
    bare, full = [response_events(await ask(stream=True, stream_options=options)) for options in (declined, None)]
    assert bare[-1]["response"]["usage"] == full[-1]["response"]["usage"]
    assert not any("obfuscation" in event for event in [*plain, *bare])
