"""Type, name and description of rules that are made."""

from collections.abc import Callable

from app.simulator.answers.question import Language
from app.simulator.answers.sides import is_filter
from app.simulator.answers.tokens import Json
from app.simulator.answers.wording import as_words

# The ranges in which the platform runs a type; outside of them the same rules are a custom strategy.
_SHORT, _LONG, _RSI, _ROC = range(2, 51), range(10, 201), range(2, 51), range(5, 101)
_MIDDLE = 50
_LONGEST_NAME, _LONGEST_DESCRIPTION = 80, 600
_NAMES: dict[str, dict[Language, str]] = {
    "sma_crossover": {"ko": "SMA {short}/{long} 교차", "en": "SMA {short}/{long} crossover"},
    "rsi_mean_reversion": {"ko": "RSI({short}) 평균회귀", "en": "RSI({short}) mean reversion"},
    "momentum": {"ko": "ROC({short}) 모멘텀", "en": "ROC({short}) momentum"},
    "buy_and_hold": {"ko": "매수 후 보유", "en": "Buy and hold"},
    "custom": {"ko": "{kinds} 전략", "en": "{kinds} strategy"},
}
_WORDS: dict[str, dict[Language, str]] = {
    "described": {"ko": "매수: {entry}. 매도: {exit}.", "en": "Buys when {entry}; sells when {exit}."},
    "always": {"ko": "항상", "en": "at any time"},
    "never": {"ko": "없음", "en": "never"},
    "all": {"ko": " 그리고 ", "en": " and "},
    "any": {"ko": " 또는 ", "en": " or "},
}


def strategy_type(entry: Json, exit_: Json) -> str:
    """The type whose shape all signals of the entry have; filters do not change it."""
    signals = [one for one in entry["conditions"] if not is_filter(one)]
    if not entry["conditions"] and not exit_["conditions"]:
        return "buy_and_hold"
    for name, has_shape in _SHAPES.items():
        if signals and all(has_shape(one, exit_["conditions"]) for one in signals):
            return name
    return "custom"


def described(entry: Json, exit_: Json, language: Language) -> Json:
    """Type, name and description, in the order of the schema."""
    kind = strategy_type(entry, exit_)
    signal: Json = next((one for one in entry["conditions"] if not is_filter(one)), {"left": {}, "right": {}})
    kinds = dict.fromkeys(_kind(one) for one in entry["conditions"] or exit_["conditions"])
    name = _NAMES[kind][language].format(
        short=signal["left"].get("period"), long=signal["right"].get("period"), kinds=" + ".join(kinds)
    )
    text = _WORDS["described"][language].format(
        entry=_side(entry, language, "always"), exit=_side(exit_, language, "never")
    )
    return {"name": name[:_LONGEST_NAME], "type": kind, "description": text[:_LONGEST_DESCRIPTION]}


def _kind(condition: Json) -> str:
    shown = condition["right"] if condition["left"]["kind"] == "PRICE" else condition["left"]
    return str(shown["kind"])


def _side(rules: Json, language: Language, empty: str) -> str:
    glue = _WORDS[rules["combine"]][language]
    return glue.join(as_words(one, language) for one in rules["conditions"]) or _WORDS[empty][language]


def _crosses_averages(condition: Json, _: list[Json]) -> bool:
    left, right = condition["left"], condition["right"]
    return (
        condition["comparison"] == "crosses_above"
        and left["kind"] == right["kind"] == "SMA"
        and left["period"] in _SHORT
        and right["period"] in _LONG
        and left["period"] < right["period"]
    )


def _reverts(condition: Json, exits: list[Json]) -> bool:
    ends = [one for one in exits if _rsi_level(one) >= _MIDDLE and one["comparison"] != "below"]
    return bool(ends) and 0 <= _rsi_level(condition) <= _MIDDLE and condition["comparison"] != "above"


def _rsi_level(condition: Json) -> float:
    """The level of an RSI condition, -1 for any other condition."""
    left = condition["left"]
    is_rsi = left["kind"] == "RSI" and left["period"] in _RSI
    return float(condition["right"].get("value", -1)) if is_rsi else -1


def _follows_momentum(condition: Json, _: list[Json]) -> bool:
    return condition["left"]["kind"] == "ROC" and condition["left"]["period"] in _ROC


_SHAPES: dict[str, Callable[[Json, list[Json]], bool]] = {
    "sma_crossover": _crosses_averages,
    "rsi_mean_reversion": _reverts,
    "momentum": _follows_momentum,
}
