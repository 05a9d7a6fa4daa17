"""What the upstream has refused of late: nobody who does not choose is given such a model for some minutes.

In memory, for this process alone: it saves a round trip, and what it has forgotten the upstream says again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import Clock

KEPT_FOR = timedelta(minutes=10)
"""Access is given, and a new model arrives, within minutes; longer, and the cheaper model would wait for nothing."""

_SHORT = 300
"""Characters of the upstream's words within a reason, which may have to name several models."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`words` are the upstream's. `service` is None where it refuses the model whatever is asked of it, else the one
    whose kind of request it refuses it: with tools, for instance, or at an effort.
    """

    model_id: str
    service: str | None
    words: str
    at: datetime

    @property
    def until(self) -> datetime:
        return self.at + KEPT_FOR

    def sentence(self) -> str:
        """Why another model is taken."""
        words = self.words if len(self.words) <= _SHORT else f"{self.words[: _SHORT - 1]}…"
        return f"the upstream refused {self.model_id} at {self.at:%H:%M} UTC: {words}"


class Refusals:
    """At most one for each model of the catalogue, and one for each service of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of: dict[tuple[str, str | None], Refusal] = {}

    def add(self, model_id: str, service: str | None, words: str) -> Refusal:
        """Notes that the upstream has just refused a model."""
        refusal = Refusal(model_id, service, words, self._clock.now())
        self._of[model_id, service] = refusal
        return refusal

    def clear(self, model_id: str, service: str) -> None:
        """It has answered the service: neither the model nor what the service asks of it is refused any more."""
        if self._of:
            self._of.pop((model_id, None), None)
            self._of.pop((model_id, service), None)

    def of(self, model_id: str, service: str) -> Refusal | None:
        """The refusal of a model that still counts for a service."""
        now = self._clock.now()
        found = (self._of.get((model_id, whom)) for whom in (None, service))
        return next((refusal for refusal in found if refusal is not None and now < refusal.until), None)
