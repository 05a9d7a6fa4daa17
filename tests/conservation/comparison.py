"""Two books side by side: what the simulator billed, and what the ledger says. Every difference is a sentence."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.conservation.account import Bill
from tests.conservation.ledger import Row
from tests.conservation.prices import price, used

_DEARER = "dearer_than_asked"
_NOT_MEASURABLE = ("usage_missing", "usage_inconsistent", _DEARER)
_ASKED_TIER = "default"
"""What every request of a load says."""


@dataclass(frozen=True)
class Answer:
    """What a client was told of an operation, in an answer or in an error; `accepted`: a 2xx, or a stream's `done`."""

    operation_id: str
    cost_usd: Decimal | None
    accepted: bool
    usage: Mapping[str, int] | None = None


@dataclass(frozen=True)
class RawAnswer:
    """What the SDK told somebody's own code of an answer that came to its end; its usage, if it was told."""

    upstream_id: str
    usage: Mapping[str, Any] | None


@dataclass(frozen=True)
class Books:
    """The ledger holds an answer to what was asked for: one at a dearer tier or model than that is `dearer_than_asked`,
    and its interval has what the same tokens cost as asked. What is billed beyond that is for whoever reads the bill:
    only there does it stand, and here it counts for neither side.
    """

    bills: Sequence[Bill]
    rows: Sequence[Row]
    answers: Sequence[Answer]
    raw_answers: Sequence[RawAnswer] = ()

    def differences(self) -> list[str]:
        """Empty where both sides agree on everything."""
        return [
            *self._not_one_to_one(),
            *self._rows_that_differ(),
            *self._sums_that_differ(),
            *self._false_answers(),
            *self._false_raw_answers(),
        ]

    @cached_property
    def _by_attempt(self) -> Mapping[str, Row]:
        return {row["attempt_id"]: row for row in self.rows}

    @cached_property
    def _billed(self) -> Mapping[str | None, Bill]:
        return {bill["client_request_id"]: bill for bill in self.bills}

    def _not_one_to_one(self) -> Iterator[str]:
        """Each billed call has exactly one row, each attempt at most one bill, each answer's id at most one row."""
        for name, times in Counter(bill["client_request_id"] for bill in self.bills).items():
            if times > 1:
                yield f"{times} bills belong to the attempt {name}"
            if name not in self._by_attempt:
                yield f"billed, but not in the ledger: {self._billed[name]}"
        for key in ("attempt_id", "upstream_id"):
            for name, times in Counter(row[key] for row in self.rows if row[key] is not None).items():
                if times > 1:
                    yield f"{times} rows have the {key} {name}"

    def _rows_that_differ(self) -> Iterator[str]:
        for row in self.rows:
            bill = self._billed.get(row["attempt_id"])
            for reason in _reasons(row, bill):
                yield f"{reason}\n    row:  {dict(row)}\n    bill: {bill and dict(bill)}"

    def _sums_that_differ(self) -> Iterator[str]:
        """The sum of the intervals contains the true sum."""
        low = high = true = Decimal(0)
        for row in self.rows:
            bill = self._billed.get(row["attempt_id"])
            interval = _interval(row)
            if interval is not None:
                low, high = low + interval[0], high + interval[1]
                true += (bill and _true_cost(row, bill)) or 0
        if not low <= true <= high:
            yield f"{true} USD were billed, but the ledger says {low} to {high}"

    def _false_answers(self) -> Iterator[str]:
        """What a client was told is what the ledger has, after every crash."""
        rows = defaultdict(list)
        for row in self.rows:
            rows[row["operation_id"]].append(row)
        for answer in self.answers:
            own = rows[answer.operation_id]
            if answer.accepted and not any(_has_an_answer(row) for row in own):
                yield f"answered, but no row is measured: {answer}, {own}"
            if answer.cost_usd != _total(own):
                yield f"told {answer.cost_usd}, but the rows cost {_total(own)}: {answer}, {own}"
            for name, told in (answer.usage or {}).items():
                if told != sum(row[name] or 0 for row in own):
                    yield f"told {told} {name}, but the rows have another sum: {answer}, {own}"

    def _false_raw_answers(self) -> Iterator[str]:
        """Who has seen the last of an answer finds it settled, after every crash."""
        rows = {row["upstream_id"]: row for row in self.rows}
        for answer in self.raw_answers:
            row = rows.get(answer.upstream_id)
            if row is None or not _has_an_answer(row):
                yield f"answered to somebody's own code, but no row is measured: {answer}, {row}"
            elif answer.usage is not None and row["status"] == "measured":
                yield from (f"{difference}: {answer}, {row}" for difference in _other_tokens(row, answer.usage, "told"))


