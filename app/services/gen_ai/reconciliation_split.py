"""A row's cost, taken apart into the categories that OpenAI bills."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from decimal import Decimal

from app.services.gen_ai.core.ledger import AttemptRow, Settlement
from app.services.gen_ai.core.model_catalog import ModelCatalog
from app.services.gen_ai.core.model_config import ModelRecord
from app.services.gen_ai.core.price_period import PricePeriod, Rates, ServiceTier
from app.services.gen_ai.core.pricing import TokenUsage
from app.services.gen_ai.reconciliation_costs import Category

_PER_MILLION = Decimal(1_000_000)


def split_cost(row: AttemptRow, catalog: ModelCatalog) -> Mapping[Category, Decimal]:
    """The exact cost of a row in USD by category; the parts add up to it.

    The ledger does not say whether a row was billed regionally, so the rates are those of its price period that lead
    to its cost. Where none do, because the catalogue was corrected since, the whole cost is `unsplit`.
    """
    settlement = row.settlement
    if settlement is None or settlement.cost_usd is None:
        return {}
    if settlement.tokens is not None:
        for rates, factor in _candidates(row, settlement, settlement.tokens, catalog):
            parts = _parts(settlement.tokens, rates, factor)
            if sum(parts.values()) == settlement.cost_usd:
                return parts
    return {Category.UNSPLIT: settlement.cost_usd}


def _candidates(
    row: AttemptRow, settlement: Settlement, tokens: TokenUsage, catalog: ModelCatalog
) -> Iterator[tuple[Rates, Decimal]]:
    """Rates and regional factors that the row can have been billed with; the tier that the answer named first."""
    record, period = _price(row, settlement, catalog)
    if record is None or period is None:
        return
    named = settlement.service_tier or ServiceTier.DEFAULT
    factors = [Decimal(1)] if record.regional_factor is None else [Decimal(1), record.regional_factor]
    for tier in sorted(ServiceTier, key=lambda tier: tier != named):
        rates = period.rates(tier, tokens.input_tokens)
        if rates is not None:
            yield from ((rates, factor) for factor in factors)


def _price(
    row: AttemptRow, settlement: Settlement, catalog: ModelCatalog
) -> tuple[ModelRecord | None, PricePeriod | None]:
    """The price that the row names; an estimate names none, it has that of its model on its day."""
    if settlement.price_id is None:
        estimated = catalog.find(row.attempt.model_id)
        day = settlement.settled_at.astimezone(UTC).date()
        return estimated, None if estimated is None else estimated.price_on(day)
    model_id, _, valid_from = settlement.price_id.rpartition("@")
    record = catalog.find(model_id)
    prices = () if record is None else record.prices
    return record, next((price for price in prices if price.valid_from.isoformat() == valid_from), None)


def _parts(tokens: TokenUsage, rates: Rates, factor: Decimal) -> dict[Category, Decimal]:
    cached = rates.input if rates.cached_input is None else rates.cached_input
    written = rates.input if rates.cache_write is None else rates.cache_write
    usd = {
        Category.INPUT: tokens.input_uncached * rates.input,
        Category.CACHED_INPUT: tokens.input_cached * cached,
        Category.CACHE_WRITE: tokens.cache_write * written,
        Category.OUTPUT: tokens.output_tokens * rates.output,
    }
    return {category: amount / _PER_MILLION * factor for category, amount in usd.items()}
