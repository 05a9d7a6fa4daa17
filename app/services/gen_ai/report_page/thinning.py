"""A curve with fewer points that looks the same: nothing that stands out is lost."""

from collections.abc import Sequence


def thinned(places: Sequence[float], values: Sequence[float], columns: int) -> list[int]:
    """Which points to keep, in their order: the first, the last, and the lowest and highest of each column.

    `places` rise from 0 to 1 and are cut into so many columns of equal width. At most twice as many points as columns
    remain, and two more. The lowest and the highest of the whole curve are among them.
    """
    kept = {0, len(values) - 1}
    column, low, high = -1, 0, 0
    for point, (place, value) in enumerate(zip(places, values, strict=True)):
        here = min(int(place * columns), columns - 1)
        if here != column:
            kept |= {low, high}
            column, low, high = here, point, point
        elif value < values[low]:
            low = point
        elif value > values[high]:
            high = point
    return sorted(kept | {low, high})