def _reasons(row: Row, bill: Bill | None) -> Iterator[str]:
    """Why a row cannot be right, given its bill."""
    if row["status"] in ("estimated", "unknown"):
        yield from _outside_of_interval(row, bill)
    elif row["status"] not in ("measured", "unbilled"):
        yield f"left {row['status']}"
    elif (row["status"] == "measured") != (bill is not None):
        yield "measured, but never billed" if bill is None else "unbilled, but it was billed"
    if bill is None:
        return
    for key, billed in (("upstream_id", "id"), ("upstream_request_id", "request_id")):
        if row[key] not in (None, bill[billed]):
            yield f"{key} differs"
    if row["status"] == "measured":
        yield from _measured_wrongly(row, bill)


def _outside_of_interval(row: Row, bill: Bill | None) -> Iterator[str]:
    interval, true = _interval(row), Decimal(0) if bill is None else _true_cost(row, bill)
    if interval is None:
        yield "it may have been billed, but has no interval"
    elif true is not None and not interval[0] <= true <= interval[1]:
        yield f"{true} USD lie outside of {interval[0]} to {interval[1]}"
    if row["error"] == _DEARER and bill is not None:
        billed = _price_of(bill, row)
        if true is None or billed is None or not billed > true:
            yield f"{row['error']}, but {billed} USD were billed where {true} were asked for"


def _measured_wrongly(row: Row, bill: Bill) -> Iterator[str]:
    if row["upstream_id"] is None:
        yield "measured without the answer's id"
    yield from _other_tokens(row, bill["usage"], "billed")
    for key, name in (("service_tier", "service_tier"), ("answered_as", "model")):
        if row[key] != bill[name]:
            yield f"{key}: {row[key]} was recorded, {bill[name]} billed"
    recorded = None if row["cost_usd"] is None else Decimal(row["cost_usd"])
    if recorded != _true_cost(row, bill):
        yield f"{recorded} USD were recorded, {_true_cost(row, bill)} billed"


def _true_cost(row: Row, bill: Bill) -> Decimal | None:
    """In USD, at the price of the day on which the row was settled; None where it has none. Of an answer that is dearer
    than what was asked for, what it would have cost as asked.
    """
    if row["error"] == _DEARER:
        return price(row["model_id"], _ASKED_TIER, bill["usage"], row["settled_at"][:10])
    return _price_of(bill, row)


def _price_of(bill: Bill, row: Row) -> Decimal | None:
    return price(bill["model"], bill["service_tier"], bill["usage"], row["settled_at"][:10])


def _other_tokens(row: Row, usage: Mapping[str, Any], source: str) -> Iterator[str]:
    for name, tokens in used(usage).items():
        if row[name] != tokens:
            yield f"{name}: {row[name]} were recorded, {tokens} {source}"


def _interval(row: Row) -> tuple[Decimal, Decimal] | None:
    """Between what a row's cost lies, in USD; None where nothing is said of it."""
    if row["status"] == "measured":
        return None if row["cost_usd"] is None else (Decimal(row["cost_usd"]),) * 2
    if row["cost_low_usd"] is None or row["cost_high_usd"] is None:
        return None
    return Decimal(row["cost_low_usd"]), Decimal(row["cost_high_usd"])


def _has_an_answer(row: Row) -> bool:
    """Measured, or an answer that does not tell its usage, or not truly."""
    return row["status"] == "measured" or row["error"] in _NOT_MEASURABLE


def _total(rows: Sequence[Row]) -> Decimal | None:
    """What the rows of an operation cost; None where a part of it is not known."""
    billed = [row["cost_usd"] for row in rows if row["status"] != "unbilled"]
    return None if None in billed else sum((Decimal(cost) for cost in billed), start=Decimal(0))
