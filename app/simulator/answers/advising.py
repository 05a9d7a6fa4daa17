"""Which numbers of a strategy the words speak of, by their names, and the customary ones in their place."""

from typing import Any

from app.simulator.answers.lexicon import AVERAGES
from app.simulator.answers.naming import described
from app.simulator.answers.notes import Phrase
from app.simulator.answers.operands import DEFAULTS
from app.simulator.answers.question import Language
from app.simulator.answers.reading import normalised, tokens
from app.simulator.answers.risk import named_limits
from app.simulator.answers.tokens import Json, Operand

_SHORT, _LONG = 20, 50
_LEVELLED = ("RSI", "STOCH", "ADX", "ROC")
_PARTS = ("kind", "line", "band", "field", "value")
_MOST_VARIED, _MOST_RECOMMENDED = 3, 12
_REASONS: dict[str, Phrase] = {
    "customary": {"ko": "{name}에 흔히 쓰는 값입니다.", "en": "Customary for {name}."},
    "level": {"ko": "{name}의 기준으로 전략에 있는 값입니다.", "en": "The level of {name} that the strategy has."},
    "limit": {"ko": "전략에 있는 값입니다.", "en": "The limit that the strategy has."},
    "varied": {"ko": "요청에 따라 바꿔 봅니다.", "en": "Varied because the words ask for it."},
}


def recommended(strategy: Json, words: str, language: Language) -> tuple[Json, list[Json]]:
    """The strategy with customary numbers for the indicators that the words name, or for all, and these numbers."""
    named = _named_kinds(strategy, words)
    advised = _customary(strategy, named)
    if advised != strategy:
        kind = described(advised["entry"], advised["exit"], language)
        advised |= {"type": kind["type"], "description": kind["description"]}
    numbers = _numbers(advised, named)
    chosen = [_choice(name, _REASONS[why][language].format(name=label)) for name, why, label in numbers]
    limit = _choice("risk.position_size", _REASONS["limit"][language])
    return advised, chosen[:_MOST_RECOMMENDED] or [limit]


def to_vary(strategy: Json, words: str, language: Language) -> list[Json]:
    """The numbers that the words ask to vary; none where they name none of the strategy's."""
    reason = _REASONS["varied"][language]
    limits = [name for name in named_limits(normalised(words)) if strategy["risk"][name]]
    kinds = {token.kind for token in tokens(normalised(words)) if isinstance(token, Operand)}
    numbers = [name for name, _, _ in _numbers(strategy, kinds)] if kinds else []
    return [_choice(name, reason) for name in [*numbers, *(f"risk.{name}" for name in limits)][:_MOST_VARIED]]


def _choice(name: str, reason: str) -> Json:
    return {"parameter": name, "reason": reason, "values": []}


def _operands(strategy: Json) -> list[Json]:
    conditions = [*strategy["entry"]["conditions"], *strategy["exit"]["conditions"]]
    return [condition[end] for condition in conditions for end in ("left", "right")]


def _named_kinds(strategy: Json, words: str) -> set[str]:
    present = {operand["kind"] for operand in _operands(strategy)}
    named = {token.kind for token in tokens(normalised(words)) if isinstance(token, Operand)}
    return present & named or present


def _customary(strategy: Json, kinds: set[str]) -> Json:
    pairs = [
        sorted((one["left"]["period"], one["right"]["period"]))
        for one in strategy["entry"]["conditions"]
        if {one["left"]["kind"], one["right"]["kind"]} <= AVERAGES.keys() & kinds
    ]
    periods = {pairs[0][0]: _SHORT, pairs[0][1]: _LONG} if pairs else {}

    def changed(operand: Json) -> Json:
        if operand["kind"] not in kinds:
            return operand
        if operand["kind"] in AVERAGES:
            return operand | {"period": periods.get(operand["period"], operand["period"])}
        usual = DEFAULTS.get(operand["kind"], {})
        return operand | {name: value for name, value in usual.items() if name not in _PARTS}

    def of(side: Json) -> Json:
        conditions = [one | {end: changed(one[end]) for end in ("left", "right")} for one in side["conditions"]]
        return side | {"conditions": conditions}

    return strategy | {"entry": of(strategy["entry"]), "exit": of(strategy["exit"])}


def _numbers(strategy: Json, kinds: set[str]) -> list[tuple[str, str, str]]:
    """The name of each number of these indicators, why it is what it is, and what it belongs to; each once."""
    found: dict[str, tuple[str, str]] = {}
    for side in ("entry", "exit"):
        for place, condition in enumerate(strategy[side]["conditions"], start=1):
            left, right = condition["left"], condition["right"]
            for operand in (left, right):
                if operand["kind"] in kinds:
                    label = _label(operand)
                    found |= {f"{label}.{name}": ("customary", label) for name in _parameters(operand)}
            if left["kind"] in kinds & set(_LEVELLED) and right["kind"] == "NUMBER":
                found[f"{side}.{place}.number"] = ("level", _label(left))
    return [(name, why, label) for name, (why, label) in found.items()]


def _parameters(operand: Json) -> dict[str, Any]:
    return {name: value for name, value in operand.items() if name not in _PARTS}


def _label(operand: Json) -> str:
    return f"{operand['kind']}({','.join(f'{value:g}' for value in _parameters(operand).values())})"
