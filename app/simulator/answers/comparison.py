"""A computed ranking in words: the first of it, and its figures beside those of the others."""

from typing import NamedTuple

from app.simulator.answers.facts import METRICS, printed
from app.simulator.answers.notes import Phrase
from app.simulator.answers.question import Language, Question
from app.simulator.answers.schema_check import is_number
from app.simulator.answers.tokens import Json

_PHRASES: dict[str, Phrase] = {
    "strategy": {"ko": "{name}: {figures}.", "en": "{name}: {figures}."},
    "figure": {"ko": "{metric} {value}", "en": "{metric} {value}"},
    "unmeasured": {"ko": "{metric} 측정되지 않음", "en": "{metric} not measured"},
    "no_figures": {"ko": "주어진 수치 없음", "en": "no figures given"},
    "first": {
        "ko": "주어진 순위에서 첫째인 {name}을(를) 추천합니다. 과거의 수치일 뿐 수익을 약속하지 않습니다.",
        "en": "{name} comes first in the given ranking and is recommended. The figures are past and promise nothing.",
    },
    "level": {
        "ko": "주어진 순위에서 첫째인 {name}을(를) 추천합니다. 공동 첫째: {others}.",
        "en": "{name} comes first in the given ranking and is recommended. Level with it: {others}.",
    },
    "empty": {"ko": "비교할 전략이 주어지지 않았습니다.", "en": "No strategies to compare were given."},
    "higher": {
        "ko": "{metric}: {name} {value}, {other} {other_value}로 {name} 쪽이 높습니다.",
        "en": "{metric}: {name} with {value} is higher than {other} with {other_value}.",
    },
    "lower": {
        "ko": "{metric}: {name} {value}, {other} {other_value}로 {name} 쪽이 낮습니다.",
        "en": "{metric}: {name} with {value} is lower than {other} with {other_value}.",
    },
    "equal": {
        "ko": "{metric}: {name}과(와) {other} 모두 {value}입니다.",
        "en": "{metric}: {name} and {other} both have {value}.",
    },
    "by_ranking": {
        "ko": "추천은 데이터의 순위를 그대로 따릅니다. 내장 시뮬레이터의 규칙이 썼습니다.",
        "en": "The recommendation follows the ranking of the data. The rules of the embedded simulator wrote this.",
    },
}


class _Ranked(NamedTuple):
    name: str
    rank: float
    metrics: Json


def comparison_answer(question: Question) -> Json:
    language = question.language
    ranking = _ranking(question.data.get("ranking"))
    if not ranking:
        nothing = _PHRASES["empty"][language]
        return {"summary": nothing, "recommendation": nothing, "reasoning": _PHRASES["by_ranking"][language]}
    names = _metric_names(question.data.get("metrics"), ranking)
    first, *others = ranking
    return {
        "summary": " ".join(_figures(one, names, language) for one in ranking),
        "recommendation": _recommended(first, others, language),
        "reasoning": " ".join([*_reasons(first, others, names, language), _PHRASES["by_ranking"][language]]),
    }


def _ranking(given: object) -> list[_Ranked]:
    """The strategies in the order of their ranks; entries without a name or a rank cannot be spoken of."""
    entries = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    found = [
        _Ranked(one["name"], one["rank"], one["metrics"] if isinstance(one.get("metrics"), dict) else {})
        for one in entries
        if isinstance(one.get("name"), str) and is_number(one.get("rank"))
    ]
    return sorted(found, key=lambda one: one.rank)


def _metric_names(given: object, ranking: list[_Ranked]) -> list[str]:
    named = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
    return named or list(dict.fromkeys(name for one in ranking for name in one.metrics))


def _figures(one: _Ranked, names: list[str], language: Language) -> str:
    figures = [
        _say("figure", language, metric=_label(name, language), value=printed(name, one.metrics[name]))
        if is_number(one.metrics.get(name))
        else _say("unmeasured", language, metric=_label(name, language))
        for name in names
    ]
    said = ", ".join(figures) or _PHRASES["no_figures"][language]
    return _say("strategy", language, name=one.name, figures=said)


def _recommended(first: _Ranked, others: list[_Ranked], language: Language) -> str:
    level = [one.name for one in others if one.rank == first.rank]
    if level:
        return _say("level", language, name=first.name, others=", ".join(level))
    return _say("first", language, name=first.name)


def _reasons(first: _Ranked, others: list[_Ranked], names: list[str], language: Language) -> list[str]:
    """Metric by metric the first beside the next one, where both were measured."""
    reasons = []
    for other in others[:1]:
        for name in names:
            own, next_best = first.metrics.get(name), other.metrics.get(name)
            if not (is_number(own) and is_number(next_best)):
                continue
            value, other_value = printed(name, own), printed(name, next_best)
            way = "equal" if value == other_value else "higher" if own > next_best else "lower"
            reasons.append(
                _say(
                    way,
                    language,
                    metric=_label(name, language),
                    name=first.name,
                    value=value,
                    other=other.name,
                    other_value=other_value,
                )
            )
    return reasons


def _label(name: str, language: Language) -> str:
    known = METRICS.get(name)
    return known[language] if known else name.replace("_", " ")


def _say(key: str, language: Language, **words: str) -> str:
    return _PHRASES[key][language].format(**words)
