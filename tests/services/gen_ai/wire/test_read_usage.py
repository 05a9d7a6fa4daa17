from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.rules.pricing import (
    TokenUsage,
    UsageInconsistentError,
    check_allowed,
    counts_input,
    counts_output,
    read_usage,
)
from tests.fakes.hostile_json import json_with
from tests.tables import each_line

GOOD: dict[str, tuple[dict[str, Any], TokenUsage]] = {
    "the least": ({"prompt_tokens": 7, "completion_tokens": 3}, TokenUsage(7, 0, 0, 3, 0)),
    "Chat Completions": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 20, "audio_tokens": 0},
        },
        TokenUsage(10, 60, 30, 30, 20),
    ),
    "Responses": (
        {
            "input_tokens": 100,
            "output_tokens": 50,
            "total_tokens": 150,
            "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 40},
            "output_tokens_details": {"reasoning_tokens": 50},
        },
        TokenUsage(0, 60, 40, 0, 50),
    ),
    "details that are null": (
        {
            "prompt_tokens": 5,
            "completion_tokens": 0,
            "prompt_tokens_details": None,
            "completion_tokens_details": {"reasoning_tokens": None},
        },
        TokenUsage(5, 0, 0, 0, 0),
    ),
    "embeddings": ({"prompt_tokens": 8, "total_tokens": 8}, TokenUsage(8, 0, 0, 0, 0)),
    "whole floats": ({"prompt_tokens": 7.0, "completion_tokens": 3.0, "total_tokens": 10.0}, TokenUsage(7, 0, 0, 3, 0)),
    "DeepSeek's names": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_cache_hit_tokens": 64,
            "prompt_cache_miss_tokens": 36,
        },
        TokenUsage(36, 64, 0, 50, 0),
    ),
    "hits without misses": (
        {"prompt_tokens": 100, "completion_tokens": 50, "prompt_cache_hit_tokens": 64},
        TokenUsage(36, 64, 0, 50, 0),
    ),
    "misses without hits": (
        {"prompt_tokens": 100, "completion_tokens": 50, "prompt_cache_miss_tokens": 36},
        TokenUsage(36, 64, 0, 50, 0),
    ),
    "names of a cache that there is not": (
        {"prompt_tokens": 9, "completion_tokens": 5, "prompt_cache_hit_tokens": 0, "prompt_cache_miss_tokens": 0},
        TokenUsage(9, 0, 0, 5, 0),
    ),
    "every name for the same": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "cached_tokens": 64,
            "cache_read_input_tokens": 64,
            "cache_creation_input_tokens": 30,
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 30},
        },
        TokenUsage(6, 64, 30, 50, 0),
    ),
    "written for half an hour, in the details alone": (
        {
            "input_tokens": 100,
            "output_tokens": 50,
            "input_tokens_details": {"cache_write_tokens_details": {"ttl_30m_tokens": 40}},
        },
        TokenUsage(60, 0, 40, 50, 0),
    ),
    "written for half an hour": (
        {
            "input_tokens": 100,
            "output_tokens": 50,
            "input_tokens_details": {
                "cache_write_tokens": 40,
                "cache_write_tokens_details": {"ttl_30m_tokens": 40, "ttl_12h_tokens": 0},
            },
        },
        TokenUsage(60, 0, 40, 50, 0),
    ),
    "written for twelve hours and for half an hour": (
        {
            "input_tokens": 10,
            "output_tokens": 1,
            "input_tokens_details": {
                "cache_write_tokens": 9,
                "cache_write_tokens_details": {"ttl_30m_tokens": 4, "ttl_12h_tokens": 5},
            },
        },
        TokenUsage(1, 0, 4, 1, 0, 5),
    ),
    "written for twelve hours, in the details alone": (
        {
            "input_tokens": 10,
            "output_tokens": 1,
            "input_tokens_details": {"cache_write_tokens_details": {"ttl_12h_tokens": 5}},
        },
        TokenUsage(5, 0, 0, 1, 0, 5),
    ),
    "nothing used": ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, TokenUsage(0, 0, 0, 0, 0)),
}


