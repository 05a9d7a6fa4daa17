"""A strategy in plain Korean."""

from typing import NamedTuple

from app.quant.comparisons import number_last
from app.quant.figures import figure, percent
from app.quant.operands import AnyOperand, BollingerBand, Macd, Number, Price, Stochastic
from app.quant.strategy import Condition, Risk, Rules


class _Noun(NamedTuple):
    """`closed`: its spoken form ends in a consonant, which decides between 이/가 and 을/를."""

    text: str
    closed: bool

    @property
    def subject(self) -> str:
        return self.text + ("이" if self.closed else "가")

    @property
    def object(self) -> str:
        return self.text + ("을" if self.closed else "를")


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
_SINGLE = {
    "SMA": _Noun("단순이동평균", closed=True),
    "EMA": _Noun("지수이동평균", closed=True),
    "WMA": _Noun("가중이동평균", closed=True),
    "DEMA": _Noun("이중지수이동평균", closed=True),
    "TEMA": _Noun("삼중지수이동평균", closed=True),
    "RSI": _Noun("RSI", closed=False),
    "ADX": _Noun("ADX", closed=False),
    "ATR": _Noun("ATR", closed=True),
    "ROC": _Noun("변화율(%)", closed=True),
}
_MACD_LINES = {"line": "MACD선", "signal": "MACD 시그널선", "histogram": "MACD 히스토그램"}
_BANDS = {"upper": "상단", "middle": "중심선", "lower": "하단"}
_PRICES = {"open": "시가", "high": "고가", "low": "저가", "close": "종가"}
# 영, 일, 삼, 육, 칠, 팔 end in a consonant, and so do 십, 백, 천, 만 and 억, all written with a last 0.
_CLOSED_DIGITS = "013678"


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
    return "".join(f"{said}{predicate.stem}{joint}" for said, predicate in others) + last[0] + last[1].if_


def _clause(condition: Condition) -> tuple[str, _Predicate]:
    condition = number_last(condition)
    left, right = _named(condition.left), _named(condition.right)
    against = f"{right.text}보다" if condition.comparison in {"above", "below"} else right.object
    return f"{left.subject} {against} ", _COMPARISONS[condition.comparison]


def _named(operand: AnyOperand) -> _Noun:
    match operand:
        case Number():
            text = figure(operand.value)
            return _Noun(text, closed=text[-1] in _CLOSED_DIGITS)
        case Price():
            return _Noun(_PRICES[operand.field], closed=False)
        case Macd():
            return _Noun(f"{_MACD_LINES[operand.line]}({operand.fast}, {operand.slow}, {operand.signal})", closed=True)
        case BollingerBand():
            size = f"{operand.period}일, 표준편차 {figure(operand.deviations)}배"
            return _Noun(f"볼린저밴드 {_BANDS[operand.band]}({size})", closed=True)
        case Stochastic():
            periods = f"{operand.k_period}, {operand.smoothing}, {operand.d_period}"
            return _Noun(f"스토캐스틱 %{operand.line.upper()}({periods})", closed=False)
        case _:
            name, closed = _SINGLE[operand.kind]
            return _Noun(f"{operand.period}일 {name}", closed)
