"""What is reported beside a strategy: its numbers with their limits, what they do, and what else could be tried."""

from collections.abc import Iterator

from app.quant.backtest import measure
from app.quant.dry_run import DryRun, dry_run, dry_run_problems
from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.quant.study import SensitivityPoint, Tunable, changed, sensitivity, tunable, tunables
from app.quant.validation import problems, type_limits
from app.quant.words import Language
from app.schemas.gen_ai.strategy_review import (
    Alternative,
    BuildReview,
    CheckedParameter,
    EffectPoint,
    OptimisationReport,
    ParameterEffect,
    Validation,
)
from app.services.gen_ai.building.confidence import confidence, evidence
from app.services.gen_ai.building.optimising import dry_run_report, figures, name_of, optimised, setting
from app.services.gen_ai.building.prompt import Brief, StrategyAnswer
from app.services.gen_ai.core import Receipt


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


# What each recommended number does to the strategy, measured.


def parameter_effects(answer: StrategyAnswer, bars: Bars, language: Language) -> list[ParameterEffect]:
    """One for each recommendation, in the order of the answer."""
    effects = []
    for choice in answer.parameters:
        own = tunable(answer.strategy, choice.parameter).value
        others = [value for value in choice.values if value != own]
        found = sensitivity(answer.strategy, bars, choice.parameter, values=others or None)
        spread = found.spread("total_return")
        number = found.parameter
        effects.append(
            ParameterEffect(
                parameter=number.id,
                name=name_of(number, language),
                value=number.value,
                lowest=number.lowest,
                highest=number.highest,
                reason=choice.reason,
                points=[_point(point) for point in found.points],
                lowest_return=None if spread is None else spread[0],
                highest_return=None if spread is None else spread[1],
            )
        )
    return effects


def _point(point: SensitivityPoint) -> EffectPoint:
    measured = None if point.metrics is None else figures(point.metrics)
    return EffectPoint(value=point.value, figures=measured, problems=list(point.problems))


# The same strategy with a neighbouring number, tried on the same series.

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


# What a program finds out about an accepted answer: the figures beside it, and how far it can be trusted.


def reviewed(
    answer: StrategyAnswer, brief: Brief, receipt: Receipt, run: DryRun | None
) -> tuple[StrategyAnswer, BuildReview]:
    """The answer that is handed out, and what there is to say about it. Takes up to some hundred backtests.

    The answer is the accepted one, but for an optimisation whose best numbers hold up: then these are in it. `run` is
    its dry run, where there was one.
    """
    bars, language = brief.series.bars, brief.language
    optimisation: OptimisationReport | None = None
    if answer.intent == "optimise":
        answer, optimisation = optimised(answer, bars, language)
        run = None if optimisation.adopted else run
    strategy = answer.strategy
    run = run or dry_run(strategy, bars)
    wrong = problems(strategy, len(bars)) or dry_run_problems(strategy, run)
    recommends = answer.intent == "recommend_parameters"
    review = BuildReview(
        confidence=confidence(evidence(answer, brief, receipt, run, wrong), language),
        validation=Validation(parameters=checked_parameters(strategy, language), problems=wrong),
        dry_run=dry_run_report(run, brief.series, language),
        alternatives=alternatives(strategy, bars, language) if answer.intent in {"create", "modify"} else [],
        parameter_effects=parameter_effects(answer, bars, language) if recommends else None,
        optimisation=optimisation,
    )
    return answer, review
