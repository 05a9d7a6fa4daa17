"""What was saved, from the ledger alone: the cost of the recorded tokens against what other models would have cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from app.services.gen_ai.ledger.port import AttemptRow, UsageLedger, UsageQuery
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord
from app.services.gen_ai.rules.pricing import TokenUsage, price_usage
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.vocabulary import AttemptStatus

_NOTHING = TokenUsage(0, 0, 0, 0, 0)
_HUNDRED = Decimal(100)
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Saving:
    """All in USD, over attempts whose tokens and cost are known; `left_out` counts those that could not be compared."""

    attempts: int = 0
    left_out: int = 0
    tokens: TokenUsage = _NOTHING
    cost_usd: Decimal = Decimal(0)
    baseline_usd: Decimal = Decimal(0)
    default_usd: Decimal = Decimal(0)

    @property
    def against_baseline_percent(self) -> Decimal | None:
        return _percent(self.cost_usd, self.baseline_usd)

    @property
    def against_default_percent(self) -> Decimal | None:
        """Against the service's own default model; negative where dearer models were chosen."""
        return _percent(self.cost_usd, self.default_usd)

    def __add__(self, other: "Saving") -> "Saving":
        return Saving(
            self.attempts + other.attempts,
            self.left_out + other.left_out,
            self.tokens + other.tokens,
            self.cost_usd + other.cost_usd,
            self.baseline_usd + other.baseline_usd,
            self.default_usd + other.default_usd,
        )


@dataclass(frozen=True, slots=True)
class SavingsReport:
    """`lines` are keyed by service and model."""

    baseline_model: str
    lines: Mapping[tuple[str, str], Saving]

    @property
    def services(self) -> dict[str, Saving]:
        sums: dict[str, Saving] = {}
        for (service, _), saving in self.lines.items():
            sums[service] = sums.get(service, Saving()) + saving
        return sums

    @property
    def total(self) -> Saving:
        return sum(self.lines.values(), start=Saving())


class SavingsCalculator:
    def __init__(
        self, catalog: ModelCatalog, policies: PolicyRegistry, *, baseline_model: str, regional: bool = False
    ) -> None:
        self._catalog = catalog
        self._policies = policies
        self._baseline = catalog.record(baseline_model)
        self._regional = regional

    async def of_ledger(self, ledger: UsageLedger, query: UsageQuery) -> SavingsReport:
        """The savings of the rows that a query finds; give it an end, or rows that come in meanwhile move the pages."""
        rows: list[AttemptRow] = []
        total = 1
        while len(rows) < total:
            page, total = await ledger.rows(query, limit=_PAGE, offset=len(rows))
            if not page:
                break
            rows.extend(page)
        return self.report(rows)

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
        day = settlement.settled_at.astimezone(UTC).date()
        baseline = price_usage(settlement.tokens, self._baseline, day, regional=self._regional)
        default_model = self._default_of(row.attempt.service)
        default = price_usage(settlement.tokens, default_model, day, regional=self._regional) if default_model else None
        if baseline is None or default is None:
            return Saving(left_out=1)
        return Saving(1, 0, settlement.tokens, settlement.cost_usd, baseline.usd, default.usd)

    def _default_of(self, service: str) -> ModelRecord | None:
        if service not in self._policies.service_names:
            return None
        return self._catalog.record(self._policies.policy(service).default_model)


def _percent(cost: Decimal, against: Decimal) -> Decimal | None:
    return None if not against else (1 - cost / against) * _HUNDRED
