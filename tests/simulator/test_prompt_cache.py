"""Both sets of rules of the prompt cache, on token ids alone."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from app.clock import FixedClock
from app.simulator.caching import AutomaticCache, BreakpointCache, CacheUse, CacheWish
from app.simulator.prompt import Ttl
from app.simulator.rendering import Mark, Rendered

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
EXPLICIT = CacheWish(mode="explicit")
IMPLICIT = CacheWish()


def prompt(
    tokens: Iterable[int], explicit: Iterable[int] = (), ends: Iterable[int] = (), ttl: Ttl | None = None
) -> Rendered:
    """Tokens with explicit breakpoints, and with messages of a user that end somewhere."""
    marks = [Mark(length, True, ttl) for length in explicit] + [Mark(length, False) for length in ends]
    return Rendered(list(tokens), tuple(sorted(marks, key=lambda mark: mark.length)))


def written(tokens: int, ttl: Ttl = "30m") -> dict[Ttl, int]:
    return {ttl: tokens}


@pytest.fixture
def cache(clock: FixedClock) -> BreakpointCache:
    clock.move_to(NOON)
    return BreakpointCache(clock)


def test_a_prefix_is_written_once_and_read_from_then_on(cache: BreakpointCache) -> None:
    """To the token: nothing is rounded. A read is no write."""
    asked = prompt(range(1_300), explicit=[1_111])
    assert cache.take("m", asked, EXPLICIT) == CacheUse(0, written(1_111))
    assert cache.take("m", asked, EXPLICIT) == CacheUse(1_111)


def test_a_short_prefix_is_not_cached(cache: BreakpointCache) -> None:
    """1,023 tokens are one too few."""
    for length, use in ((1_023, CacheUse()), (1_024, CacheUse(0, written(1_024)))):
        assert cache.take("m", prompt(range(2_000), explicit=[length]), EXPLICIT) == use


def test_explicit_mode_without_a_breakpoint_caches_nothing(cache: BreakpointCache) -> None:
    """Neither is anything read that was written before."""
    asked = prompt(range(2_000), ends=[1_990])
    assert cache.take("m", asked, IMPLICIT) == CacheUse(0, written(1_990))
    assert cache.take("m", asked, EXPLICIT) == CacheUse()


def test_a_common_prefix_without_a_breakpoint_is_not_found(cache: BreakpointCache) -> None:
    """Other questions after the same instructions are written again and again in implicit mode."""
    for question in range(10_000, 10_003):
        asked = prompt([*range(2_000), question], ends=[2_001])
        assert cache.take("m", asked, IMPLICIT) == CacheUse(0, written(2_001))


def test_a_conversation_reads_its_last_turn(cache: BreakpointCache) -> None:
    """The end of an earlier message of the user is where its implicit breakpoint was."""
    assert cache.take("m", prompt(range(1_200), ends=[1_190]), IMPLICIT) == CacheUse(0, written(1_190))
    assert cache.take("m", prompt(range(1_500), ends=[1_190, 1_480]), IMPLICIT) == CacheUse(1_190, written(290))
    assert cache.take("m", prompt(range(1_900), ends=[1_190, 1_480, 1_880]), IMPLICIT) == CacheUse(1_480, written(400))


def test_only_the_latest_breakpoints_are_written(cache: BreakpointCache) -> None:
    """Four; three where the implicit one is the fourth. An earlier one is looked up, but was never written."""
    places = [1_100, 1_200, 1_300, 1_400, 1_500]
    assert cache.take("m", prompt(range(2_000), explicit=places), EXPLICIT) == CacheUse(0, written(1_500))
    assert cache.take("m", prompt(range(2_000), explicit=places[:1]), EXPLICIT) == CacheUse(0, written(1_100))
    assert cache.take("m", prompt(range(2_000), explicit=places[:2]), EXPLICIT) == CacheUse(1_200)
    assert cache.take("n", prompt(range(2_000), explicit=places, ends=[1_900]), IMPLICIT) == CacheUse(0, written(1_900))
    assert cache.take("n", prompt(range(2_000), explicit=places[:2]), EXPLICIT) == CacheUse(0, written(1_200))
    assert cache.take("n", prompt(range(2_000), explicit=places[:3]), EXPLICIT) == CacheUse(1_300)


def test_only_the_latest_80_breakpoints_are_tried(cache: BreakpointCache) -> None:
    """What was written before the 80th from the end is not found."""
    cache.take("m", prompt(range(1_100), explicit=[1_100]), EXPLICIT)
    for later, read in ((79, 1_100), (80, 0)):
        asked = prompt([*range(1_100), *[later] * 200], explicit=[1_100, *range(1_101, 1_101 + later)])
        assert cache.take("m", asked, EXPLICIT).read == read


def test_a_prefix_lives_for_its_time_after_its_last_use(cache: BreakpointCache, clock: FixedClock) -> None:
    """A read renews it; half an hour without one is just not too long."""
    asked = prompt(range(1_200), explicit=[1_100])
    for minutes, use in ((0, CacheUse(0, written(1_100))), (30, CacheUse(1_100)), (60, CacheUse(1_100))):
        clock.move_to(NOON + timedelta(minutes=minutes))
        assert cache.take("m", asked, EXPLICIT) == use
    clock.move_to(NOON + timedelta(minutes=90, seconds=1))
    assert cache.take("m", asked, EXPLICIT) == CacheUse(0, written(1_100))


def test_what_was_written_for_long_lives_long(cache: BreakpointCache, clock: FixedClock) -> None:
    """Whatever later requests ask; a breakpoint's own lifetime goes before that of its request."""
    long = CacheWish(mode="explicit", ttl="12h")
    assert cache.take("m", prompt(range(1_200), explicit=[1_100]), long) == CacheUse(0, written(1_100, "12h"))
    assert cache.take("n", prompt(range(1_200), explicit=[1_100], ttl="12h"), EXPLICIT).written == {"12h": 1_100}
    assert cache.take("o", prompt(range(1_200), explicit=[1_100], ttl="30m"), long).written == {"30m": 1_100}
    for hours, read in ((12, (1_100, 1_100, 0)), (24, (1_100, 1_100, 0)), (37, (0, 0, 0))):
        clock.move_to(NOON + timedelta(hours=hours))
        asked = prompt(range(1_200), explicit=[1_100])
        assert tuple(cache.take(model, asked, EXPLICIT).read for model in ("m", "n", "o")) == read


