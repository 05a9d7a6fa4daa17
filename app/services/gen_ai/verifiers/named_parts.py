"""Which parts of a strategy does an instruction speak of?

Read by plain words in Korean and English, and generously: what may be meant is named. Where nothing is recognised,
everything may be meant.
"""

import re
import unicodedata
from dataclasses import dataclass

from app.quant.differences import Side
from app.quant.indicators import INDICATORS, Indicator

_RISK = {
    "stop_loss": r"손절|손실|로스 ?컷|스[탑톱]|stop|loss",
    "take_profit": r"익절|목표|이익|수익|profit|target|gain",
    "position_size": r"비중|포지션|자금|자본|투자|금액|전액|올인|레버리지|position|size|sizing|capital|portfolio|equity"
    r"|invest|allocat|all[ -]in|leverage|exposure",
    "cooldown": r"쿨 ?다운|대기|쉬|기다|휴식|cool|wait|pause|rest(?:ing)?\b",
}
_SIDES: dict[Side, str] = {
    "entry": r"(?<!과)매수|매입|진입|(?<![가-힣])(?:사는|사고|사줘|사게|살 때|삽)|\b(?:buy|enter|entry|entries)",
    "exit": r"(?<!과)매도|청산|(?<![가-힣])(?:파는|팔|팝)|\b(?:sell|exit|clos(?:e|ing) (?:out|the|my))",
}
_NUMBERS = (
    r"기간|일 ?선|이평|단기|장기|조건|규칙|필터|기준|과매도|과매수|교차|크로스|신호|시그널|가격|주가|[시고저종]가|돌파"
    r"|이상|이하|초과|미만|지표|타이밍"
    r"|\b(?:periods?|lengths?|lookback|short|long|fast|slow|conditions?|rules?|filters?|levels?|thresholds?|signals?"
    r"|oversold|overbought|cross\w*|prices?|open|high|low|close|above|below|under|over|indicators?|timing)\b"
)
_LIMIT_LEVELS = r"(?:손절|익절|손실|수익|이익|비중|쿨 ?다운|대기) ?(?:기준|조건|기간)"
"""The level of a limit is no level of a rule."""
_EVERYTHING = (
    r"전체|전부|모두 ?바|새로 ?만|다시 ?만|위험|리스크|보수적|공격적|안전|개선|낫게|좋게|나아|간단|단순[하화]|복잡|반대"
    r"|\b(?:risk|conservativ|aggressiv|safe|better|improv|simplif|simpler|everything|whole|rewrite|redo|opposite"
    r"|reverse)"
)
_ADDING = r"추가|더해|덧붙|\b(?:add|adding|also|additional)\b"
_REPLACING = r"바꾸|바꿔|변경|수정|대신|교체|빼|삭제|제거|없애|\b(?:change|replace|instead|remove|drop|delete|swap)"
_OWN_WORDS = {
    "SMA": r"\bma\b|이동 ?평균|이평|일 ?선|average|골든|데드",
    "EMA": r"이동 ?평균|이평|average",
    "WMA": r"이동 ?평균|이평|average",
    "DEMA": r"이동 ?평균|이평|average",
    "TEMA": r"이동 ?평균|이평|average",
    "BBANDS": r"볼린저|볼밴|밴드|bollinger|bands?\b|\bbb\b",
    "STOCH": r"스토캐스틱|스토|stoch",
    "MACD": r"맥디",
    "RSI": r"상대 ?강도|relative strength",
    "ATR": r"true range",
    "ADX": r"directional",
    "ROC": r"모멘텀|변화율|등락률|momentum|rate of change",
}


@dataclass(frozen=True, slots=True)
class NamedParts:
    """`numbers`: periods, levels or conditions, without saying of what. `indicators`: kinds of operands. `only_adds`:
    whether something shall be added, and nothing is to go.
    """

    everything: bool
    risk: frozenset[str]
    sides: frozenset[Side]
    indicators: frozenset[str]
    numbers: bool
    only_adds: bool


def named_parts(words: str) -> NamedParts:
    """What an instruction names."""
    text = unicodedata.normalize("NFKC", words).casefold()
    risk = frozenset(name for name, pattern in _RISK.items() if re.search(pattern, text))
    sides = frozenset(side for side, pattern in _SIDES.items() if re.search(pattern, text))
    indicators = frozenset(each.id for each in INDICATORS if _is_named(each, text))
    numbers = bool(re.search(_NUMBERS, re.sub(_LIMIT_LEVELS, " ", text)))
    nothing = not (risk or sides or indicators or numbers)
    return NamedParts(
        everything=nothing or bool(re.search(_EVERYTHING, text)),
        risk=risk,
        sides=sides,
        indicators=indicators,
        numbers=numbers,
        only_adds=bool(re.search(_ADDING, text)) and not re.search(_REPLACING, text),
    )


def _is_named(indicator: Indicator, text: str) -> bool:
    own = _OWN_WORDS.get(indicator.id)
    return bool(re.search(rf"(?<![a-z]){indicator.id.casefold()}(?![a-z])", text) or (own and re.search(own, text)))
