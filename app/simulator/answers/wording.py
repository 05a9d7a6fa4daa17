"""Conditions in words. Names of indicators stay Latin in both languages."""

from app.simulator.answers.question import Language
from app.simulator.answers.tokens import Json

_COMPARISONS: dict[Language, dict[str, str]] = {
    "ko": {
        "above": "{left} > {right}",
        "below": "{left} < {right}",
        "crosses_above": "{left}, {right} 상향 돌파",
        "crosses_below": "{left}, {right} 하향 돌파",
    },
    "en": {
        "above": "{left} is above {right}",
        "below": "{left} is below {right}",
        "crosses_above": "{left} crosses above {right}",
        "crosses_below": "{left} crosses below {right}",
    },
}
_KOREAN = {
    "line": "선",
    "signal": "시그널",
    "histogram": "히스토그램",
    "upper": "상단",
    "middle": "중심선",
    "lower": "하단",
    "open": "시가",
    "high": "고가",
    "low": "저가",
    "close": "종가",
}


def as_words(condition: Json, language: Language) -> str:
    left, right = (_label(condition[end], language) for end in ("left", "right"))
    return _COMPARISONS[language][condition["comparison"]].format(left=left, right=right)


def _label(operand: Json, language: Language) -> str:
    if operand["kind"] == "NUMBER":
        return f"{operand['value']:g}"
    part = operand.get("field") or operand.get("line") or operand.get("band") or ""
    shown = _KOREAN.get(part, part.upper()) if language == "ko" else part
    if operand["kind"] == "PRICE":
        return shown
    values = [f"{value:g}" for name, value in operand.items() if name not in ("kind", "line", "band")]
    return f"{operand['kind']}({','.join(values)}) {shown}".rstrip()
