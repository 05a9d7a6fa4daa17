"""Times in rounds: the lanes take turns, so that what disturbs the machine disturbs all of them."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles

Lane = Callable[[], Awaitable[None]]


@dataclass
class Times:
    """Wall and CPU time of each call, in milliseconds. CPU time is of the whole process."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.wall)

    @property
    def p99(self) -> float:
        return quantiles(self.wall, n=100)[-1]

    @property
    def cpu_median(self) -> float:
        return median(self.cpu)

    @property
    def cpu_p10(self) -> float:
        """What a call takes where nothing else of the machine is in its way."""
        return quantiles(self.cpu, n=10)[0]


async def interleaved(lanes: Mapping[str, Lane], *, rounds: int, warm_up: int = 10) -> dict[str, Times]:
    """Runs each lane once a round; the warm-up rounds are not counted."""
    times = {name: Times() for name in lanes}
    for round_number in range(warm_up + rounds):
        for name, lane in lanes.items():
            wall, cpu = time.perf_counter(), time.process_time()
            await lane()
            if round_number >= warm_up:
                times[name].wall.append((time.perf_counter() - wall) * 1000)
                times[name].cpu.append((time.process_time() - cpu) * 1000)
    return times
