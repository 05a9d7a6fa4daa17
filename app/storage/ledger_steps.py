"""How an attempt is opened and settled, statement by statement, whatever the database: the budgets move with it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from app.services.gen_ai.core.budget import BudgetBook, BudgetClaim
from app.services.gen_ai.core.budget_alert import ALERT_PERCENTS, BudgetAlert
from app.services.gen_ai.core.budget_refusal import BudgetExceededError
from app.services.gen_ai.core.ledger import Attempt, AttemptStatus, Settlement
from app.services.gen_ai.core.spend import Counter, Spend, counter_keys
from app.storage.driver_statement import Rows, Steps
from app.storage.ledger_statements import (
    LedgerStatements,
    alert_values,
    as_duplicate,
    move_values,
    open_values,
    settle_values,
)
from app.storage.tables import usd_of

PROCESS_DIED = "process_died"
_OPEN = AttemptStatus.OPEN.value, ""
_ABANDONED = AttemptStatus.UNKNOWN.value, PROCESS_DIED


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a write: a refusal where nothing was recorded, and the alerts that it raised."""

    refusal: BudgetExceededError | None = None
    alerts: Sequence[BudgetAlert] = ()


class LedgerSteps:
    def __init__(self, statements: LedgerStatements, book: BudgetBook) -> None:
        self._statements = statements
        self._book = book

    def open(self, attempt: Attempt, process_id: str) -> Steps[Recorded]:
        """Reserves and records, if every hard budget has room."""
        day = attempt.opened_at.astimezone(UTC).date()
        claims = self._book.claims(attempt.service, attempt.caller_id, day)
        return (yield from self._open(attempt, process_id, claims))

    def reopen(self, attempt: Attempt, process_id: str) -> Steps[Recorded]:
        """Records what was sent while the ledger could not be written; no budget can refuse it any more."""
        known = yield self._statements.known, {"known_attempt": attempt.attempt_id}
        return Recorded() if known else (yield from self._open(attempt, process_id, ()))

    def _open(self, attempt: Attempt, process_id: str, claims: Sequence[BudgetClaim]) -> Steps[Recorded]:
        day = attempt.opened_at.astimezone(UTC).date()
        keys = counter_keys(attempt.service, attempt.caller_id, day)
        worst, priced = attempt.worst, attempt.worst_usd is not None
        counters = yield from self._move(keys, spent=Spend(), reserved=worst)
        for claim in claims:
            counter = counters[claim.counter]
            if not claim.has_room(counter.taken, priced):
                yield from self._move(keys, spent=Spend(), reserved=-worst)
                before = Counter(counter.spent, counter.reserved - worst)
                alerts = yield from self._alert(claim, counter.spent, [100], attempt.opened_at)
                return Recorded(BudgetExceededError.of(claim, before, worst, priced=priced), alerts)
        yield self._statements.open, open_values(attempt, process_id)
        return Recorded()

    def settle(self, attempt_id: str, settlement: Settlement) -> Steps[Recorded]:
        """Closes an open row; one that was given up by mistake too. A row that is closed stays as it is."""
        for status, error in (_OPEN, _ABANDONED):
            for ending in (settlement, as_duplicate(settlement)):
                values = settle_values(attempt_id, ending) | {"from_status": status, "from_error": error}
                rows = yield self._statements.settle, values
                if rows:
                    return (yield from self._count(rows[0], ending, abandoned=error == PROCESS_DIED))
        return Recorded()

    def _count(self, row: Sequence[Any], settlement: Settlement, *, abandoned: bool) -> Steps[Recorded]:
        service, caller_id, opened_on, worst_usd, worst_tokens = row
        day = opened_on if isinstance(opened_on, date) else date.fromisoformat(opened_on)
        worst = Spend(usd_of(worst_usd) or Decimal(0), worst_tokens)
        charge = settlement.charge(worst)
        spent = charge - worst if abandoned else charge  # what was given up has been counted at its worst
        counters = yield from self._move(
            counter_keys(service, caller_id, day), spent=spent, reserved=Spend() if abandoned else -worst
        )
        alerts: list[BudgetAlert] = []
        for claim in self._book.claims(service, caller_id, day):
            after = counters[claim.counter].spent
            crossed = _crossed(claim, after - spent, after)
            alerts += yield from self._alert(claim, after, crossed, settlement.settled_at)
        return Recorded(alerts=alerts)

    def _move(self, keys: tuple[str, ...], *, spent: Spend, reserved: Spend) -> Steps[dict[str, Counter]]:
        rows = yield self._statements.move, move_values(keys, spent=spent, reserved=reserved)
        return counters_of(rows)

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
            if (yield self._statements.alert, alert_values(alert)):
                raised.append(alert)
        return raised


def counters_of(rows: Rows) -> dict[str, Counter]:
    """From the driver's rows: counter, then the amounts in the order of the table's columns."""
    return {
        key: Counter(
            Spend(usd_of(spent_usd) or Decimal(0), spent_tokens), Spend(usd_of(reserved_usd) or Decimal(0), reserved)
        )
        for key, spent_usd, reserved_usd, spent_tokens, reserved in rows
    }


def _crossed(claim: BudgetClaim, before: Spend, after: Spend) -> list[int]:
    was, reached = claim.reached(before) * 100, claim.reached(after) * 100
    return [percent for percent in ALERT_PERCENTS if was < percent <= reached]
