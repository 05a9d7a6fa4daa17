"""What a build is about, and an answer to it, in short words, for tests."""

from typing import Any

from app.quant.market import Bars, market_data
from app.quant.strategy import Strategy
from app.schemas.gen_ai.common import detected_language
from app.schemas.gen_ai.strategy_builder import Intent, StrategyBuilderRequest
from app.services.gen_ai.building.prompt import Brief, ParameterChoice, Series, StrategyAnswer
from app.services.gen_ai.building.trials import Trials
from tests.fakes.strategies import plan

MARKET = market_data()
GSPC = MARKET.bars("GSPC")
TRIALS = Trials(MARKET)
ENGLISH = "Buy when RSI is below 30 and sell above 70"


def brief(
    query: str = ENGLISH,
    *,
    bars: Bars = GSPC,
    wished: str | None = None,
    known_problems: tuple[str, ...] = (),
    **request: Any,
) -> Brief:
    """A request, in the language of its words, on the S&P 500 unless other bars are given."""
    asked = StrategyBuilderRequest(query=query, **request)
    language = asked.language or detected_language(query)
    return Brief(asked, language, Series(bars, wished), known_problems)


def answer(
    strategy: Strategy | None = None,
    intent: Intent = "create",
    *,
    explanation: str = "Buys when the RSI is low and sells when it is high.",
    assumptions: tuple[str, ...] = (),
    parameters: tuple[ParameterChoice, ...] = (),
) -> StrategyAnswer:
    return StrategyAnswer(
        intent=intent,
        strategy=strategy or plan(),
        explanation=explanation,
        assumptions=list(assumptions),
        parameters=list(parameters),
    )


def choice(parameter: str, *values: float, reason: str = "Worth a look.") -> ParameterChoice:
    return ParameterChoice(parameter=parameter, reason=reason, values=list(values))
