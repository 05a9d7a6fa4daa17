"""Names for operations and attempts: unique, in the order of time, and not secret.

In the order of time, so that an index grows at its end and the pages that a write touches are the ones at hand.
"""

import random
import time

_random = random.Random()  # noqa: S311  a name, not a secret; seeded by the system once for each process


def new_id(prefix: str) -> str:
    """The milliseconds since 1970 and 80 random bits, as 32 hexadecimal digits: the layout of ULID."""
    return f"{prefix}_{(time.time_ns() // 1_000_000) << 80 | _random.getrandbits(80):032x}"
