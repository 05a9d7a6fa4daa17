"""Names that no two answers share, without randomness: the process's start and a counter."""

from itertools import count

from app.clock import Clock

# One counter for the process: two simulators in one test must not name two answers alike.
_numbers = count(1)


class Ids:
    def __init__(self, clock: Clock) -> None:
        self._start = int(clock.now().timestamp() * 1_000_000)

    def new(self, prefix: str) -> str:
        return f"{prefix}{self._start:x}{next(_numbers):08x}"
