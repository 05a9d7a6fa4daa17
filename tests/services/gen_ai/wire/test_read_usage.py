from typing import Any

import pytest

from app.services.gen_ai.rules.pricing import TokenUsage, UsageInconsistentError, read_usage
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


def test_usages_add_up_bucket_by_bucket() -> None:
    """And so do their sums."""
    whole = TokenUsage(1, 2, 3, 4, 5) + TokenUsage(10, 20, 30, 40, 50)
    assert whole == TokenUsage(11, 22, 33, 44, 55)
    assert (whole.input_tokens, whole.output_tokens) == (66, 99)


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
