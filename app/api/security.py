"""Who calls.

Until there is authentication the server listens on loopback only, and the caller is the local user.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Caller:
    """`id` owns what the caller stores; an `admin` sees everybody's usage."""

    id: str
    role: Literal["user", "admin"]


LOCAL_CALLER = Caller(id="local", role="admin")
