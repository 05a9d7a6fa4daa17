"""What budgets hold when nothing is under way any more: what the rows count for, and nothing reserved."""

from collections import defaultdict
from datetime import date

from app.services.gen_ai.ledger.port import AttemptRow, UsageLedger, UsageQuery
from app.services.gen_ai.rules.budgets import NOTHING, Spend, counter_key
from app.vocabulary import AttemptStatus

_MOST_ROWS = 100_000
_SERVER_ERROR = 500


async def wrong_counters(ledger: UsageLedger, upstream: str) -> list[str]:
    """Every counter of a month's calls to an upstream that holds something else than their rows, in a sentence each."""
    rows, _ = await ledger.rows(UsageQuery(), limit=_MOST_ROWS, offset=0)
    found: list[str] = []
    months: dict[date, Spend] = defaultdict(Spend)
    for row in rows:
        months[row.attempt.opened_on.replace(day=1)] += _counts(row)
    for day, expected in months.items():
        key = counter_key("month", day, "all", "", upstream)
        counter = (await ledger.counters([key]))[key]
        if counter.reserved != NOTHING:
            found.append(f"{key} still reserves {counter.reserved}")
        if counter.spent != expected:
            found.append(f"{key} holds {counter.spent}, but its rows count for {expected}")
    return found


def _counts(row: AttemptRow) -> Spend:
    """What is known counts as it is; what is not, or broke off, at its worst; but for nothing where the upstream itself
    said that it failed: no source says that it bills that.
    """
    worst, end = row.attempt.worst, row.settlement
    if end is None or end.status is AttemptStatus.UNBILLED:
        return NOTHING
    if end.error == "answer_failed" or (end.upstream_status or 0) >= _SERVER_ERROR:
        worst = NOTHING
    if end.error == "stream_cut":
        return worst
    return Spend(
        worst.usd if end.cost_usd is None else end.cost_usd,
        worst.tokens if end.tokens is None else end.tokens.input_tokens + end.tokens.output_tokens,
    )
