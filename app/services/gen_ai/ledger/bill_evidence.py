"""What a bill proves about attempts whose cost is not known, and what it does not.

A bill has sums for each day and model, never single attempts. So it decides in two cases only, each for one day and
model: it shows no more than was measured, then nothing else was billed; or one attempt is left, and what the bill shows
beyond the measured lies within what it can have cost. In all other cases the attempts stay as they are, with a reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.services.gen_ai.ledger.openai_costs import BilledCosts
from app.services.gen_ai.ledger.port import AttemptRow, Settlement
from app.services.gen_ai.rules.budgets import usd_text
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.vocabulary import AttemptStatus, Wire

_PICODOLLAR = Decimal("1e-12")
_DAY = timedelta(days=1)
_LONGEST = timedelta(hours=1)
"""An operation may take so long: what was asked later than that before midnight may stand on the next day's bill."""

Group = tuple[date, str]
"""A day (UTC) and the catalogue's id of a model."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`cost_usd` None: it was not billed. `billed_usd` and `measured_usd` are those of its day and model."""

    attempt_id: str
    day: date
    model: str
    cost_usd: Decimal | None
    billed_usd: Decimal
    measured_usd: Decimal

    @property
    def note(self) -> str:
        """Why, for the trace."""
        billed, measured = usd_text(self.billed_usd), usd_text(self.measured_usd)
        return f"the bill of {self.day} has {billed} USD for {self.model}, of which {measured} USD are measured"


