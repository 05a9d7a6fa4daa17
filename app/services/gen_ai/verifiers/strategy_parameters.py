"""Do the numbers that a model recommends, or wants to vary, exist, and can they have the values that it names?"""

from collections import Counter
from collections.abc import Iterator, Mapping

from app.quant.figures import figure
from app.quant.study import Tunable, tunables
from app.services.gen_ai.builder.grid import grid_for, too_large
from app.services.gen_ai.prompts.strategy_builder import ParameterChoice, StrategyAnswer

STUDIED = frozenset({"recommend_parameters", "optimise"})
"""The intents whose answer says something with its parameters."""
_MOST_PARAMETERS = {"recommend_parameters": 12, "optimise": 6}
_MOST_VALUES = 12


def parameter_violations(answer: StrategyAnswer) -> Iterator[str]:
    """What is wrong with the parameters of an answer that recommends or optimises."""
    if answer.intent not in STUDIED:
        return
    if answer.intent == "recommend_parameters" and not answer.parameters:
        yield "intent is recommend_parameters, but parameters is empty; list each number that you recommend"
    most = _MOST_PARAMETERS[answer.intent]
    if len(answer.parameters) > most:
        yield f"parameters has {len(answer.parameters)} entries; give at most {most}"
    known = {each.id: each for each in tunables(answer.strategy)}
    wrong = [
        f"parameters[{place}]: {problem}"
        for place, choice in enumerate(answer.parameters)
        for problem in _problems(choice, known)
    ]
    named = Counter(choice.parameter for choice in answer.parameters)
    wrong += [f"parameters: {name} stands twice; give it once" for name, times in named.items() if times > 1]
    yield from wrong
    if answer.intent == "optimise" and not wrong and (size := too_large(grid_for(answer.strategy, answer.parameters))):
        yield size


def _problems(choice: ParameterChoice, known: Mapping[str, Tunable]) -> Iterator[str]:
    if not choice.reason.strip():
        yield f"{choice.parameter} has no reason; give one in a sentence"
    number = known.get(choice.parameter)
    if number is None:
        yield f"the strategy has no number {choice.parameter!r}; it has {', '.join(known)}"
        return
    if len(choice.values) > _MOST_VALUES:
        yield f"{choice.parameter} has {len(choice.values)} values; give at most {_MOST_VALUES}"
    if not number.neighbours and set(choice.values) <= {number.value}:
        yield f"nothing says what a small step of {choice.parameter} is; give the values to try"
    for value in choice.values:
        if not number.allows(value):
            kind = "a whole number" if number.whole else "a number"
            limits = f"{figure(number.lowest)} to {figure(number.highest)}"
            yield f"{choice.parameter} cannot be {figure(value)}; give {kind} from {limits}"
