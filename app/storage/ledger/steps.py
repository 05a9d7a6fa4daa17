"""How an attempt is opened and settled, statement by statement, whatever the database: the budgets move with it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Self

from app.services.gen_ai.ledger.port import Attempt, Settlement
from app.services.gen_ai.ledger.resolutions import Change, NotResolvableError
from app.services.gen_ai.rules.budgets import (
    ALERT_PERCENTS,
    NOTHING,
    BudgetAlert,
    BudgetBook,
    BudgetClaim,
    BudgetExceededError,
    Counter,
    Spend,
    counter_keys,
)
from app.storage.columns import usd_of
from app.storage.ledger.statements import (
    LedgerStatements,
    Row,
    Steps,
    alert_values,
    move_values,
    open_values,
    settle_values,
    trace_values,
)
from app.vocabulary import AttemptStatus, Wire

PROCESS_DIED = "process_died"
_OPEN = AttemptStatus.OPEN.value, ""
_ABANDONED = AttemptStatus.UNKNOWN.value, PROCESS_DIED


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a write: a refusal where nothing was recorded, and the alerts that it raised."""

    refusal: BudgetExceededError | None = None
    alerts: Sequence[BudgetAlert] = ()


class Held(NamedTuple):
    """An attempt as the counters see it."""

    service: str
    caller_id: str
    day: date
    upstream: str | None
    worst: Spend

    @property
    def keys(self) -> tuple[str, ...]:
        """Its counters."""
        return counter_keys(self.service, self.caller_id, self.day, self.upstream)

    @classmethod
    def of(cls, row: Row) -> Self:
        """From the driver's row of the columns `HELD`."""
        service, caller_id, opened_on, upstream, wire, worst_usd, worst_tokens = row
        day = opened_on if isinstance(opened_on, date) else date.fromisoformat(opened_on)
        worst = NOTHING if wire == Wire.OTHER.value else _spend(worst_usd, worst_tokens)
        return cls(service, caller_id, day, upstream, worst)

    @classmethod
    def by(cls, attempt: Attempt) -> Self:
        return cls(attempt.service, attempt.caller_id, attempt.opened_on, attempt.upstream, attempt.worst)


