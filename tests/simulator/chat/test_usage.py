from typing import Any

import pytest

from app.simulator.faults import Fault
from app.simulator.service import Simulator
from app.tokenizer import count_tokens
from tests.simulator.conftest import Events, Post

TOOL = {"type": "function", "function": {"name": "clock", "description": "Tells the time"}}


async def usage_of(post: Post, **body: Any) -> dict[str, Any]:
    usage: dict[str, Any] = (await post(**body)).json()["usage"]
    return usage


async def test_tokens_are_counted_as_documented(post: Post, simulator: Simulator) -> None:
    """Three tokens frame a message and three the answer; total is prompt and completion."""
    simulator.faults.add(Fault(kind="content", text="Hello to you."))
    usage = await usage_of(post, messages=[{"role": "user", "content": "Say hello."}])
    assert usage == {
        "prompt_tokens": 3 + count_tokens("user") + count_tokens("Say hello.") + 3,
        "completion_tokens": count_tokens("Hello to you."),
        "total_tokens": usage["prompt_tokens"] + usage["completion_tokens"],
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


async def test_tools_schemas_and_calls_cost_prompt_tokens(post: Post) -> None:
    """All that the model reads is billed."""
    plain = (await usage_of(post))["prompt_tokens"]
    schema = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}}
    function = {"name": "clock", "arguments": "{}"}
    spoken = [
        {"role": "user", "content": "Say hello."},
        {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "c", "content": ""},
    ]
    for more in ({"tools": [TOOL]}, {"response_format": schema}):
        assert (await usage_of(post, **more))["prompt_tokens"] > plain
    assert (await usage_of(post, messages=spoken))["prompt_tokens"] > plain + 3 + 3 + 2


@pytest.mark.parametrize(
    ("model", "effort", "tokens"),
    [
        ("gpt-6-luna", None, 128),
        ("gpt-6.1-sol", None, 128),
        ("gpt-6-luna", "none", 0),
        ("gpt-6-astra", "xhigh", 512),
        ("gpt-4o", None, 0),
    ],
)
async def test_reasoning_is_part_of_the_completion(post: Post, model: str, effort: str | None, tokens: int) -> None:
    """Each model reasons with its own default effort, and more effort costs more."""
    usage = await usage_of(post, model=model, reasoning_effort=effort)
    assert usage["completion_tokens_details"]["reasoning_tokens"] == tokens
    assert usage["completion_tokens"] > tokens


async def test_the_limit_cuts_by_tokens(post: Post, simulator: Simulator) -> None:
    """The answer stops at the limit and says so."""
    text = "One two three four five six seven eight nine ten."
    simulator.faults.add(Fault(kind="content", text=text, times=2))
    cut = (await post(max_completion_tokens=5)).json()
    assert cut["choices"][0]["finish_reason"] == "length"
    assert cut["choices"][0]["message"]["content"] == "One two three four five"
    assert cut["usage"]["completion_tokens"] == 5
    exact = (await post(max_tokens=count_tokens(text))).json()
    assert exact["choices"][0]["finish_reason"] == "stop"


async def test_a_character_torn_by_the_limit_is_billed_but_not_written(post: Post, simulator: Simulator) -> None:
    """An answer stays valid text: at every limit it is the beginning of the text, and costs the limit."""
    text = "Hi 뷁 쀍 뷁 쀍 😀"
    tokens = count_tokens(text)
    assert tokens > len(text)
    for limit in range(1, tokens):
        simulator.faults.add(Fault(kind="content", text=text))
        cut = (await post(max_completion_tokens=limit)).json()
        assert cut["usage"]["completion_tokens"] == limit
        assert text.startswith(cut["choices"][0]["message"]["content"])


async def test_reasoning_uses_the_limit_up_first(post: Post) -> None:
    """A limit below the reasoning leaves no room for text."""
    answer = (await post(model="gpt-6-luna", max_completion_tokens=100)).json()
    assert answer["choices"][0]["message"]["content"] == ""
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 100
    assert answer["usage"]["completion_tokens_details"]["reasoning_tokens"] == 100


async def test_a_repeated_prompt_is_read_from_the_cache(post: Post) -> None:
    """gpt-6 tells what was written as well, to the token; other models only what was read, in steps of 128."""
    messages = [{"role": "user", "content": "word " * 1_500}]
    for model, first, second in (
        ("gpt-6-luna", {"cached_tokens": 0, "cache_write_tokens": 1_505}, {"cached_tokens": 1_505}),
        ("gpt-4o", {"cached_tokens": 0}, {"cached_tokens": 1_408}),
    ):
        fresh = (await usage_of(post, model=model, messages=messages))["prompt_tokens_details"]
        again = (await usage_of(post, model=model, messages=messages))["prompt_tokens_details"]
        assert fresh == {"audio_tokens": 0} | first
        assert again["cached_tokens"] == second["cached_tokens"]
        assert ("cache_write_tokens" in again) == (model == "gpt-6-luna")


async def test_a_stream_costs_what_the_whole_answer_costs(post: Post, events: Events) -> None:
    """Usage does not depend on how the answer travels."""
    streamed = events(await post(stream=True, stream_options={"include_usage": True}))
    assert streamed[-1]["usage"] == await usage_of(post)
    assert streamed[0]["usage"] is None
