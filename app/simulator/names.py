"""Names: of the endpoints that are billed, and of answers, which no two share."""

from itertools import count
from typing import Literal

from app.clock import Clock

EndpointName = Literal["chat_completions", "responses", "embeddings"]

# One counter for the process: two simulators in one test must not name two answers alike.
_numbers = count(1)


class Ids:
    """Unique without randomness: the process's start and a counter."""

    def __init__(self, clock: Clock) -> None:
        self._start = int(clock.now().timestamp() * 1_000_000)

    def new(self, prefix: str) -> str:
        return f"{prefix}{self._start:x}{next(_numbers):08x}"