class LedgerSteps:
    def __init__(self, statements: LedgerStatements, book: BudgetBook) -> None:
        self._statements = statements
        self._book = book

    def open(self, attempt: Attempt, process_id: str) -> Steps[Recorded]:
        """Reserves and records, if every hard budget has room. What cannot be metered asks no budget."""
        metered = attempt.wire is not Wire.OTHER
        claims = self._claims(Held.by(attempt)) if metered else ()
        return (yield from self._open(attempt, process_id, claims))

    def open_again(self, attempt: Attempt, process_id: str) -> Steps[Recorded]:
        """As `open`, where nobody knows whether that was committed."""
        known = yield self._statements.known, {"known_attempt": attempt.attempt_id}
        return Recorded() if known.rows else (yield from self.open(attempt, process_id))

    def reopen(self, attempt: Attempt, process_id: str) -> Steps[Recorded]:
        """Records what was sent while the ledger could not be written; no budget can refuse it any more."""
        known = yield self._statements.known, {"known_attempt": attempt.attempt_id}
        return Recorded() if known.rows else (yield from self._open(attempt, process_id, ()))

    def _open(self, attempt: Attempt, process_id: str, claims: Sequence[BudgetClaim]) -> Steps[Recorded]:
        held = Held.by(attempt)
        counters = yield from self._move(held, claims, reserved=held.worst)
        for claim in claims:
            counter, priced = counters[claim.counter], attempt.worst_usd is not None
            if not claim.has_room(counter.taken, priced):
                yield from self._move(held, (), reserved=-held.worst)
                before = Counter(counter.spent, counter.reserved - held.worst)
                alerts = yield from self._alert(claim, counter.spent, [100], attempt.opened_at)
                return Recorded(BudgetExceededError.of(claim, before, held.worst, priced=priced), alerts)
        yield self._statements.open, open_values(attempt, process_id)
        return Recorded()

    def settle(self, attempt_id: str, settlement: Settlement, attempt: Attempt | None) -> Steps[Recorded]:
        """Closes an open row; one that was given up by mistake too. A row that is closed stays as it is.

        `attempt` is None where this process does not know it: then the row tells what it had reserved.
        """
        for state in (_OPEN, _ABANDONED):
            held = yield from self._close(attempt_id, settlement, state, attempt)
            if held is not None:
                return (yield from self._count(held, settlement, abandoned=state is _ABANDONED))
        return Recorded()

    def resolve(self, attempt: Attempt, change: Change, *, again: bool = False) -> Steps[Recorded]:
        """Turns a row that was not known into what the bill shows; `again` as `open_again`.

        Raises:
            NotResolvableError: the row is not as it was when the change was made up.
        """
        new = yield self._statements.trace, trace_values(change.trace)
        if not new.rows and again:
            return Recorded()
        before = change.before
        state = before.status.value, before.error or ""
        held = None if not new.rows else (yield from self._close(attempt.attempt_id, change.after, state, attempt))
        if held is None:
            raise NotResolvableError(f"{attempt.attempt_id} has changed meanwhile; look at it again")
        spent = change.after.charge(held.worst) - before.charge(held.worst)
        moment = change.trace.resolution.resolved_at
        return (yield from self._spend(held, spent, reserved=NOTHING, now=moment))

    def _close(
        self, attempt_id: str, settlement: Settlement, state: tuple[str, str], attempt: Attempt | None
    ) -> Steps[Held | None]:
        values = settle_values(attempt_id, settlement)
        values["from_status"], values["from_error"] = state
        if attempt is None:
            done = yield self._statements.settle_other, values
            return Held.of(done.rows[0]) if done.rows else None
        done = yield self._statements.settle, values
        return Held.by(attempt) if done.changed else None

    def _count(self, held: Held, settlement: Settlement, *, abandoned: bool) -> Steps[Recorded]:
        charge, worst = settlement.charge(held.worst), held.worst
        spent = charge - worst if abandoned else charge  # what was given up has been counted at its worst
        reserved = NOTHING if abandoned else -worst
        return (yield from self._spend(held, spent, reserved=reserved, now=settlement.settled_at))

    def _spend(self, held: Held, spent: Spend, *, reserved: Spend, now: datetime) -> Steps[Recorded]:
        claims = self._claims(held)
        counters = yield from self._move(held, claims, spent=spent, reserved=reserved)
        alerts: list[BudgetAlert] = []
        for claim in claims:
            after = counters[claim.counter].spent
            crossed = _crossed(claim, after - spent, after)
            alerts += yield from self._alert(claim, after, crossed, now)
        return Recorded(alerts=alerts)

    def _claims(self, held: Held) -> tuple[BudgetClaim, ...]:
        return self._book.claims(held.service, held.caller_id, held.day, held.upstream)

    def _move(
        self, held: Held, claims: Sequence[BudgetClaim], *, spent: Spend = NOTHING, reserved: Spend
    ) -> Steps[dict[str, Counter]]:
        """Moves all six counters; returns those that the claims ask for."""
        values = move_values(held.keys, spent=spent, reserved=reserved)
        if not claims:
            yield self._statements.move, values
            return {}
        done = yield self._statements.move_and_see, values
        wanted = {claim.counter for claim in claims}
        return {row[0]: counter_of(row) for row in done.rows if row[0] in wanted}

    def _alert(
        self, claim: BudgetClaim, spent: Spend, percents: Iterable[int], now: datetime
    ) -> Steps[list[BudgetAlert]]:
        raised = []
        for percent in percents:
            alert = BudgetAlert(
                alert_id=f"alert_{uuid.uuid4().hex}",
                budget=claim.budget.name,
                counter=claim.counter,
                percent=percent,
                limit_usd=claim.budget.limit_usd,
                spent_usd=spent.usd,
                limit_tokens=claim.budget.limit_tokens,
                spent_tokens=spent.tokens,
                resets_at=claim.resets_at,
                raised_at=now,
            )
            if (yield self._statements.alert, alert_values(alert)).rows:
                raised.append(alert)
        return raised


def counter_of(row: Row) -> Counter:
    """From the driver's row: the key, then the amounts in the order of the table's columns."""
    _, spent_usd, reserved_usd, spent_tokens, reserved_tokens = row
    return Counter(_spend(spent_usd, spent_tokens), _spend(reserved_usd, reserved_tokens))


def _spend(picodollars: int | None, tokens: int) -> Spend:
    return Spend(usd_of(picodollars) or Decimal(0), tokens)


def _crossed(claim: BudgetClaim, before: Spend, after: Spend) -> list[int]:
    was, reached = claim.reached(before) * 100, claim.reached(after) * 100
    return [percent for percent in ALERT_PERCENTS if was < percent <= reached]