@dataclass(frozen=True, slots=True)
class Undecided:
    """`why`: a part of a sentence."""

    attempt_id: str
    day: date
    model: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both in the order of days."""

    proofs: Sequence[Proof] = ()
    undecided: Sequence[Undecided] = ()


@dataclass(slots=True)
class _Case:
    """What there is of a day and model. `doubtful`: something else that is not known may be a part of its bill."""

    billed_usd: Decimal = Decimal(0)
    measured_usd: Decimal = Decimal(0)
    measured: int = 0
    unknown: list[AttemptRow] = field(default_factory=list)
    doubtful: bool = False

    @property
    def rest_usd(self) -> Decimal:
        """What was billed beyond the measured."""
        return self.billed_usd - self.measured_usd

    @property
    def rounding_usd(self) -> Decimal:
        """Each measured cost may be rounded to a picodollar."""
        return _PICODOLLAR * (self.measured + 1)


class BillEvidence:
    """Amounts have up to 40 digits: use it within a decimal context that has as many."""

    def __init__(self, costs: BilledCosts, catalog: ModelCatalog, now: datetime) -> None:
        self._costs = costs
        self._catalog = catalog
        self._today = _day(now)
        self._cases: dict[Group, _Case] = {}
        self._doubtful_days: set[date] = set()
        self._undecided: list[Undecided] = []
        for item in costs.items:
            if item.model is not None:
                self._case(item.day, self._name(item.model)).billed_usd += item.usd

    def record(self, rows: Iterable[AttemptRow]) -> None:
        """Takes rows into account, all that can stand on the bill."""
        for row in rows:
            settled = row.settlement
            if settled is None or (settled.cost_usd is None and settled.status is AttemptStatus.MEASURED):
                self._leave(row, "it is still open" if settled is None else "it has no price; resolve it by hand")
            elif settled.status is AttemptStatus.MEASURED:
                self._measured(row, settled)
            elif settled.status is not AttemptStatus.UNBILLED:
                self._unknown(row, settled)

    def doubt(self, rows: Iterable[AttemptRow]) -> None:
        """Takes notice of rows that may stand on the bill or not: on their days it may show more than what is left."""
        for row in rows:
            if row.status is not AttemptStatus.UNBILLED:
                ended = row.attempt.opened_at if row.settlement is None else row.settlement.settled_at
                self._doubtful_days |= {_day(row.attempt.opened_at), _day(ended)}

    def verdict(self) -> Verdict:
        """What is proved, and what is left."""
        proofs: list[Proof] = []
        undecided = list(self._undecided)
        for (day, model), case in self._cases.items():
            for row in case.unknown:
                attempt_id, why = row.attempt.attempt_id, self._why_not(day, model, case, row)
                if why is not None:
                    undecided.append(Undecided(attempt_id, day, model, why))
                    continue
                cost = None if case.rest_usd <= case.rounding_usd else _within(row, case.rest_usd)
                proofs.append(Proof(attempt_id, day, model, cost, case.billed_usd, case.measured_usd))
        return Verdict(
            sorted(proofs, key=lambda proof: (proof.day, proof.attempt_id)),
            sorted(undecided, key=lambda left: (left.day, left.attempt_id)),
        )

    def _measured(self, row: AttemptRow, settled: Settlement) -> None:
        opened, ended = _day(row.attempt.opened_at), billed_on(row, settled)
        model = self._name(settled.answered_as or row.attempt.model_id)
        case = self._case(ended, model)
        case.measured_usd += settled.cost_usd or 0
        case.measured += 1
        if opened != ended:
            # The bill may have it on the other day.
            case.doubtful = self._case(opened, model).doubtful = True

    def _unknown(self, row: AttemptRow, settled: Settlement) -> None:
        attempt = row.attempt
        day = _day(attempt.opened_at)
        if attempt.wire is Wire.OTHER:
            self._doubtful_days.add(day)
            self._leave(row, "its endpoint cannot be metered; resolve it by hand")
        elif self._catalog.find(settled.answered_as or attempt.model_id) is None:
            self._leave(row, "the catalogue does not know its model; resolve it by hand")
        elif _day(min(settled.settled_at, attempt.opened_at + _LONGEST)) != day:
            self._leave(row, "it was under way at midnight, so it may stand on the bill of either day")
            self._case(day + _DAY, self._name(settled.answered_as or attempt.model_id)).doubtful = True
        else:
            self._case(day, self._name(settled.answered_as or attempt.model_id)).unknown.append(row)

    def _leave(self, row: AttemptRow, why: str) -> None:
        """Nothing is proved of it; and where the bill shows more than was measured, it may be that."""
        day, settled = _day(row.attempt.opened_at), row.settlement
        model = self._name((settled.answered_as if settled else None) or row.attempt.model_id)
        self._case(day, model).doubtful = True
        if day in self._costs.days:
            self._undecided.append(Undecided(row.attempt.attempt_id, day, model, why))

    def _why_not(self, day: date, model: str, case: _Case, row: AttemptRow) -> str | None:
        return self._why_no_bill(day, model) or _why_no_sum(case, row, doubtful=day in self._doubtful_days)

    def _why_no_bill(self, day: date, model: str) -> str | None:
        """Why the bill of a day says nothing of a model."""
        if day not in self._costs.days:
            return "the bill does not speak of its day"
        if day >= self._today:
            return "its day has not ended, and the bill may still grow"
        others = [item.line_item for item in self._costs.items if item.day == day and item.model is None]
        if None in others:
            return "the bill of its day is not split by line item"
        if any(model in (line_item or "") for line_item in others):
            return "the bill has a line of its model that is not read"
        return None

    def _case(self, day: date, model: str) -> _Case:
        return self._cases.setdefault((day, model), _Case())

    def _name(self, model: str) -> str:
        record = self._catalog.find(model)
        return model if record is None else record.model_id


def _why_no_sum(case: _Case, row: AttemptRow, *, doubtful: bool) -> str | None:
    """Why the sums of a day and model do not say what one of its attempts cost."""
    rest, rounding = case.rest_usd, case.rounding_usd
    low, high = _interval(row)
    if rest < -rounding:
        return f"the bill shows {usd_text(-rest)} USD less than was measured, so something else differs"
    if rest <= rounding:
        needs = f"it must have cost {usd_text(low)} USD at least, but the bill shows nothing beyond the measured"
        return needs if low > rounding else None
    if len(case.unknown) > 1:
        return (
            f"the bill shows {usd_text(rest)} USD for {len(case.unknown)} attempts together, and not what each of them "
            "cost"
        )
    if doubtful or case.doubtful:
        return f"the bill shows {usd_text(rest)} USD beyond the measured, which may be of another attempt in doubt"
    if high is None or not low - rounding <= rest <= high + rounding:
        most = "an amount that is not known" if high is None else f"{usd_text(high)} USD"
        return f"the bill shows {usd_text(rest)} USD for it, but it must have cost between {usd_text(low)} and {most}"
    return None


def _within(row: AttemptRow, rest_usd: Decimal) -> Decimal:
    """What is left of the bill, as a cost that its attempt can have."""
    _, high = _interval(row)
    cost = rest_usd.quantize(_PICODOLLAR)
    return cost if high is None else min(cost, high)


def _interval(row: AttemptRow) -> tuple[Decimal, Decimal | None]:
    settled = row.settlement
    low = settled.cost_low_usd if settled else None
    high = settled.cost_high_usd if settled else None
    return low or Decimal(0), row.attempt.worst_usd if high is None else high


def billed_on(row: AttemptRow, settled: Settlement) -> date:
    """The day (UTC) on whose bill a known cost belongs: that of its end, but what was found out afterwards ended then
    for us alone.
    """
    return _day(settled.settled_at if row.resolved is None else row.attempt.opened_at)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
