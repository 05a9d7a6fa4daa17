from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.clock import FixedClock, SystemClock, today

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))
NAIVE = NOON.replace(tzinfo=None)


def test_the_system_clock_tells_the_time_in_utc() -> None:
    """Timezone-aware, and between a moment before and a moment after."""
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_the_system_clock_never_goes_back() -> None:
    """Its seconds only grow."""
    clock = SystemClock()
    seconds = [clock.monotonic() for _ in range(100)]
    assert seconds == sorted(seconds)


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    """Both of its times move together."""
    clock = FixedClock(NOON)
    assert (clock.now(), clock.now(), clock.monotonic()) == (NOON, NOON, 0)
    clock.move_to(NOON + timedelta(seconds=90))
    assert (clock.now(), clock.monotonic()) == (NOON + timedelta(seconds=90), 90)


def test_a_fixed_clock_tells_utc_whatever_zone_it_was_given() -> None:
    """At its start and when it is moved."""
    clock = FixedClock(NOON.astimezone(TOKYO))
    assert (clock.now(), clock.now().tzinfo) == (NOON, UTC)
    clock.move_to((NOON + timedelta(hours=1)).astimezone(TOKYO))
    assert (clock.now(), clock.now().tzinfo) == (NOON + timedelta(hours=1), UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    """Nobody can know which moment is meant; the message shows how to say it."""
    with pytest.raises(ValueError, match="has no time zone; give UTC"):
        FixedClock(NAIVE)


def test_a_clock_is_not_moved_to_a_time_without_a_zone() -> None:
    """Else the machine's own zone would be taken without a word."""
    clock = FixedClock(NOON)
    with pytest.raises(ValueError, match="has no time zone; give UTC"):
        clock.move_to(NAIVE)


def test_today_is_the_day_in_utc() -> None:
    """Late in the evening in UTC it is tomorrow in Tokyo, and still today."""
    evening = datetime(2026, 11, 24, 8, 59, tzinfo=TOKYO)
    assert today(FixedClock(evening)) == date(2026, 11, 23)
    assert today(FixedClock(evening + timedelta(minutes=1))) == date(2026, 11, 24)
