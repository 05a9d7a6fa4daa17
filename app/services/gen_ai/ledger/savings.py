"""What was saved, from the ledger alone: the cost of the recorded tokens against what other models would have cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal

from app.services.gen_ai.ledger.port import AttemptRow, UsageLedger, UsageQuery, UsageSum
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord
from app.services.gen_ai.rules.pricing import TokenUsage, price_usage
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.vocabulary import AttemptStatus, ModelStatus, UsageGroup, Wire

_NOTHING = TokenUsage(0, 0, 0, 0, 0)
_HUNDRED = Decimal(100)
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Against:
    """In USD, what `attempts` have cost, and what their tokens would have cost from another model. Attempts that have
    no such model, or on whose day it had no price, are not among them. `model`: None where it is not the same for all.
    """

    model: str | None = None
    attempts: int = 0
    cost_usd: Decimal = Decimal(0)
    usd: Decimal = Decimal(0)

    @property
    def saving_percent(self) -> Decimal | None:
        """Negative where the other model would have been cheaper; None where there is nothing to compare."""
        return _percent(self.cost_usd, self.usd)

    def __add__(self, other: "Against") -> "Against":
        """The sum; adding nothing changes nothing, not even the model."""
        if not other.attempts or not self.attempts:
            return self if self.attempts else other
        return Against(
            self.model if self.model == other.model else None,
            self.attempts + other.attempts,
            self.cost_usd + other.cost_usd,
            self.usd + other.usd,
        )


@dataclass(frozen=True, slots=True)
class Saving:
    """All in USD, over attempts whose tokens and cost are known; `left_out` counts those that could not be compared.

    `default`: against the service's own default model. `strong`: against its strong model of today, the last on its
    ladder that still answers. `replacement`: against the model that its default will be replaced by.
    """

    attempts: int = 0
    left_out: int = 0
    tokens: TokenUsage = _NOTHING
    cost_usd: Decimal = Decimal(0)
    baseline_usd: Decimal = Decimal(0)
    default: Against = Against()
    strong: Against = Against()
    replacement: Against = Against()

    @property
    def against_baseline_percent(self) -> Decimal | None:
        return _percent(self.cost_usd, self.baseline_usd)

    def __add__(self, other: "Saving") -> "Saving":
        return Saving(
            self.attempts + other.attempts,
            self.left_out + other.left_out,
            self.tokens + other.tokens,
            self.cost_usd + other.cost_usd,
            self.baseline_usd + other.baseline_usd,
            self.default + other.default,
            self.strong + other.strong,
            self.replacement + other.replacement,
        )


@dataclass(frozen=True, slots=True)
class SavingsReport:
    """`lines` are keyed by service and model; all of them went to `upstream`, None where nobody asked for one.

    `other_upstreams`: what other upstreams have cost in the same time, by upstream. It is in no line.
    """

    baseline_model: str
    lines: Mapping[tuple[str, str], Saving]
    upstream: str | None = None
    other_upstreams: tuple[UsageSum, ...] = ()

    @property
    def services(self) -> dict[str, Saving]:
        sums: dict[str, Saving] = {}
        for (service, _), saving in self.lines.items():
            sums[service] = sums.get(service, Saving()) + saving
        return sums

    @property
    def total(self) -> Saving:
        return sum(self.lines.values(), start=Saving())


@dataclass(frozen=True, slots=True)
class _Others:
    """The models that a service's calls are compared with, beside the baseline."""

    default: ModelRecord
    strong: ModelRecord | None
    replacement: ModelRecord | None


class SavingsCalculator:
    def __init__(
        self, catalog: ModelCatalog, policies: PolicyRegistry, *, baseline_model: str, regional: bool = False
    ) -> None:
        self._catalog = catalog
        self._baseline = catalog.record(baseline_model)
        self._regional = regional
        self._others = {service: self._others_of(policies, service) for service in policies.service_names}

    async def of_ledger(self, ledger: UsageLedger, query: UsageQuery) -> SavingsReport:
        """The savings of the rows that a query finds; give it an end, or rows that come in meanwhile move the pages.

        Where it names an upstream, the report says what the others have cost.
        """
        rows: list[AttemptRow] = []
        total = 1
        while len(rows) < total:
            page, total = await ledger.rows(query, limit=_PAGE, offset=len(rows))
            if not page:
                break
            rows.extend(page)
        report = self.report(rows)
        if query.upstream is None:
            return report
        everywhere = await ledger.sums(replace(query, upstream=None), UsageGroup.UPSTREAM)
        other_upstreams = tuple(found for found in everywhere if found.key != query.upstream)
        return replace(report, upstream=query.upstream, other_upstreams=other_upstreams)

    def report(self, rows: Iterable[AttemptRow]) -> SavingsReport:
        """Savings at the prices of each row's own day."""
        lines: dict[tuple[str, str], Saving] = {}
        for row in rows:
            key = (row.attempt.service, row.attempt.model_id)
            lines[key] = lines.get(key, Saving()) + self._compare(row)
        return SavingsReport(self._baseline.model_id, dict(sorted(lines.items())))

    def _compare(self, row: AttemptRow) -> Saving:
        settlement = row.settlement
        if row.status is AttemptStatus.UNBILLED:
            return Saving()
        if settlement is None or settlement.tokens is None or settlement.cost_usd is None:
            return Saving(left_out=1)
        tokens, cost, day = settlement.tokens, settlement.cost_usd, settlement.settled_at.astimezone(UTC).date()
        others = self._others.get(row.attempt.service)
        if others is None or row.attempt.wire is Wire.EMBEDDINGS:  # which no model that writes can stand in for
            return Saving(left_out=1)

        def against(model: ModelRecord | None) -> Against:
            other = None if model is None else price_usage(tokens, model, day, regional=self._regional)
            return Against() if model is None or other is None else Against(model.model_id, 1, cost, other.usd)

        baseline, default = against(self._baseline), against(others.default)
        if not (baseline.attempts and default.attempts):
            return Saving(left_out=1)
        strong, replacement = against(others.strong), against(others.replacement)
        return Saving(1, 0, tokens, cost, baseline.usd, default, strong, replacement)

    def _others_of(self, policies: PolicyRegistry, service: str) -> _Others:
        policy = policies.policy(service)
        default = self._catalog.record(policy.default_model)
        answering = [
            model_id for model_id in policy.ladder if self._catalog.config(model_id).status is not ModelStatus.SHUT_DOWN
        ]
        replacement = default.lifecycle.successor
        return _Others(
            default,
            self._catalog.record(answering[-1]) if answering else None,
            None if replacement is None else self._catalog.record(replacement),
        )


def _percent(cost: Decimal, against: Decimal) -> Decimal | None:
    return None if not against else (1 - cost / against) * _HUNDRED
