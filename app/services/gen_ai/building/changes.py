"""Is a strategy changed where the person asked for it, and nowhere else?"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.quant.differences import SIDES, RulesChange, Side, number_changes, risk_changes, rules_change, shape
from app.quant.figures import figure
from app.quant.indicators import INDICATORS, Indicator
from app.quant.strategy import Condition, Number, Strategy
from app.services.gen_ai.building.prompt import Brief, StrategyAnswer

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
    indicators = frozenset(each.id for each in INDICATORS if _names_indicator(each, text))
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


def _names_indicator(indicator: Indicator, text: str) -> bool:
    own = _OWN_WORDS.get(indicator.id)
    return bool(re.search(rf"(?<![a-z]){indicator.id.casefold()}(?![a-z])", text) or (own and re.search(own, text)))


# Does a changed strategy keep what nobody asked to change, as far as a computer can tell?

_REPEAT = "repeat the existing strategy exactly as it is"


def change_violations(answer: StrategyAnswer, brief: Brief) -> Iterator[str]:
    """What the intent does not allow to be changed, and was."""
    if brief.existing is None:
        return
    match answer.intent:
        case "explain" | "optimise":
            if answer.strategy != brief.existing:
                yield f"intent is {answer.intent}, but the strategy was changed; {_REPEAT}"
        case "modify":
            yield from _beyond_the_words(answer, brief, brief.existing)
        case "recommend_parameters":
            yield from _beyond_the_numbers(answer, brief, brief.existing)
        case "create":
            pass


def _beyond_the_words(answer: StrategyAnswer, brief: Brief, existing: Strategy) -> Iterator[str]:
    if answer.strategy == existing:
        if not answer.assumptions:
            yield "intent is modify, but nothing was changed; change what the words name, or say in assumptions why not"
        return
    named = named_parts(f"{brief.request.query}\n{brief.request.context or ''}")
    if named.everything:
        return
    for name in risk_changes(existing.risk, answer.strategy.risk):
        before, after = getattr(existing.risk, name), getattr(answer.strategy.risk, name)
        if name not in named.risk and not _preferred(name, after, brief):
            yield (
                f"risk.{name} was changed from {_shown(before)} to {_shown(after)}, but the words do not name it; "
                f"keep {_shown(before)}"
            )
    for side in SIDES:
        change = rules_change(getattr(existing, side), getattr(answer.strategy, side))
        kept = _listed(getattr(existing, side).conditions) or "no condition"
        if named.only_adds and (gone := _gone(change)):
            yield f"{side}: the words only add something, but {_listed(gone)} is gone; keep {kept}"
        elif change and not _names_side(side, change, named, _kinds(existing)):
            yield f"{side}: its rules were changed, but the words do not name them; keep {kept}"


def _preferred(name: str, value: float | None, brief: Brief) -> bool:
    """Whether a limit is what the preferences want it to be."""
    preferences = brief.request.preferences
    if preferences is None or value is None:
        return False
    wanted = preferences.max_position_size if name == "position_size" else getattr(preferences, name, None)
    return wanted is not None and value == wanted


def _names_side(side: Side, change: RulesChange, named: NamedParts, present: frozenset[str]) -> bool:
    """Where the words name a side, the other one is open only for other periods of an indicator that they name."""
    if side in named.sides:
        return True
    if named.sides:
        same_levels = Counter(map(_level, change.removed)) == Counter(map(_level, change.added))
        changed = (*change.removed, *change.added)
        return same_levels and not change.combined and _all_of(named.indicators, changed)
    if named.numbers:
        return True
    # An indicator that the strategy has not may take the place of any other.
    is_new = bool(named.indicators - present)
    removed = is_new or _all_of(named.indicators, change.removed)
    return bool(named.indicators) and removed and _all_of(named.indicators, change.added)


def _gone(change: RulesChange) -> list[Condition]:
    """What was removed and does not come back with other periods."""
    back = set(map(_level, change.added))
    return [condition for condition in change.removed if _level(condition) not in back]


def _kinds(strategy: Strategy) -> frozenset[str]:
    conditions = (*strategy.entry.conditions, *strategy.exit.conditions)
    return frozenset(operand.kind for each in conditions for operand in (each.left, each.right))


def _listed(conditions: Iterable[Condition]) -> str:
    return "; ".join(map(str, conditions))


def _all_of(kinds: frozenset[str], conditions: Iterable[Condition]) -> bool:
    return all({condition.left.kind, condition.right.kind} & kinds for condition in conditions)


def _level(condition: Condition) -> tuple[object, ...]:
    """A condition without its periods, but with the number that something is compared with."""
    numbers = [operand.value for operand in (condition.left, condition.right) if isinstance(operand, Number)]
    return (*shape(condition), *numbers)


def _beyond_the_numbers(answer: StrategyAnswer, brief: Brief, existing: Strategy) -> Iterator[str]:
    changes = number_changes(existing, answer.strategy)
    if changes is None:
        yield (
            "intent is recommend_parameters, but more than numbers was changed; keep the conditions of the existing "
            "strategy and their order, and change only numbers"
        )
        return
    listed = {choice.parameter for choice in answer.parameters}
    for change in changes:
        if change.id not in listed and not _preferred(change.id.removeprefix("risk."), change.after, brief):
            yield (
                f"{change.id} is {_shown(change.after)} instead of {_shown(change.before)}, but parameters does not "
                f"list it; give a reason for it there, or keep {_shown(change.before)}"
            )


def _shown(value: float | None) -> str:
    return "null" if value is None else figure(value)
