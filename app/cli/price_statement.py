"""A cost, taken apart into the lines of a bill."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.prices import PricePeriod
from app.services.gen_ai.rules.pricing import Cost, TokenUsage, price_usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One bucket: `tokens` x `usd_per_1m` / 1,000,000 = `usd`."""

    bucket: str
    tokens: int
    usd_per_1m: Decimal

    @property
    def usd(self) -> Decimal:
        return self.tokens * self.usd_per_1m / _MILLION


@dataclass(frozen=True, slots=True)
class Statement:
    """`tier_applied`: the tier has rates other than the standard ones. `regional_factor` is in the lines' rates."""

    model: ModelRecord
    period: PricePeriod
    cost: Cost
    lines: tuple[Line, ...]
    long_context: bool
    tier_applied: bool
    regional_factor: Decimal | None

    @property
    def valid_until(self) -> date | None:
        """The day from which the next price holds; None: there is none yet."""
        later = [period.valid_from for period in self.model.prices if period.valid_from > self.period.valid_from]
        return min(later, default=None)


def make_statement(
    tokens: TokenUsage, model: ModelRecord, day: date, service_tier: str | None, *, regional: bool
) -> Statement | None:
    """The lines behind a cost, or None where there is no price for this day or tier."""
    period = model.price_on(day)
    cost = price_usage(tokens, model, day, service_tier, regional=regional)
    rates = _rates(tokens, model, day, service_tier, regional=regional)
    if period is None or cost is None or rates is None:
        return None
    limit = period.long_context.above_input_tokens if period.long_context else None
    return Statement(
        model=model,
        period=period,
        cost=cost,
        lines=tuple(Line(bucket, getattr(tokens, bucket), rate) for bucket, rate in rates.items()),
        long_context=limit is not None and tokens.input_tokens > limit,
        tier_applied=rates != _rates(tokens, model, day, None, regional=regional),
        regional_factor=model.regional_factor if regional else None,
    )


def _rates(
    tokens: TokenUsage, model: ModelRecord, day: date, service_tier: str | None, *, regional: bool
) -> dict[str, Decimal] | None:
    """USD per 1M tokens of each bucket, found by asking the one pricing function instead of copying its rules.

    A request with the same number of input tokens, all of them in one bucket, has the same rates: it stands on the
    same side of the long-context limit.
    """
    size = tokens.input_tokens or 1
    probes = (
        TokenUsage(size, 0, 0, 0, 0),
        TokenUsage(0, size, 0, 0, 0),
        TokenUsage(0, 0, size, 0, 0),
        TokenUsage(size, 0, 0, _MILLION, 0),
    )
    costs = [price_usage(probe, model, day, service_tier, regional=regional) for probe in probes]
    known = [cost.usd for cost in costs if cost is not None]
    if len(known) < len(probes):
        return None
    uncached, cached, written, with_output = known
    output = with_output - uncached
    return {
        "input_uncached": uncached * _MILLION / size,
        "input_cached": cached * _MILLION / size,
        "cache_write": written * _MILLION / size,
        "output_visible": output,
        "output_reasoning": output,
    }
