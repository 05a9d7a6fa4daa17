"""What each recommended number does to the strategy, measured."""

from app.quant.market import Bars
from app.quant.study import SensitivityPoint, sensitivity, tunable
from app.quant.words import Language
from app.schemas.gen_ai.strategy_review import EffectPoint, ParameterEffect
from app.services.gen_ai.builder.figures import figures, name_of
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer


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
