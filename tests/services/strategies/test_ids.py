"""Ids that nobody can guess, in the order of time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.ids import unguessable_id

_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  the zone is added


def test_two_of_one_moment_share_only_the_time() -> None:
    """The rest is 80 bits: twenty digits, none of which is the same throughout."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    ids = [unguessable_id("bt", now) for _ in range(1000)]
    assert len({each[:15] for each in ids}) == 1
    assert len({each[15:] for each in ids}) == 1000
    assert {len(each) for each in ids} == {35}
    assert all(len({each[position] for each in ids}) > 1 for position in range(15, 35))


@given(_MOMENTS, st.timedeltas(timedelta(milliseconds=2), timedelta(days=365_000)))
def test_a_later_one_sorts_behind(moment: datetime, later: timedelta) -> None:
    try:
        then = moment + later
    except OverflowError:
        return
    assert unguessable_id("bt", moment) < unguessable_id("bt", then)
