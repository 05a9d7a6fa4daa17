"""When is a strategy of the model accepted?"""

from collections.abc import Iterator

from app.quant.figures import figure
from app.quant.validation import problems
from app.quant.words import Language
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer
from app.services.gen_ai.verifiers.language import language_problems


def strategy_violations(answer: StrategyAnswer, request: StrategyBuilderRequest, language: Language) -> list[str]:
    """The strategy makes sense, keeps the person's limit, and is explained in the person's language."""
    names = (answer.strategy.name, *(() if request.strategy is None else (request.strategy.name,)))
    return [
        *problems(answer.strategy),
        *_broken_limits(answer, request),
        *_unwanted_changes(answer, request),
        *(f"explanation: {problem}" for problem in language_problems([answer.explanation], language, names=names)),
    ]


def _broken_limits(answer: StrategyAnswer, request: StrategyBuilderRequest) -> Iterator[str]:
    most = request.preferences.max_position_size if request.preferences else None
    size = answer.strategy.risk.position_size
    # A strategy that is only explained is not ours to change.
    if most is not None and size > most and answer.intent != "explain":
        yield f"risk.position_size is {figure(size)}; the preferences allow {figure(most)} at most"


def _unwanted_changes(answer: StrategyAnswer, request: StrategyBuilderRequest) -> Iterator[str]:
    if answer.intent == "explain" and request.strategy is not None and answer.strategy != request.strategy:
        yield "intent is explain, but the strategy was changed; repeat the existing strategy exactly as it is"