@pytest.mark.parametrize(("usage", "buckets"), GOOD.values(), ids=GOOD.keys())
def test_usage_is_split_into_buckets_that_share_no_token(usage: dict[str, Any], buckets: TokenUsage) -> None:
    """Cached and written tokens are taken out of the input, reasoning out of the output; a missing detail is none."""
    assert read_usage(usage) == buckets


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "prompt_tokens is None"),
    "no completion": ({"prompt_tokens": 1}, "completion_tokens is None"),
    "no output": ({"input_tokens": 1}, "output_tokens is None"),
    "negative": ({"prompt_tokens": -1, "completion_tokens": 1}, "prompt_tokens is -1"),
    "a fraction": ({"prompt_tokens": 1.5, "completion_tokens": 1}, "prompt_tokens is 1.5"),
    "a text": ({"prompt_tokens": "1", "completion_tokens": 1}, "prompt_tokens is a str"),
    "a truth": ({"prompt_tokens": True, "completion_tokens": 1}, "prompt_tokens is True"),
    "more cached than input": (
        {"prompt_tokens": 10, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 11}},
        "11 cached and 0 written tokens exceed 10",
    ),
    "more cached and written than input": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 1,
            "prompt_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 5},
        },
        "6 cached and 5 written tokens exceed 10",
    ),
    "negative cached": (
        {"prompt_tokens": 10, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": -1}},
        "cached_tokens is -1",
    ),
    "more reasoning than output": (
        {"prompt_tokens": 10, "completion_tokens": 1, "completion_tokens_details": {"reasoning_tokens": 2}},
        "2 reasoning tokens exceed 1",
    ),
    "a wrong total": (
        {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 12},
        r"total_tokens is 12, but 10 \+ 1",
    ),
    "output missing beside a larger total": ({"prompt_tokens": 8, "total_tokens": 9}, "completion_tokens is None"),
    "output null": ({"prompt_tokens": 8, "completion_tokens": None, "total_tokens": 8}, "completion_tokens is None"),
    "no total of embeddings": ({"prompt_tokens": 8, "total_tokens": None}, "completion_tokens is None"),
    "wrapped round at 32 bits": ({"prompt_tokens": 9, "completion_tokens": 4_294_967_261}, "completion_tokens is 4294"),
    "wrapped round at 64 bits": ({"prompt_tokens": 9, "completion_tokens": 2**64 - 35}, "completion_tokens is 1844"),
    "beyond 64 bits": ({"prompt_tokens": 10**30, "completion_tokens": 1}, "prompt_tokens is 1000"),
    "no number": ({"prompt_tokens": float("nan"), "completion_tokens": 1}, "prompt_tokens is nan"),
    "without end": ({"prompt_tokens": float("inf"), "completion_tokens": 1}, "prompt_tokens is inf"),
    "more hits than input": (
        {"prompt_tokens": 10, "completion_tokens": 1, "prompt_cache_hit_tokens": 11},
        "11 cached and 0 written tokens exceed 10",
    ),
    "hits and misses that are not the input": (
        {"prompt_tokens": 10, "completion_tokens": 1, "prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 5},
        "4 tokens hit and 5 missed the cache, of 10",
    ),
    "more misses than input": (
        {"prompt_tokens": 10, "completion_tokens": 1, "prompt_cache_miss_tokens": 11},
        "11 tokens missed the cache, of 10",
    ),
    "names that disagree": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 1,
            "prompt_cache_hit_tokens": 4,
            "prompt_tokens_details": {"cached_tokens": 5},
        },
        "4 or 5 cached tokens",
    ),
    "parts of what was written that are not the whole": (
        {
            "input_tokens": 10,
            "output_tokens": 1,
            "input_tokens_details": {
                "cache_write_tokens": 9,
                "cache_write_tokens_details": {"ttl_30m_tokens": 4, "ttl_12h_tokens": 4},
            },
        },
        "8 or 9 written tokens",
    ),
    "written for twelve hours and read, more than there is": (
        {
            "input_tokens": 10,
            "output_tokens": 1,
            "input_tokens_details": {"cached_tokens": 6, "cache_write_tokens_details": {"ttl_12h_tokens": 5}},
        },
        "6 cached and 5 written tokens exceed 10",
    ),
    "audio in the output": (
        {"prompt_tokens": 10, "completion_tokens": 9, "completion_tokens_details": {"audio_tokens": 7}},
        "7 audio tokens, for which the catalogue has no rate",
    ),
    "audio in the input": (
        {"input_tokens": 10, "output_tokens": 9, "input_tokens_details": {"audio_tokens": 7}},
        "7 audio tokens, for which the catalogue has no rate",
    ),
    "audio in the cache": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 9,
            "prompt_tokens_details": {"cached_tokens": 4, "cached_tokens_details": {"audio_tokens": 4}},
        },
        "4 audio tokens, for which the catalogue has no rate",
    ),
    "audio that is no count": (
        {"prompt_tokens": 10, "completion_tokens": 9, "completion_tokens_details": {"audio_tokens": "7"}},
        "audio_tokens is a str",
    ),
    "details that are no object": (
        {"prompt_tokens": 10, "completion_tokens": 1, "prompt_tokens_details": [4]},
        "prompt_tokens_details",
    ),
}


