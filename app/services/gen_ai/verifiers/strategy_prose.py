"""Does what the model writes about a strategy contradict it?"""

from collections.abc import Iterable, Iterator

from app.services.gen_ai.builder.brief import Brief
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer
from app.services.gen_ai.verifiers.numerals import KnownNumbers, numerals

_HARMLESS = KnownNumbers(plain=frozenset({0.0, 1.0, 2.0, 3.0, 100.0}))
"""People count with them, and an index goes from 0 to 100."""


def prose_violations(answer: StrategyAnswer, brief: Brief) -> Iterator[str]:
    """Each number in the prose is one of the strategy's, or one that was given in the request.

    Where an existing strategy is only explained, the numbers are those of that strategy; where it is changed, the
    numbers that it had may be told as well.
    """
    known = KnownNumbers.of_strategy(answer.strategy) | given_numbers(brief) | _HARMLESS
    names = [answer.strategy.name]
    if brief.existing is not None:
        names.append(brief.existing.name)
        known |= KnownNumbers.of_strategy(brief.existing)
    for where, text in _prose(answer, brief):
        invented = (each.text for each in numerals(_without(names, text)) if not known.says(each))
        for said in dict.fromkeys(invented):
            yield f"{where}: {said} is not a number of the strategy; take it out, and invent no figures"


def given_numbers(brief: Brief) -> KnownNumbers:
    """The numbers that the person gave: in words, and in the preferences."""
    request = brief.request
    limits = request.preferences
    fractions = () if limits is None else (limits.max_position_size, limits.stop_loss, limits.take_profit)
    return KnownNumbers.of_texts((request.query, request.context or "")) | KnownNumbers.of_fractions(
        value for value in fractions if value is not None
    )


def _without(names: Iterable[str], text: str) -> str:
    """The name of a strategy may hold any number."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    return text


def _prose(answer: StrategyAnswer, brief: Brief) -> Iterator[tuple[str, str]]:
    yield "explanation", answer.explanation
    if brief.existing is None or answer.strategy.description != brief.existing.description:
        yield "strategy.description", answer.strategy.description
    for place, choice in enumerate(answer.parameters):
        yield f"parameters[{place}].reason", choice.reason
