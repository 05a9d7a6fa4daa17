"""Names: in the order of time where an index grows, unguessable where no stranger may find what they name."""

import random
import secrets
import time
from datetime import datetime

_random = random.Random()  # noqa: S311  a name, not a secret; seeded by the system once for each process


def new_id(prefix: str) -> str:
    """The milliseconds since 1970 and 80 random bits, as 32 hexadecimal digits: the layout of ULID."""
    return f"{prefix}_{(time.time_ns() // 1_000_000) << 80 | _random.getrandbits(80):032x}"


# Names that nobody can guess, for what is stored: whoever has none must not find one by trying.

_RANDOM_BYTES = 10
_MILLISECOND_DIGITS = 12


def unguessable_id(prefix: str, now: datetime) -> str:
    """The milliseconds since 1970, so that ids are in the order of time, and 80 bits that only the system knows."""
    milliseconds = int(now.timestamp() * 1000)
    return f"{prefix}_{milliseconds:0{_MILLISECOND_DIGITS}x}{secrets.token_hex(_RANDOM_BYTES)}"
