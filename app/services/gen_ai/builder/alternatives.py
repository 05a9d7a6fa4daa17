"""The same strategy with a neighbouring number, tried on the same series."""

from collections.abc import Iterator

from app.quant.backtest import measure
from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.quant.study import Tunable, changed, tunables
from app.quant.validation import problems
from app.quant.words import Language
from app.schemas.gen_ai.strategy_review import Alternative
from app.services.gen_ai.builder.figures import figures, setting

_MOST_NUMBERS = 1
"""Each costs every answer of the builder more than half a millisecond."""
_LEAST_STEP = 0.1
"""Fraction: a period of 59 instead of 60 days is no alternative."""


def alternatives(strategy: Strategy, bars: Bars, language: Language) -> list[Alternative]:
    """The next lower and the next higher value of the first number of the rules, where they make sense."""
    varied = [each for each in tunables(strategy) if each.neighbours and not each.id.startswith("risk.")]
    return [
        Alternative(setting=setting(number, value, language), figures=figures(measure(variant, bars)))
        for number in varied[:_MOST_NUMBERS]
        for value in _next(number)
        if not problems(variant := changed(strategy, {number.id: value}), len(bars))
    ]


def _next(number: Tunable) -> Iterator[float]:
    """The nearest values on both sides that make a difference."""
    away = [value for value in number.neighbours if abs(value - number.value) >= _LEAST_STEP * abs(number.value)]
    yield from [value for value in away if value < number.value][-1:]
    yield from [value for value in away if value > number.value][:1]
