"""The words that the API answers with and that are stored: every layer means the same by them."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum


class AttemptStatus(StrEnum):
    OPEN = "open"
    MEASURED = "measured"
    """The answer's own usage was recorded, or the bill has shown the cost since."""
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"
    """It may have been billed; how much is not known."""
    UNBILLED = "unbilled"
    """The upstream refused it, never got it, or has not billed it."""


class UsageGroup(StrEnum):
    SERVICE = "service"
    MODEL = "model"
    DAY = "day"
    UPSTREAM = "upstream"


UNKNOWN_UPSTREAM = "unknown"
"""How groups and filters name the rows of versions that did not write the upstream down."""


def written_upstream(name: str) -> str | None:
    """What rows say of an upstream that groups and filters name."""
    return None if name == UNKNOWN_UPSTREAM else name


class Wire(StrEnum):
    """The shape in which an attempt went to the upstream."""

    CHAT_COMPLETIONS = "chat_completions"
    RESPONSES = "responses"
    EMBEDDINGS = "embeddings"
    OTHER = "other"
    """An endpoint that cannot be metered and was allowed all the same."""


class BudgetScope(StrEnum):
    ALL = "all"
    SERVICE = "service"
    CALLER = "caller"


class BudgetPeriod(StrEnum):
    """In UTC."""

    DAY = "day"
    MONTH = "month"

    def starts_at(self, day: date) -> datetime:
        """The moment from which the period of a day counts."""
        first = day if self is BudgetPeriod.DAY else day.replace(day=1)
        return datetime.combine(first, time(), UTC)

    def resets_at(self, day: date) -> datetime:
        """The moment from which the next period counts."""
        following = self.starts_at(day) + timedelta(days=1 if self is BudgetPeriod.DAY else 31)
        return self.starts_at(following.date())


class ModelTier(StrEnum):
    MINI = "MINI"
    STANDARD = "STANDARD"
    ADVANCED = "ADVANCED"
    PREMIUM = "PREMIUM"


class ModelCapability(StrEnum):
    CHAT = "CHAT"
    CODE_GENERATION = "CODE_GENERATION"
    ANALYSIS = "ANALYSIS"
    REASONING = "REASONING"
    VISION = "VISION"
    FUNCTION_CALLING = "FUNCTION_CALLING"
    EMBEDDING = "EMBEDDING"
    """It turns text into numbers, and writes nothing."""


class ModelStatus(StrEnum):
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    """Still answers, but the day of its shutdown is known."""
    SHUT_DOWN = "shut_down"


class BacktestStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class BuildStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
