"""What a ledger with budgets must come to, in the plainest words: rows, summed up anew for every question."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from app.services.gen_ai.ledger.port import Attempt, Resolution, Settlement
from app.services.gen_ai.rules.budgets import Budget
from app.vocabulary import AttemptStatus

Amounts = tuple[Decimal, int]
"""USD and tokens."""


@dataclass
class ModelRow:
    """`unasked`: it was replayed from the journal, so no budget was asked. `given_up`: its process seemed dead."""

    attempt: Attempt
    settlement: Settlement | None = None
    unasked: bool = False
    given_up: bool = False

    @property
    def spent(self) -> Amounts:
        settled, worst = self.settlement, self.attempt
        if settled is None or settled.status is AttemptStatus.UNBILLED:
            return Decimal(0), 0
        unknown = (worst.worst_usd or Decimal(0), worst.worst_tokens) if settled.counts_worst else (Decimal(0), 0)
        if settled.status is AttemptStatus.ESTIMATED and settled.counts_worst:
            return unknown
        usd = unknown[0] if settled.cost_usd is None else settled.cost_usd
        buckets = settled.tokens
        if buckets is None:
            return usd, unknown[1]
        return usd, (
            buckets.input_uncached
            + buckets.input_cached
            + buckets.cache_write
            + buckets.output_visible
            + buckets.output_reasoning
        )

    @property
    def reserved(self) -> Amounts:
        if self.settlement is not None:
            return Decimal(0), 0
        return self.attempt.worst_usd or Decimal(0), self.attempt.worst_tokens


def total(amounts: Sequence[Amounts]) -> Amounts:
    return sum((usd for usd, _ in amounts), Decimal(0)), sum(tokens for _, tokens in amounts)


@dataclass
class BudgetModel:
    budgets: Sequence[Budget]
    rows: dict[str, ModelRow] = field(default_factory=dict)
    told: set[tuple[str, str, int]] = field(default_factory=set)
    """Each alert: its budget, its counter, and the percent."""

    def refusing(self, attempt: Attempt) -> Budget | None:
        """The first hard budget that has no room for it."""
        for budget, key in self._budgets_of(attempt):
            usd, tokens = total([*self._taken(key), (attempt.worst_usd or Decimal(0), attempt.worst_tokens)])
            unpriced = attempt.worst_usd is None and budget.limit_usd is not None
            over_usd = budget.limit_usd is not None and usd > budget.limit_usd
            over_tokens = budget.limit_tokens is not None and tokens > budget.limit_tokens
            if budget.kind == "hard" and (unpriced or over_usd or over_tokens):
                self.told.add((budget.name, key, 100))
                return budget
        return None

    def open(self, attempt: Attempt, *, unasked: bool = False) -> None:
        self.rows.setdefault(attempt.attempt_id, ModelRow(attempt, unasked=unasked))

    def settle(self, attempt_id: str, settlement: Settlement) -> None:
        """The first settlement stands, unless the row was only given up."""
        row = self.rows[attempt_id]
        if row.settlement is not None and not row.given_up:
            return
        before = {key: self.spent(key) for _, key in self._budgets_of(row.attempt)}
        row.settlement, row.given_up = settlement, False
        self._tell(row.attempt, before)

    def resolve(self, resolution: Resolution) -> bool:
        """Whether it can be, and then it is: what was not known is; that it was given up is over."""
        row = self.rows.get(resolution.attempt_id)
        settled = None if row is None else row.settlement
        unknown = settled is not None and settled.cost_usd is None and settled.status is not AttemptStatus.UNBILLED
        if row is None or settled is None or not (unknown or settled.status is AttemptStatus.ESTIMATED):
            return False
        before = {key: self.spent(key) for _, key in self._budgets_of(row.attempt)}
        status = AttemptStatus.UNBILLED if resolution.cost_usd is None else AttemptStatus.MEASURED
        row.settlement = replace(
            settled, status=status, cost_usd=resolution.cost_usd, cost_low_usd=None, cost_high_usd=None
        )
        row.given_up = False
        self._tell(row.attempt, before)
        return True

    def give_up(self, now: datetime) -> None:
        """The process died: all that it left open is unknown, between nothing and its worst case."""
        for row in self.rows.values():
            if row.settlement is None:
                before = {key: self.spent(key) for _, key in self._budgets_of(row.attempt)}
                row.settlement = Settlement(
                    status=AttemptStatus.UNKNOWN,
                    settled_at=now,
                    latency_ms=None,
                    cost_low_usd=Decimal(0),
                    cost_high_usd=row.attempt.worst_usd,
                    error="process_died",
                )
                row.given_up = True
                self._tell(row.attempt, before)

    def spent(self, key: str) -> Amounts:
        return total([row.spent for row in self._counted(key)])

    def reserved(self, key: str) -> Amounts:
        return total([row.reserved for row in self._counted(key)])

    def held_by_those_who_asked(self, key: str) -> Amounts:
        asked = [row for row in self._counted(key) if not row.unasked]
        return total([*(row.spent for row in asked), *(row.reserved for row in asked)])

    def hard_budgets(self) -> Sequence[tuple[Budget, str]]:
        """Each with each counter that it is held against."""
        found = {(budget.name, key): (budget, key) for row in self.rows.values()
                 for budget, key in self._budgets_of(row.attempt) if budget.kind == "hard"}  # fmt: skip
        return list(found.values())

    def keys(self) -> set[str]:
        return {key for row in self.rows.values() for key in keys_of(row.attempt)}

    def _counted(self, key: str) -> list[ModelRow]:
        return [row for row in self.rows.values() if key in keys_of(row.attempt)]

    def _taken(self, key: str) -> list[Amounts]:
        return [self.spent(key), self.reserved(key)]

    def _budgets_of(self, attempt: Attempt) -> list[tuple[Budget, str]]:
        found = []
        for budget in self.budgets:
            subject = {"all": None, "service": attempt.service, "caller": attempt.caller_id}[budget.scope]
            if budget.subject in (None, subject):
                found.append((budget, key_of(attempt, budget.scope, budget.period)))
        return found

    def _tell(self, attempt: Attempt, before: dict[str, Amounts]) -> None:
        for budget, key in self._budgets_of(attempt):
            was, now = _percent(budget, before[key]), _percent(budget, self.spent(key))
            self.told |= {(budget.name, key, part) for part in (50, 80, 100) if was < part <= now}


def _percent(budget: Budget, spent: Amounts) -> Decimal:
    usd = Decimal(0) if budget.limit_usd is None else spent[0] * 100 / budget.limit_usd
    tokens = Decimal(0) if budget.limit_tokens is None else Decimal(spent[1]) * 100 / budget.limit_tokens
    return max(usd, tokens)


def key_of(attempt: Attempt, scope: str, period: str) -> str:
    day = attempt.opened_at.astimezone(UTC).date().isoformat()
    subject = {"all": "", "service": f"|{attempt.service}", "caller": f"|{attempt.caller_id}"}[scope]
    upstream = "" if attempt.upstream is None else f"@{attempt.upstream}"
    return f"{day if period == 'day' else day[:7]}{upstream}|{scope}{subject}"


def keys_of(attempt: Attempt) -> set[str]:
    return {key_of(attempt, scope, period) for scope in ("all", "service", "caller") for period in ("day", "month")}
