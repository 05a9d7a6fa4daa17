"""Which models end soon: the one place that answers, for whoever names them to a person or a program."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.clock import Clock, today
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord
from app.services.gen_ai.rules.service_policy import PolicyRegistry

SOON_DAYS = 60
"""How long before its last day a model is named."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A model that answers today and will not `days` from now (UTC): from `shutdown_on` on. `services` are those whose
    policies name it; `source` is where its end is announced, `replacement` the listed model to use instead.
    """

    model_id: str
    deprecated_on: date | None
    shutdown_on: date
    days: int
    replacement: str | None
    source: str | None
    services: tuple[str, ...]

    def sentence(self) -> str:
        days = "tomorrow" if self.days == 1 else f"in {self.days} days"
        users = f" ({', '.join(self.services)})" if self.services else ""
        use = f"; use {self.replacement}" if self.replacement else ""
        return f"{self.model_id}{users} shuts down on {self.shutdown_on}, {days}{use}"


class ModelEndings:
    def __init__(self, catalog: ModelCatalog, policies: PolicyRegistry, clock: Clock) -> None:
        self._catalog = catalog
        self._policies = policies
        self._clock = clock

    def of(self, model_id: str, within_days: int = SOON_DAYS) -> Ending | None:
        """The end of a model, where it comes within so many days; None where it does not, is not known, or has come."""
        model = self._catalog.find(model_id)
        shutdown_on = None if model is None else model.lifecycle.shutdown_on
        if model is None or shutdown_on is None:
            return None
        days = (shutdown_on - today(self._clock)).days
        return self._ending(model, shutdown_on, days) if 0 < days <= within_days else None

    def among(self, model_ids: Iterable[str], within_days: int = SOON_DAYS) -> list[Ending]:
        """The ends of these models that come within so many days, the first one first."""
        found = {ending.model_id: ending for name in model_ids if (ending := self.of(name, within_days))}
        return sorted(found.values(), key=lambda ending: (ending.shutdown_on, ending.model_id))

    def of_policies(self, and_of: Iterable[str] = ()) -> list[Ending]:
        """Those of the models that policies name, as default or on a ladder; and of others, such as were used."""
        return self.among([*self._named(), *and_of])

    def _named(self) -> Sequence[str]:
        return [name for service in self._policies.service_names for name in self._policies.policy(service).models]

    def _ending(self, model: ModelRecord, shutdown_on: date, days: int) -> Ending:
        life = model.lifecycle
        services = tuple(
            service
            for service in self._policies.service_names
            if model.model_id in self._policies.policy(service).models
        )
        source = None if life.source is None else str(life.source)
        return Ending(model.model_id, life.deprecated_on, shutdown_on, days, life.successor, source, services)
