"""Holds the ledger to OpenAI's bill: day by day, and split over what is known of each model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext

from app.services.gen_ai.ledger.bill_evidence import BillEvidence, Verdict, billed_on
from app.services.gen_ai.ledger.openai_costs import BilledCosts, BilledItem, Category
from app.services.gen_ai.ledger.pages import pages_in_order
from app.services.gen_ai.ledger.port import AttemptRow, Settlement, UsageLedger, UsageQuery, UsageSum
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord
from app.services.gen_ai.rules.prices import PricePeriod, Rates, ServiceTier
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import UNKNOWN_UPSTREAM, AttemptStatus, UsageGroup

_PER_MILLION = Decimal(1_000_000)


def split_cost(row: AttemptRow, catalog: ModelCatalog) -> Mapping[Category, Decimal]:
    """The exact cost of a row in USD by category; the parts add up to it.

    The ledger does not say whether a row was billed regionally, so the rates are those of its price period that lead
    to its cost. Where none do, because the catalogue was corrected since, the whole cost is `unsplit`.
    """
    settlement = row.settlement
    if settlement is None or settlement.cost_usd is None:
        return {}
    if settlement.tokens is not None:
        for rates, factor in _candidates(row, settlement, settlement.tokens, catalog):
            parts = _parts(settlement.tokens, rates, factor)
            if sum(parts.values()) == settlement.cost_usd:
                return parts
    return {Category.UNSPLIT: settlement.cost_usd}


def _candidates(
    row: AttemptRow, settlement: Settlement, tokens: TokenUsage, catalog: ModelCatalog
) -> Iterator[tuple[Rates, Decimal]]:
    """Rates and regional factors that the row can have been billed with; the tier that the answer named first."""
    record, period = _price(row, settlement, catalog)
    if record is None or period is None:
        return
    named = settlement.service_tier or ServiceTier.DEFAULT
    factors = [Decimal(1)] if record.regional_factor is None else [Decimal(1), record.regional_factor]
    for tier in sorted(ServiceTier, key=lambda tier: tier != named):
        rates = period.rates(tier, tokens.input_tokens)
        if rates is not None:
            yield from ((rates, factor) for factor in factors)


def _price(
    row: AttemptRow, settlement: Settlement, catalog: ModelCatalog
) -> tuple[ModelRecord | None, PricePeriod | None]:
    """The price that the row names; an estimate names none, it has that of its model on its day."""
    if settlement.price_id is None:
        estimated = catalog.find(row.attempt.model_id)
        day = settlement.settled_at.astimezone(UTC).date()
        return estimated, None if estimated is None else estimated.price_on(day)
    model_id, _, valid_from = settlement.price_id.rpartition("@")
    record = catalog.find(model_id)
    prices = () if record is None else record.prices
    return record, next((price for price in prices if price.valid_from.isoformat() == valid_from), None)


def _parts(tokens: TokenUsage, rates: Rates, factor: Decimal) -> dict[Category, Decimal]:
    usd = {
        Category.INPUT: tokens.input_uncached * rates.input,
        Category.CACHED_INPUT: tokens.input_cached * rates.reading,
        Category.CACHE_WRITE: tokens.cache_write * rates.writing + tokens.cache_write_12h * (rates.writing_12h or 0),
        Category.OUTPUT: tokens.output_tokens * rates.output,
    }
    return {category: amount / _PER_MILLION * factor for category, amount in usd.items()}


# What OpenAI billed against what the ledger recorded, for each day, model and category.
#
# A row counts on the day (UTC) on which it was settled, as its price does; where OpenAI puts a call at midnight on the
# other day, two neighbouring days drift by the same amount.

_HUNDRED = Decimal(100)
_DIGITS = 60
"""OpenAI writes amounts with up to 40 digits; Python's 28 would round their sums."""

Key = tuple[date, str, Category]


@dataclass(frozen=True, slots=True)
class Amounts:
    """In USD. `measured_usd` is the part of `recorded_usd` that comes from an answer's own usage."""

    billed_usd: Decimal = Decimal(0)
    recorded_usd: Decimal = Decimal(0)
    measured_usd: Decimal = Decimal(0)

    @property
    def unmeasured_usd(self) -> Decimal:
        return self.recorded_usd - self.measured_usd

    @property
    def difference_usd(self) -> Decimal:
        """Positive where more was recorded than billed."""
        return self.recorded_usd - self.billed_usd

    @property
    def difference_percent(self) -> Decimal | None:
        """Of what was billed; None where nothing was."""
        return self.difference_usd / self.billed_usd * _HUNDRED if self.billed_usd else None

    @property
    def capture_percent(self) -> Decimal | None:
        """Recorded over billed; None where nothing was billed."""
        return self.recorded_usd / self.billed_usd * _HUNDRED if self.billed_usd else None

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.billed_usd + other.billed_usd,
            self.recorded_usd + other.recorded_usd,
            self.measured_usd + other.measured_usd,
        )


