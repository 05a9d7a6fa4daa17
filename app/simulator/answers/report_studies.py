"""What a report says of other parameters and of rising and falling markets: the given figures, one after the other."""

import re
from collections.abc import Iterator

from app.simulator.answers.facts import printed
from app.simulator.answers.given_facts import GivenFacts
from app.simulator.answers.notes import Phrase
from app.simulator.answers.question import Language

_VARIED: Phrase = {
    "ko": "{parameter} 값을 {present}에서 {value}(으)로 바꾸면 총수익률은 {total_return}입니다.",
    "en": "With the parameter {parameter} at {value} in place of {present} the total return is {total_return}.",
}
_IN_PHASES: dict[str, Phrase] = {
    "bull": {
        "ko": "강세장에서 전략의 수익률은 {own}, 벤치마크의 수익률은 {market}입니다.",
        "en": "In bull markets the strategy returned {own} and the benchmark {market}.",
    },
    "bear": {
        "ko": "약세장에서 전략의 수익률은 {own}, 벤치마크의 수익률은 {market}입니다.",
        "en": "In bear markets the strategy returned {own} and the benchmark {market}.",
    },
}


def said_of_variations(facts: GivenFacts, language: Language) -> Iterator[str]:
    for thing, figures in facts.under("sensitivity").items():
        name, _, value = thing.partition("=")
        present = facts.parameter(name)
        if "total_return" in figures and present is not None:
            yield _VARIED[language].format(
                # The number that tells two of a kind apart would pass for a figure; their values tell them apart too.
                parameter=re.sub(r"_\d+$", "", name),
                present=f"{present:g}",
                value=value,
                total_return=printed("total_return", figures["total_return"]),
            )


def said_of_regimes(facts: GivenFacts, language: Language) -> Iterator[str]:
    found = facts.under("regime")
    for name, phrase in _IN_PHASES.items():
        own, market = found.get(name, {}), found.get(f"{name}.benchmark", {})
        if "total_return" in own and "total_return" in market:
            yield phrase[language].format(
                own=printed("total_return", own["total_return"]), market=printed("total_return", market["total_return"])
            )
