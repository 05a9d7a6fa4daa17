"""Time as a dependency: everything that asks for the time asks a Clock, so that tests decide what time it is."""

import time
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, timezone-aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock:
    """A clock that stands still until it is told to move; for tests and for looking at another day."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError(f"{now!r} has no time zone; give UTC, for instance datetime(2026, 11, 23, tzinfo=UTC)")
        self._now = self._start = now.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def move_to(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError(f"{now!r} has no time zone; give UTC, for instance datetime(2026, 11, 23, tzinfo=UTC)")
        self._now = now.astimezone(UTC)


def today(clock: Clock) -> date:
    """The present day in UTC."""
    return clock.now().date()
