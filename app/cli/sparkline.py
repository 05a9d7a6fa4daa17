"""A curve in one line of text."""

from collections.abc import Sequence

_LEVELS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """The curve in `width` characters at most: each stands for the last value of its part, on a scale of all values."""
    count = min(width, len(values))
    if count < 1:
        return ""
    lowest = min(values)
    step = (max(values) - lowest) / (len(_LEVELS) - 1)
    if step == 0:
        return _LEVELS[0] * count
    ends = (len(values) * (place + 1) // count - 1 for place in range(count))
    return "".join(_LEVELS[round((values[end] - lowest) / step)] for end in ends)
