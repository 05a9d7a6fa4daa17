"""Every number of a strategy with what it may be."""

from app.quant.strategy import Strategy
from app.quant.study import tunables
from app.quant.type_limits import type_limits
from app.quant.words import Language
from app.schemas.gen_ai.strategy_review import CheckedParameter
from app.services.gen_ai.builder.figures import name_of


def checked_parameters(strategy: Strategy, language: Language) -> list[CheckedParameter]:
    """The limits are the narrower ones of the indicator and of the strategy's type."""
    narrower = type_limits(strategy)
    checked = []
    for number in tunables(strategy):
        limits = narrower.get(number.id)
        lowest = number.lowest if limits is None else max(number.lowest, limits.lowest)
        highest = number.highest if limits is None else min(number.highest, limits.highest)
        checked.append(
            CheckedParameter(
                parameter=number.id,
                name=name_of(number, language),
                value=number.value,
                lowest=lowest,
                highest=highest,
                passes=lowest <= number.value <= highest,
            )
        )
    return checked