@each_line(("usage", "reason"), BAD.values())
def test_usage_that_contradicts_itself_is_refused(usage: dict[str, Any], reason: str) -> None:
    """With what is wrong; nothing is guessed."""
    with pytest.raises(UsageInconsistentError, match=reason):
        read_usage(usage)


@each_line(("tokens", "reason"), [
    (TokenUsage(90, 9, 1, 40, 10), None),
    (TokenUsage(0, 0, 0, 0, 0), None),
    (TokenUsage(91, 9, 1, 40, 10), "101 input tokens where the model takes 100"),
    (TokenUsage(0, 101, 0, 40, 10), "101 input tokens where the model takes 100"),
    (TokenUsage(90, 9, 1, 41, 10), "51 output tokens where 50 were allowed"),
    (TokenUsage(90, 9, 1, 0, 51), "51 output tokens where 50 were allowed"),
    (TokenUsage(0, 0, 0, 5, 0), "5 output tokens of no input"),
])  # fmt: skip
def test_more_than_was_allowed_cannot_have_been_used(tokens: TokenUsage, reason: str | None) -> None:
    """Up to the limits themselves all is well; each kind of token counts."""
    if reason is None:
        check_allowed(tokens, most_input=100, most_output=50)
    else:
        with pytest.raises(UsageInconsistentError, match=reason):
            check_allowed(tokens, most_input=100, most_output=50)


@each_line(("usage", "counts"), [
    ({"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}, (True, False)),
    ({"input_tokens": 9, "output_tokens": 1}, (True, True)),
    ({"prompt_tokens": 0, "completion_tokens": 0, "input_tokens": 0, "output_tokens": 4}, (False, True)),
    ({"prompt_tokens": None}, (False, False)),
    ({"completion_tokens": "x"}, (False, True)),
])  # fmt: skip
def test_a_placeholder_is_told_from_a_count(usage: dict[str, Any], counts: tuple[bool, bool]) -> None:
    """By what it counts; whether it makes sense is seen where it is read."""
    assert (counts_input(usage), counts_output(usage)) == counts


COUNTS = st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens"])
DETAILS = st.sampled_from(["prompt_tokens_details", "completion_tokens_details", "input_tokens_details"])
VALUE = json_with("cached_tokens", "cache_write_tokens", "reasoning_tokens", "audio_tokens", "ttl_12h_tokens",
                  "ttl_30m_tokens", "cache_write_tokens_details")  # fmt: skip


@given(st.dictionaries(COUNTS, st.integers(0, 9) | VALUE), st.dictionaries(DETAILS, VALUE))
def test_whatever_a_usage_is_its_buckets_can_be_stored_or_it_is_refused(
    counts: dict[str, Any], details: dict[str, Any]
) -> None:
    """Any JSON: no other exception, and no bucket below nothing or beyond 64 bits."""
    try:
        tokens = read_usage({**counts, **details})
    except UsageInconsistentError:
        return
    assert all(0 <= bucket < 2**31 and type(bucket) is int for bucket in astuple(tokens))


def test_depth_is_no_way_to_an_exception() -> None:
    """Details within details, as deep as JSON goes."""
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"x": deep}
    assert read_usage({"prompt_tokens": 1, "completion_tokens": 1, "x": deep}) == TokenUsage(1, 0, 0, 1, 0)


def test_usages_add_up_bucket_by_bucket() -> None:
    """And so do their sums."""
    whole = TokenUsage(1, 2, 3, 4, 5, 6) + TokenUsage(10, 20, 30, 40, 50, 60)
    assert whole == TokenUsage(11, 22, 33, 44, 55, 66)
    assert (whole.input_tokens, whole.output_tokens) == (132, 99)


@pytest.mark.parametrize("total", [150.5, True, "150"])
def test_a_total_that_is_no_count_is_refused(total: object) -> None:
    """True equals 1 in Python, and is no count of tokens."""
    usage = {"prompt_tokens": 100 if total is not True else 1, "completion_tokens": 50 if total is not True else 0}
    with pytest.raises(UsageInconsistentError, match="total_tokens"):
        read_usage({**usage, "total_tokens": total})


def test_of_two_namings_the_one_that_was_asked_for_counts() -> None:
    """Gateways that send both leave one of them at zero: a call must not become free of charge by that."""
    usage = {"prompt_tokens": 100, "completion_tokens": 50, "input_tokens": 0, "output_tokens": 0}
    assert (read_usage(usage).input_tokens, read_usage(usage).output_tokens) == (100, 50)
