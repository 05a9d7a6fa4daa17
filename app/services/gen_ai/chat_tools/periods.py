"""The periods that people ask about, in UTC: a model need not know what day it is."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)


class Period(StrEnum):
    THIS_MONTH = "this_month"
    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    """Today is the last of them."""
    LAST_MONTH = "last_month"
    ALL = "all"

    def bounds(self, day: date) -> tuple[datetime | None, datetime | None]:
        """The moment from which it counts, and the one at which it has ended; None: unbounded. `day` is today."""
        month = day.replace(day=1)
        first, after = {
            Period.TODAY: (day, None),
            Period.YESTERDAY: (day - _DAY, day),
            Period.LAST_7_DAYS: (day - 6 * _DAY, None),
            Period.THIS_MONTH: (month, None),
            Period.LAST_MONTH: ((month - _DAY).replace(day=1), month),
            Period.ALL: (None, None),
        }[self]
        return _midnight(first), _midnight(after)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
