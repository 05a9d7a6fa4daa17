"""A ledger with budgets is used at random, and must come to what `BudgetModel` says, after every step."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.errors import NotFoundError
from app.services.gen_ai.ledger.port import LedgerUnavailableError, Resolution, Settlement, UsageLedger, UsageQuery
from app.services.gen_ai.ledger.resolutions import NotResolvableError
from app.services.gen_ai.rules.budgets import Budget, BudgetAlert, BudgetBook, BudgetExceededError, Counter
from app.services.gen_ai.rules.pricing import TokenUsage
from app.vocabulary import AttemptStatus
from tests.contracts.budget_model import BudgetModel
from tests.fakes.rows import NOON, attempt, settlement, unanswered

PASSING = "chatops_advanced"
"""The service whose calls go out while the ledger cannot be written."""
MOMENTS = (
    datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 12, 1, 0, 0, tzinfo=UTC),
    datetime(2026, 12, 2, 12, tzinfo=UTC),
)
_SCOPES = [("all", None), ("service", None), ("service", PASSING), ("caller", None), ("caller", "alice")]
_MILLI, _HUNDRED = Decimal("0.001"), 100
"""Amounts are round, so that limits are often met exactly."""
_CALLS = st.fixed_dictionaries(
    {
        "service": st.sampled_from(["strategy_builder", PASSING]),
        "caller_id": st.sampled_from(["alice", "bob"]),
        "opened_at": st.sampled_from(MOMENTS),
        "worst_usd": st.sampled_from([None, *(number * _MILLI for number in range(13))]),
        "worst_tokens": st.integers(0, 12).map(lambda number: number * _HUNDRED),
        "upstream": st.sampled_from(["openai", "openai", "simulator", None]),
    }
)
ResultT = TypeVar("ResultT")


class LedgerAtWork(Protocol):
    """A ledger that a test can put into trouble. `alerts` are those that it has raised; None: it raises none."""

    @property
    def ledger(self) -> UsageLedger: ...

    @property
    def alerts(self) -> Sequence[BudgetAlert] | None: ...

    def break_database(self) -> None: ...

    def mend_database(self) -> None: ...

    async def recover(self, now: datetime) -> None:
        """What the ledger does from time to time: it replays its journal."""
        ...

    async def die(self, now: datetime) -> None:
        """Another process finds this one dead, and closes what it left open. Then it goes on after all."""
        ...


class Begin(Protocol):
    def __call__(self, book: BudgetBook) -> AbstractAsyncContextManager[LedgerAtWork]: ...


@st.composite
def budget_lists(draw: st.DrawFn) -> list[Budget]:
    """Up to four, small enough to be reached by a few calls."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        scope, subject = draw(st.sampled_from(_SCOPES))
        limits = draw(st.sampled_from([("usd",), ("tokens",), ("usd", "tokens")]))
        fields = {
            "name": f"budget_{number}",
            "scope": scope,
            "subject": subject,
            "period": draw(st.sampled_from(["day", "month"])),
            "kind": draw(st.sampled_from(["hard", "hard", "soft"])),
            "limit_usd": draw(st.integers(1, 20)) * _MILLI if "usd" in limits else None,
            "limit_tokens": draw(st.integers(1, 20)) * _HUNDRED if "tokens" in limits else None,
        }
        found.append(Budget.model_validate(fields))
    return found


