"""What was not known of an attempt is settled afterwards, by what the bill shows; who did it and why stays with it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from app.errors import InputError, NotFoundError
from app.services.gen_ai.ledger.port import DEARER_THAN_ASKED, Attempt, AttemptRow, Resolution, Resolved, Settlement
from app.services.gen_ai.rules.budgets import usd_text
from app.vocabulary import AttemptStatus

_PLACES = 12
_MOST_USD = Decimal(1_000_000)
"""For one attempt, where nobody knows what it can have cost."""


class NotResolvableError(InputError):
    """The row is known already, still open, or it cannot have cost so much."""

    status = 409
    code = "not_resolvable"
    title = "The attempt cannot be resolved so"


@dataclass(frozen=True, slots=True)
class Change:
    """What a resolution makes of a row: its settlement as it was, as it is then, and the trace that stays."""

    before: Settlement
    after: Settlement
    trace: Resolved


def change_by(resolution: Resolution, row: AttemptRow | None) -> Change:
    """What a resolution makes of a row.

    Raises:
        NotFoundError: there is no such row.
        NotResolvableError: the row cannot be resolved, or not so.
    """
    if row is None:
        raise NotFoundError(f"There is no attempt {resolution.attempt_id} in this ledger; usage export lists them all")
    before = _unknown(row)
    if resolution.cost_usd is not None:
        _check_amount(resolution.cost_usd, _most(before, row.attempt))
    after = replace(
        before,
        status=AttemptStatus.UNBILLED if resolution.cost_usd is None else AttemptStatus.MEASURED,
        cost_usd=resolution.cost_usd,
        cost_low_usd=None,
        cost_high_usd=None,
    )
    trace = Resolved(resolution, before.status, before.cost_usd, before.cost_low_usd, before.cost_high_usd)
    return Change(before, after, trace)


def resolved_sentence(resolved: Resolved) -> str:
    """What was settled, by whom, when and why."""
    resolution = resolved.resolution
    what = "not billed" if resolution.cost_usd is None else f"{usd_text(resolution.cost_usd)} USD"
    return f"{what}, by {resolution.resolved_by} at {_moment(resolution.resolved_at)}: {resolution.note}"


def _unknown(row: AttemptRow) -> Settlement:
    """The settlement of a row whose cost is not known exactly."""
    settled, name = row.settlement, row.attempt.attempt_id
    if settled is None:
        raise NotResolvableError(f"{name} is still open; it is settled when its answer comes or its process ends")
    if row.resolved is not None:
        raise NotResolvableError(f"{name} is resolved already: {resolved_sentence(row.resolved)}")
    if settled.status is AttemptStatus.UNBILLED:
        raise NotResolvableError(f"{name} is known: it was not billed")
    if settled.status is AttemptStatus.MEASURED and settled.cost_usd is not None:
        raise NotResolvableError(f"{name} is known: {usd_text(settled.cost_usd)} USD, measured")
    return settled


def _check_amount(cost_usd: Decimal, most: Decimal) -> None:
    if not cost_usd.is_finite() or cost_usd < 0 or _places(cost_usd) > _PLACES:
        raise NotResolvableError(
            f"{cost_usd} USD is no cost; give a decimal number, 0 or more, up to {_PLACES} decimal places"
        )
    if cost_usd > most:
        raise NotResolvableError(f"{usd_text(cost_usd)} USD is more than it can have cost: {usd_text(most)} USD")


def _places(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _most(before: Settlement, attempt: Attempt) -> Decimal:
    if before.error == DEARER_THAN_ASKED:
        return _MOST_USD  # it was served at rates above those of its worst case, and the bill says so
    known = before.cost_high_usd if before.cost_high_usd is not None else attempt.worst_usd
    return _MOST_USD if known is None else known


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
