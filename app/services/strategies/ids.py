"""Names that nobody can guess, for what is stored: whoever has none must not find one by trying."""

import secrets
from datetime import datetime

_RANDOM_BYTES = 10
_MILLISECOND_DIGITS = 12


def unguessable_id(prefix: str, now: datetime) -> str:
    """The milliseconds since 1970, so that ids are in the order of time, and 80 bits that only the system knows."""
    milliseconds = int(now.timestamp() * 1000)
    return f"{prefix}_{milliseconds:0{_MILLISECOND_DIGITS}x}{secrets.token_hex(_RANDOM_BYTES)}"
