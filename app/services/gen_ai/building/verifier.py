"""What an answer of the strategy builder is held to."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from app.quant.dry_run import DryRun
from app.quant.figures import figure
from app.quant.strategy import Strategy
from app.quant.study import Tunable, tunables
from app.services.gen_ai.building.changes import change_violations
from app.services.gen_ai.building.prompt import Brief, ParameterChoice, StrategyAnswer
from app.services.gen_ai.building.trials import Trials, grid_for, too_large
from app.services.gen_ai.core import Verdict
from app.services.gen_ai.texts import language_problems

_NUMERAL = re.compile(
    r"(?P<digits>(?<![\d.,(])\d{1,3}(?:,\d{3})+(?!,?\d)(?:\.\d+)?|(?<![\d.])\d+(?:\.\d+)?|(?<!\d)\.\d+)"
    r"(?P<percent>\s?(?:%|퍼센트|프로(?!그|세|필|젝)|per ?cent|pct))?",
    re.IGNORECASE,
)
_NAMES = re.compile(r"S&P\s?500|(?:코스피|코스닥|KOSPI|KOSDAQ|NASDAQ|나스닥|Russell)[- ]?\d+", re.IGNORECASE)
"""Names of indices are no numbers."""
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it stands in a text, without its sign: "falls by 5 %" says no other number than "-5 %"."""

    text: str
    value: float
    is_percent: bool


def numerals(text: str) -> Iterator[Numeral]:
    """The numbers of a text in their order; numbers in words are passed over."""
    for match in _NUMERAL.finditer(_NAMES.sub(" ", unicodedata.normalize("NFKC", text))):
        value = float(match["digits"].replace(",", ""))
        yield Numeral(match[0].strip(), value, match["percent"] is not None)


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """Numbers without their signs: those that are percentages, and the rest."""

    plain: frozenset[float] = frozenset()
    percent: frozenset[float] = frozenset()

    @classmethod
    def of_strategy(cls, strategy: Strategy) -> Self:
        """The numbers of the rules and of the limits; a fraction is a percentage, and so is a rate of change."""
        known = tunables(strategy)
        changes = {f"{side}.{number}.number" for side, number in _rates_of_change(strategy)}
        return cls(
            plain=frozenset(abs(each.value) for each in known if not is_fraction(each)),
            percent=frozenset(
                abs(each.value) * (100 if is_fraction(each) else 1)
                for each in known
                if is_fraction(each) or each.id in changes
            ),
        )

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Self:
        """What stands in texts."""
        found = [numeral for text in texts for numeral in numerals(text)]
        return cls(
            plain=frozenset(each.value for each in found if not each.is_percent),
            percent=frozenset(each.value for each in found if each.is_percent),
        )

    @classmethod
    def of_fractions(cls, values: Iterable[float]) -> Self:
        return cls(percent=frozenset(value * 100 for value in values))

    def __or__(self, other: "KnownNumbers") -> "KnownNumbers":
        return KnownNumbers(self.plain | other.plain, self.percent | other.percent)

    def says(self, numeral: Numeral) -> bool:
        """Whether a numeral is one of these; 5 may be 5 %, as in "between 5 and 10 %", and 0.05 as well."""
        if numeral.is_percent:
            return _within(numeral.value, self.percent)
        return (
            _within(numeral.value, self.plain)
            or _within(numeral.value, self.percent)
            or _within(numeral.value * 100, self.percent)
        )

    def has(self, number: Tunable) -> bool:
        """Whether a number of a strategy is one of these."""
        value = abs(number.value)
        if is_fraction(number):
            said_as_percent = _within(value * 100, self.percent | self.plain)
            return said_as_percent or _within(value, self.plain)
        return _within(value, self.plain | self.percent)


def is_fraction(number: Tunable) -> bool:
    """Whether people say a number in percent though it is a fraction."""
    return number.id.startswith("risk.") and number.id != "risk.cooldown"


def _rates_of_change(strategy: Strategy) -> Iterator[tuple[str, int]]:
    for side, rules in (("entry", strategy.entry), ("exit", strategy.exit)):
        for number, condition in enumerate(rules.conditions, start=1):
            if "ROC" in {condition.left.kind, condition.right.kind}:
                yield side, number


def _within(value: float, known: frozenset[float]) -> bool:
    return any(abs(value - each) <= _TOLERANCE * max(1.0, abs(each)) for each in known)


# Does what the model writes about a strategy contradict it?

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


# Do the numbers that a model recommends, or wants to vary, exist, and can they have the values that it names?

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


# When is a strategy of the model accepted?


async def verify_strategy(answer: StrategyAnswer, brief: Brief, trials: Trials) -> Verdict[DryRun | None]:
    """The strategy makes sense and can trade on the series, and the answer agrees with the request and with itself.
    What is found is its dry run.

    What was wrong with an existing strategy before is no fault of an answer that works on it; it is told all the same.
    """
    trial = await trials.trial(answer.strategy, brief.series.bars)
    excused = () if answer.intent == "create" else brief.known_problems
    faults = [fault for fault in trial.violations if fault not in excused]
    return Verdict([*faults, *answer_violations(answer, brief)], trial.findings)


def answer_violations(answer: StrategyAnswer, brief: Brief) -> list[str]:
    """What can be told without running the strategy."""
    names = (answer.strategy.name, *(() if brief.existing is None else (brief.existing.name,)))
    language = language_problems([answer.explanation], brief.language, names=names)
    return [
        *_missing_strategy(answer, brief),
        *_broken_limits(answer, brief),
        *change_violations(answer, brief),
        *parameter_violations(answer),
        *prose_violations(answer, brief),
        *(f"explanation: {problem}" for problem in language),
    ]


def _missing_strategy(answer: StrategyAnswer, brief: Brief) -> Iterator[str]:
    if answer.intent in {"modify", "explain"} and brief.existing is None:
        yield f"intent is {answer.intent}, but there is no existing strategy; give intent create and a strategy"


def _broken_limits(answer: StrategyAnswer, brief: Brief) -> Iterator[str]:
    preferences = brief.request.preferences
    most = preferences.max_position_size if preferences else None
    size = answer.strategy.risk.position_size
    # A strategy that is only looked at is not ours to change.
    is_inspection = answer.intent in {"explain", "optimise"} and answer.strategy == brief.existing
    if most is not None and size > most and not is_inspection:
        yield f"risk.position_size is {figure(size)}; the preferences allow {figure(most)} at most"