def test_two_lifetimes_are_billed_apart(cache: BreakpointCache) -> None:
    """What a breakpoint adds to the one before it is written at its own lifetime."""
    marks = (Mark(1_100, True, "12h"), Mark(1_500, True, "30m"))
    assert cache.take("m", Rendered([*range(1_600)], marks), EXPLICIT).written == {"12h": 1_100, "30m": 400}


def test_what_is_set_belongs_to_the_prefix(cache: BreakpointCache) -> None:
    """Another model or another setting starts from nothing."""
    asked = prompt(range(1_200), explicit=[1_100])
    for model, settings in (("m", ("low",)), ("n", ("low",)), ("m", ("high",)), ("m", ("low", "high"))):
        assert cache.take(model, asked, CacheWish(settings, "explicit")).read == 0
    assert cache.take("m", asked, CacheWish(("low",), "explicit")).read == 1_100


def test_the_least_recently_used_is_forgotten(clock: FixedClock) -> None:
    """The memory is bounded, by both rules."""
    at_breakpoints, automatic = BreakpointCache(clock, capacity=2), AutomaticCache(capacity=2)
    one, two, three = (range(start, start + 1_024) for start in (0, 5_000, 10_000))
    for tokens in (one, two, one, three):
        at_breakpoints.take("m", prompt(tokens, explicit=[1_024]), EXPLICIT)
        automatic.take("m", tokens)
    for tokens, read in ((one, 1_024), (two, 0)):
        assert at_breakpoints.take("m", prompt(tokens, explicit=[1_024]), EXPLICIT).read == read
        assert automatic.take("m", tokens).read == read


def test_older_models_cache_by_themselves() -> None:
    """1,024 tokens and full steps of 128; what is new costs nothing extra, and models do not share."""
    cache = AutomaticCache()
    assert [cache.take("m", range(1_023)).read for _ in range(2)] == [0, 0]
    assert cache.take("m", range(1_300)) == CacheUse()
    assert cache.take("m", range(1_300)) == CacheUse(1_280)
    assert cache.take("m", [*range(1_100), *range(9_000, 9_300)]) == CacheUse(1_024)
    assert cache.take("n", range(1_300)) == CacheUse()
