"""A strategy in Korean words, with the particles that a word takes."""

from typing import NamedTuple

from app.quant.conditions import number_last
from app.quant.figures import figure, percent
from app.quant.strategy import (
    AnyIndicator,
    AnyOperand,
    BollingerBand,
    Condition,
    MovingAverage,
    Number,
    Oscillator,
    Price,
    Risk,
    Rules,
)

_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS = 0xAC00, 0xD7A3, 28
# 영, 일, 삼, 육, 칠, 팔 end in a consonant, and so do 십, 백, 천, 만 and 억, all written with a last 0.
_CLOSED_DIGITS = "013678"
# 엘, 엠, 엔, 알.
_CLOSED_LETTERS = "LMNR"


def subject(text: str) -> str:
    return text + ("이" if _is_closed(text) else "가")


def object_(text: str) -> str:
    return text + ("을" if _is_closed(text) else "를")


def _is_closed(text: str) -> bool:
    """Whether the spoken form ends in a consonant; what stands in brackets at the end is not spoken."""
    spoken = text
    while spoken.endswith(")"):
        spoken = spoken[: spoken.rindex("(")]
    last = spoken[-1]
    if _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        return (ord(last) - _FIRST_SYLLABLE) % _FINALS != 0
    return last in _CLOSED_DIGITS or last.upper() in _CLOSED_LETTERS


# A strategy in plain Korean.


class _Predicate(NamedTuple):
    """A verb with what binds it to the other noun; `stem` takes 고 (and), 거나 (or), `if_` ends a clause."""

    stem: str
    if_: str


_COMPARISONS = {
    "above": _Predicate("높", "높으면"),
    "below": _Predicate("낮", "낮으면"),
    "crosses_above": _Predicate("상향 돌파하", "상향 돌파하면"),
    "crosses_below": _Predicate("하향 돌파하", "하향 돌파하면"),
}
_PRICES = {"open": "시가", "high": "고가", "low": "저가", "close": "종가"}


def entry_in_words(rules: Rules) -> str:
    if rules.conditions:
        return f"{_conditions(rules)} 매수합니다."
    return "보유 중이 아니면 조건 없이 매수합니다." if rules.combine == "all" else "매수하지 않습니다."


def exit_in_words(rules: Rules, risk: Risk) -> str:
    if rules.conditions:
        return f"{_conditions(rules)} 매도합니다."
    if rules.combine == "all":
        return "조건 없이 매수한 다음 날 매도합니다."
    limited = risk.stop_loss is not None or risk.take_profit is not None
    return "별도의 매도 조건 없이 아래 한도에서만 매도합니다." if limited else "매도하지 않고 계속 보유합니다."


def risk_in_words(risk: Risk) -> list[str]:
    return [
        f"한 번 매수할 때 자본의 {percent(risk.position_size)}를 투입합니다.",
        _limits(risk),
        *([f"매도한 뒤 {risk.cooldown}일 동안은 다시 매수하지 않습니다."] if risk.cooldown else []),
    ]


def _limits(risk: Risk) -> str:
    if risk.stop_loss is None and risk.take_profit is None:
        return "손절과 익절 기준은 없습니다."
    limits = []
    if risk.stop_loss is not None:
        limits.append(f"진입가보다 {percent(risk.stop_loss)} 내리면 손절")
    if risk.take_profit is not None:
        limits.append(f"{'' if limits else '진입가보다 '}{percent(risk.take_profit)} 오르면 익절")
    return f"{'하고, '.join(limits)}합니다."


def _conditions(rules: Rules) -> str:
    joint = "고, " if rules.combine == "all" else "거나, "
    *others, last = [_clause(condition) for condition in rules.conditions]
    return "".join(f"{clause}{predicate.stem}{joint}" for clause, predicate in others) + last[0] + last[1].if_


def _clause(condition: Condition) -> tuple[str, _Predicate]:
    condition = number_last(condition)
    left, right = operand_in_words(condition.left), operand_in_words(condition.right)
    against = f"{right}보다" if condition.comparison in {"above", "below"} else object_(right)
    return f"{subject(left)} {against} ", _COMPARISONS[condition.comparison]


def operand_in_words(operand: AnyOperand) -> str:
    match operand:
        case Number():
            return figure(operand.value)
        case Price():
            return _PRICES[operand.field]
        case MovingAverage() | Oscillator():
            return f"{operand.period}일 {_indicator_phrase(operand)}"
        case BollingerBand():
            return f"{_indicator_phrase(operand)}({operand.period}일, 표준편차 {figure(operand.deviations)}배)"
        case _:
            return f"{_indicator_phrase(operand)}({', '.join(map(figure, operand.chosen.values()))})"


def _indicator_phrase(operand: AnyIndicator) -> str:
    return operand.indicator.output(operand.output).label_ko
