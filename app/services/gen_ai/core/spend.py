"""What is held against budgets: reserved when an attempt opens, spent when it is settled.

Six counters know each attempt: in all, of its service and of its caller, each for its day and its month (UTC, of the
opening). They are kept whatever budgets there are, so that a budget of today knows what was spent before it was made.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Self


@dataclass(frozen=True, slots=True)
class Spend:
    """USD, exact, and tokens."""

    usd: Decimal = Decimal(0)
    tokens: int = 0

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(self.usd + other.usd, self.tokens + other.tokens)

    def __neg__(self) -> "Spend":
        return Spend(-self.usd, -self.tokens)

    def __sub__(self, other: "Spend") -> "Spend":
        return self + -other


NOTHING = Spend()


def usd_text(amount: Decimal) -> str:
    """All digits that count, no exponent: 0.0150 USD is "0.015", 200 USD is "200"."""
    return f"{amount.normalize():f}"


@dataclass(frozen=True, slots=True)
class Counter:
    """What is spent, and what calls under way have reserved."""

    spent: Spend = NOTHING
    reserved: Spend = NOTHING

    @property
    def taken(self) -> Spend:
        return self.spent + self.reserved


def counter_key(period: str, day: date, scope: str, subject: str) -> str:
    """The month before its days: databases that lock rows in this order lock them in the same order for every call."""
    start = day.isoformat()[:7] if period == "month" else day.isoformat()
    return f"{start}|{scope}|{subject}" if subject else f"{start}|{scope}"


@dataclass(frozen=True, slots=True)
class CounterName:
    """What a key says: the period and its first day, the scope, and the subject, None for all."""

    period: str
    first_day: date
    scope: str
    subject: str | None

    @classmethod
    def of(cls, key: str) -> Self:
        start, scope, *subject = key.split("|", 2)
        period = "month" if len(start) == len("2026-11") else "day"
        first_day = date.fromisoformat(f"{start}-01" if period == "month" else start)
        return cls(period, first_day, scope, subject[0] if subject else None)


def subject_prefix(period: str, day: date, scope: str) -> str:
    """How the keys begin that count each subject of a scope in a period; the rest is the subject."""
    return f"{counter_key(period, day, scope, '')}|"


@lru_cache(maxsize=1024)
def counter_keys(service: str, caller_id: str, day: date) -> tuple[str, ...]:
    """The counters of an attempt that was opened on a day (UTC)."""
    subjects = (("all", ""), ("caller", caller_id), ("service", service))
    return tuple(counter_key(period, day, *subject) for period in ("month", "day") for subject in subjects)