class BudgetMachine(RuleBasedStateMachine):
    attempts = Bundle("attempts")

    def __init__(self, begin: Begin, *, can_break: bool) -> None:
        """`can_break`: the ledger survives a broken database and the death of its process."""
        super().__init__()
        self._begin = begin
        self._can_break = can_break
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._broken = False
        self._journal: list[tuple[str, Settlement | None]] = []
        """What waits to be replayed, in its order; None: the opening."""
        self._opened_there: dict[str, Any] = {}
        self._number = 0

    def _run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self._runner.run(work)

    def teardown(self) -> None:
        self._run(self._stack.aclose())
        self._runner.close()

    @initialize(budgets=budget_lists())
    def start(self, budgets: list[Budget]) -> None:
        self._model = BudgetModel(budgets)
        self._at_work = self._run(self._stack.enter_async_context(self._begin(BudgetBook(budgets))))
        self._ledger = self._at_work.ledger

    @rule(target=attempts, fields=_CALLS)
    def open(self, fields: dict[str, Any]) -> Any:
        """Let through exactly if it fits; refused by the first budget without room; nothing remains of a refusal."""
        self._number += 1
        new = attempt(f"att_{self._number}", **fields)
        if self._broken:
            if new.service != PASSING:
                with pytest.raises(LedgerUnavailableError):
                    self._run(self._ledger.open(new))
                return multiple()
            self._journal.append((new.attempt_id, None))
            self._opened_there[new.attempt_id] = new
        elif (refusing := self._model.refusing(new)) is not None:
            with pytest.raises(BudgetExceededError) as refused:
                self._run(self._ledger.open(new))
            assert refused.value.fields["budget"] == refusing.name
            return multiple()
        else:
            self._model.open(new)
        self._run(self._ledger.open(new))
        return new.attempt_id

    @rule(
        attempt_id=attempts,
        how=st.sampled_from(["measured", "estimated", "unpriced", "unknown", "unbilled"]),
        quarters=st.integers(0, 4),
        answer=st.integers(1, 6),
        own_answer=st.booleans(),
    )
    def settle(self, attempt_id: str, how: str, quarters: int, answer: int, own_answer: bool) -> None:  # noqa: FBT001
        """Once or again, in any way, with an answer of its own or one that others may have brought already."""
        upstream_id = f"answer-of-{attempt_id}" if own_answer else f"answer-{answer}"
        ending = self._ending(attempt_id, how, quarters, upstream_id)
        if self._broken or attempt_id in self._opened_there:
            self._journal.append((attempt_id, ending))
        else:
            self._model.settle(attempt_id, ending)
        self._run(self._ledger.settle(attempt_id, ending))

    @precondition(lambda self: not self._broken)
    @rule(attempt_id=attempts, quarters=st.none() | st.integers(0, 4))
    def resolve(self, attempt_id: str, quarters: int | None) -> None:
        """Not billed, or at a part of its worst case; what is known, open or not in the ledger yet is refused."""
        known = self._model.rows.get(attempt_id)
        worst = None if known is None else known.attempt.worst_usd
        cost = None if quarters is None else (worst or Decimal(0)) * quarters / 4
        order = Resolution(attempt_id, cost, "the bill", "ann", NOON)
        if self._model.resolve(order):
            self._run(self._ledger.resolve(order))
        else:
            with pytest.raises((NotResolvableError, NotFoundError)):
                self._run(self._ledger.resolve(order))

    def _ending(self, attempt_id: str, how: str, quarters: int, upstream_id: str) -> Settlement:
        """It costs a part of its worst case, or all of it."""
        if how in ("unknown", "unbilled"):
            return unanswered(AttemptStatus(how))
        known = self._model.rows.get(attempt_id)
        worst = known.attempt if known is not None else self._opened_there[attempt_id]
        cost = None if worst.worst_usd is None or how == "unpriced" else worst.worst_usd * quarters / 4
        tokens = TokenUsage(worst.worst_tokens * quarters // 4, 0, 0, 0, 0)
        status = AttemptStatus.ESTIMATED if how == "estimated" else AttemptStatus.MEASURED
        return settlement(status=status, upstream_id=upstream_id, cost_usd=cost, tokens=tokens)

    @precondition(lambda self: self._can_break and not self._broken)
    @rule()
    def the_database_breaks(self) -> None:
        self._broken = True
        self._at_work.break_database()

    @precondition(lambda self: self._broken)
    @rule()
    def the_database_is_mended(self) -> None:
        self._broken = False
        self._at_work.mend_database()

    @precondition(lambda self: self._can_break and not self._broken)
    @rule(target=attempts, fields=_CALLS)
    def open_while_the_database_is_away_for_a_moment(self, fields: dict[str, Any]) -> Any:
        self.the_database_breaks()
        opened = self.open(fields=fields)
        self.the_database_is_mended()
        return opened

    @precondition(lambda self: self._can_break and not self._broken)
    @rule()
    def the_journal_is_replayed(self) -> None:
        self._run(self._at_work.recover(NOON))
        self._replay()

    @precondition(lambda self: self._can_break and not self._broken)
    @rule()
    def the_process_seems_dead(self) -> None:
        self._run(self._at_work.die(NOON))
        self._replay()
        self._model.give_up(NOON)

    def _replay(self) -> None:
        for attempt_id, ending in self._journal:
            if ending is None:
                self._model.open(self._opened_there[attempt_id], unasked=True)
            else:
                self._model.settle(attempt_id, ending)
        self._journal.clear()
        self._opened_there.clear()

    @invariant()
    def the_rows_are_those_that_were_let_through_each_settled_once(self) -> None:
        rows, total = self._run(self._ledger.rows(UsageQuery(), limit=1000, offset=0))
        found = {row.attempt.attempt_id: (row.attempt, row.settlement) for row in rows}
        assert total == len(found)
        assert found == {name: (row.attempt, row.settlement) for name, row in self._model.rows.items()}

    @invariant()
    def each_counter_is_the_sum_of_its_rows(self) -> None:
        keys = sorted(self._model.keys())
        found = self._run(self._ledger.counters(keys))
        for key in keys:
            counter = found.get(key, Counter())
            assert (counter.spent.usd, counter.spent.tokens) == self._model.spent(key), key
            assert (counter.reserved.usd, counter.reserved.tokens) == self._model.reserved(key), key

    @invariant()
    def no_hard_budget_is_exceeded_by_those_whom_it_was_asked_for(self) -> None:
        for budget, key in self._model.hard_budgets():
            usd, tokens = self._model.held_by_those_who_asked(key)
            assert budget.limit_usd is None or usd <= budget.limit_usd, key
            assert budget.limit_tokens is None or tokens <= budget.limit_tokens, key

    @invariant()
    def each_alert_is_raised_once(self) -> None:
        if self._at_work.alerts is not None:
            raised = [(alert.budget, alert.counter, alert.percent) for alert in self._at_work.alerts]
            assert sorted(raised) == sorted(self._model.told)


def run_budget_machine(begin: Begin, *, can_break: bool, examples: int) -> None:
    class Machine(BudgetMachine):
        def __init__(self) -> None:
            super().__init__(begin, can_break=can_break)

    run_state_machine_as_test(Machine, settings=settings(max_examples=examples, stateful_step_count=30))
