from app.simulator.metering import PromptCache


def test_a_short_prompt_is_not_cached() -> None:
    """1,023 tokens are one too few."""
    cache = PromptCache()
    assert [cache.take("m", range(1_023)) for _ in range(2)] == [(0, 0), (0, 0)]


def test_a_prompt_is_written_once_and_read_from_then_on() -> None:
    """The cacheable part is 1,024 tokens and full steps of 128."""
    cache = PromptCache()
    assert cache.take("m", range(1_300)) == (0, 1_280)
    assert cache.take("m", range(1_300)) == (1_280, 0)


def test_the_longest_known_prefix_counts() -> None:
    """A prompt that grows reads what it had and writes what is new."""
    cache = PromptCache()
    cache.take("m", range(1_100))
    assert cache.take("m", range(1_200)) == (1_024, 128)
    changed = [*range(1_024), *range(9_000, 9_300)]
    assert cache.take("m", changed) == (1_024, 256)


def test_models_do_not_share_a_cache() -> None:
    """The same prompt to another model starts from nothing."""
    cache = PromptCache()
    cache.take("m", range(1_024))
    assert cache.take("n", range(1_024)) == (0, 1_024)


def test_the_least_recently_used_is_forgotten() -> None:
    """The memory is bounded."""
    cache = PromptCache(capacity=2)
    one, two, three = (range(start, start + 1_024) for start in (0, 5_000, 10_000))
    for prompt in (one, two, one, three):
        cache.take("m", prompt)
    assert cache.take("m", one) == (1_024, 0)
    assert cache.take("m", two) == (0, 1_024)