@dataclass(frozen=True, slots=True)
class UnknownCosts:
    """Attempts that may have been billed at a cost that is not known, and between what their sum lies (USD).

    `high_usd` is None as soon as the most that one of them can have cost is not known.
    """

    attempts: int = 0
    low_usd: Decimal = Decimal(0)
    high_usd: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Of what one upstream billed. `lines` are ordered by day, model and category; `other_items` are billed, but are
    not lines of tokens; `verdict` says what the bill proves of attempts of unknown cost. `other_upstreams`: a sum of
    the same days for each other upstream, whose money is on no such bill.
    """

    upstream: str
    days: tuple[date, ...]
    lines: Mapping[Key, Amounts]
    other_items: Sequence[BilledItem]
    billed_by_project: Mapping[str | None, Decimal]
    unknown: UnknownCosts
    verdict: Verdict
    other_upstreams: Sequence[UsageSum]

    @property
    def tokens(self) -> Amounts:
        """The sum of the lines."""
        with localcontext(prec=_DIGITS):
            return sum(self.lines.values(), start=Amounts())

    @property
    def total(self) -> Amounts:
        """All that was billed, also what is not billed by tokens, against all that was recorded."""
        with localcontext(prec=_DIGITS):
            return sum((Amounts(item.usd) for item in self.other_items), start=self.tokens)


async def reconcile(
    costs: BilledCosts, ledger: UsageLedger, catalog: ModelCatalog, *, now: datetime, upstream: str
) -> Reconciliation:
    """Compares the days that an upstream's costs speak of with the ledger's rows of these days."""
    tally, others = _Tally(catalog, costs.days), list[UsageSum]()
    with localcontext(prec=_DIGITS):
        tally.bill(costs.items)
        evidence = BillEvidence(costs, catalog, now)
    if costs.days:
        # What was opened before midnight may be settled after it.
        since = datetime.combine(min(costs.days), time(), UTC) - timedelta(days=1)
        until = datetime.combine(max(costs.days), time.max, UTC)
        async for rows in pages_in_order(ledger, UsageQuery(since, upstream=upstream), now=min(until, now)):
            with localcontext(prec=_DIGITS):
                tally.record(rows)
                evidence.record(rows)
        # Of rows from before upstreams were written down nobody knows on whose bill they are.
        beside = None if upstream == UNKNOWN_UPSTREAM else UNKNOWN_UPSTREAM
        async for rows in pages_in_order(ledger, UsageQuery(since, upstream=beside), now=min(until, now)):
            evidence.doubt(row for row in rows if (row.attempt.upstream or UNKNOWN_UPSTREAM) != upstream)
        whole_days = UsageQuery(since + timedelta(days=1), until)
        found = await ledger.sums(whole_days, UsageGroup.UPSTREAM)
        others = [each for each in found if each.key != upstream]
    with localcontext(prec=_DIGITS):
        return tally.result(upstream, evidence.verdict(), others)


@dataclass
class _Tally:
    catalog: ModelCatalog
    days: frozenset[date]
    lines: dict[Key, Amounts] = field(default_factory=dict)
    other_items: list[BilledItem] = field(default_factory=list)
    by_project: dict[str | None, Decimal] = field(default_factory=dict)
    unknown: UnknownCosts = field(default_factory=UnknownCosts)

    def bill(self, items: Iterable[BilledItem]) -> None:
        for item in items:
            self.by_project[item.project_id] = self.by_project.get(item.project_id, Decimal(0)) + item.usd
            if item.model is None or item.category is None:
                self.other_items.append(item)
            else:
                self._add((item.day, self._name(item.model), item.category), Amounts(billed_usd=item.usd))

    def record(self, rows: Iterable[AttemptRow]) -> None:
        for row in rows:
            settlement = row.settlement
            if row.status is AttemptStatus.UNBILLED:
                continue
            if settlement is None or settlement.cost_usd is None:
                # It may have been closed much later, by the process that came after: it counts when it was opened.
                if _day(row.attempt.opened_at) in self.days:
                    self._add_unknown(row)
                continue
            day = billed_on(row, settlement)
            if day not in self.days:
                continue
            model = self._name(settlement.answered_as or row.attempt.model_id)
            for category, usd in split_cost(row, self.catalog).items():
                if usd:
                    measured = usd if row.status is AttemptStatus.MEASURED else Decimal(0)
                    self._add((day, model, category), Amounts(recorded_usd=usd, measured_usd=measured))

    def result(self, upstream: str, verdict: Verdict, others: Sequence[UsageSum]) -> Reconciliation:
        return Reconciliation(
            upstream=upstream,
            days=tuple(sorted(self.days)),
            lines={key: self.lines[key] for key in sorted(self.lines, key=_order)},
            other_items=tuple(self.other_items),
            billed_by_project=self.by_project,
            unknown=self.unknown,
            verdict=verdict,
            other_upstreams=others,
        )

    def _name(self, model: str) -> str:
        """The catalogue's id of a model or snapshot, so that both sides speak of the same; else its own name."""
        record = self.catalog.find(model)
        return model if record is None else record.model_id

    def _add(self, key: Key, amounts: Amounts) -> None:
        self.lines[key] = self.lines.get(key, Amounts()) + amounts

    def _add_unknown(self, row: AttemptRow) -> None:
        low = row.settlement.cost_low_usd if row.settlement else None
        high = row.settlement.cost_high_usd if row.settlement else row.attempt.worst_usd
        known = self.unknown
        self.unknown = UnknownCosts(
            known.attempts + 1,
            known.low_usd + (low or 0),
            None if known.high_usd is None or high is None else known.high_usd + high,
        )


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _order(key: Key) -> tuple[date, str, int]:
    day, model, category = key
    return day, model, list(Category).index(category)
