"""The simulator's own bill against what the ledger does not know: whatever is settled by it is what was billed."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx2

from app.clock import FixedClock
from app.services.gen_ai.ledger.openai_costs import BilledCosts, BilledItem, Category
from app.services.gen_ai.ledger.port import Resolution
from app.services.gen_ai.ledger.reconciliation import Reconciliation, reconcile
from app.services.gen_ai.rules.pricing import price_usage, read_usage
from app.simulator import Fault
from app.simulator.account import Bill
from containers import Container

API = "/api/v1/gen-ai"
BODY = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
AFTERWARDS = datetime(2026, 12, 5, tzinfo=UTC)
DAYS = {
    "one was billed": (datetime(2026, 11, 24, 12, tzinfo=UTC), ["malformed_json"]),
    "nothing was billed": (datetime(2026, 11, 25, 12, tzinfo=UTC), ["html", "html"]),
    "one of two was billed": (datetime(2026, 11, 26, 12, tzinfo=UTC), ["malformed_json", "html"]),
}


def _usd(container: Container, bill: Bill, day: date) -> Decimal:
    record = container.rules.catalog().find(bill.model)
    assert record is not None
    cost = price_usage(read_usage(bill.usage), record, day, bill.service_tier)
    assert cost is not None
    return cost.usd


def _costs(container: Container, bills: Iterable[tuple[date, Bill]]) -> BilledCosts:
    """A line for each answer; which request of ours it belongs to is not on it."""
    items = [
        BilledItem(day, f"{bill.model}, output", None, _usd(container, bill, day), bill.model, Category.OUTPUT)
        for day, bill in bills
    ]
    return BilledCosts(tuple(items), frozenset(moment.date() for moment, _ in DAYS.values()))


async def test_what_the_bill_decides_is_what_was_billed(
    http: httpx2.AsyncClient, container: Container, clock: FixedClock
) -> None:
    """On each day one call is measured, and the faults leave attempts of unknown cost."""
    account, bills, days = container.gen_ai.simulator().account, list[tuple[date, Bill]](), list[date]()
    for moment, faults in DAYS.values():
        clock.move_to(moment)
        days.append(moment.date())
        before = len(account.bills)
        assert (await http.post(f"{API}/strategy-builder", json=BODY)).status_code == 200
        for fault in faults:
            container.gen_ai.simulator().faults.add(Fault.model_validate({"kind": fault}))
            assert (await http.post(f"{API}/strategy-builder", json=BODY)).status_code == 502
        bills += [(moment.date(), bill) for bill in account.bills[before:]]
    clock.move_to(AFTERWARDS)
    ledger, costs = container.data.ledger(), _costs(container, bills)

    async def compared() -> Reconciliation:
        return await reconcile(costs, ledger, container.rules.catalog(), now=AFTERWARDS, upstream="simulator")

    found = await compared()
    truth = {bill.client_request_id: _usd(container, bill, day) for day, bill in bills}
    assert found.unknown.attempts == 5
    assert [(proof.day, proof.cost_usd) for proof in found.verdict.proofs] == [
        (proof.day, truth.get(proof.attempt_id)) for proof in found.verdict.proofs
    ]
    assert [proof.day for proof in found.verdict.proofs] == [days[0], days[1], days[1]]
    assert [left.day for left in found.verdict.undecided] == [days[2], days[2]]
    for proof in found.verdict.proofs:
        await ledger.resolve(Resolution(proof.attempt_id, proof.cost_usd, proof.note, "ann", AFTERWARDS))
    again = await compared()
    assert (again.unknown.attempts, again.verdict.proofs) == (2, [])
    assert again.total.difference_usd == -sum(
        truth[left.attempt_id] for left in again.verdict.undecided if left.attempt_id in truth
    )
