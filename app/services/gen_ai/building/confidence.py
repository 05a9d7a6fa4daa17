"""How sure the builder is of a strategy: the evidence, the formula, and its words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.quant.dry_run import DryRun
from app.quant.figures import figure
from app.quant.strategy import Strategy
from app.quant.study import Tunable, tunables
from app.quant.words import Language
from app.schemas.gen_ai.strategy_review import Confidence, ConfidenceLevel
from app.services.gen_ai.building.prompt import Brief, StrategyAnswer
from app.services.gen_ai.building.verifier import KnownNumbers, given_numbers, numerals
from app.services.gen_ai.core import Receipt

WORDS: dict[str, dict[Language, str]] = {
    "first_passed": {
        "ko": "첫 답변이 모든 검사를 통과했습니다.",
        "en": "The first answer passed every check.",
    },
    "rejected": {
        "ko": "이 답변에 앞서 거부된 답변이 {rejected}개이며, 위반은 모두 {violations}건이었습니다.",
        "en": "Answers rejected before this one: {rejected}; violations found in them: {violations}.",
    },
    "all_given": {
        "ko": "전략의 수치는 모두 주어진 내용에 있습니다.",
        "en": "Every number of the strategy stands in what was given.",
    },
    "assumed": {
        "ko": "주어지지 않아 가정한 수치의 비율은 {percent}%입니다.",
        "en": "Share of the strategy that nobody gave and that was assumed: {percent}%.",
    },
    "unheard": {
        "ko": "요청에 있지만 전략에는 없는 수치: {unheard}.",
        "en": "Numbers of the request that are not in the strategy: {unheard}.",
    },
    "few_trades": {
        "ko": "시험 실행에서 끝난 거래가 {trades}건뿐이라 거의 아무것도 말해 주지 않습니다.",
        "en": "Trades that the dry run closed: {trades}, which says next to nothing.",
    },
    "some_trades": {
        "ko": "시험 실행에서 끝난 거래가 {trades}건이라 말해 주는 것이 적습니다.",
        "en": "Trades that the dry run closed: {trades}, which says little.",
    },
    "many_trades": {
        "ko": "시험 실행에서 거래 {trades}건이 끝났습니다.",
        "en": "Trades that the dry run closed: {trades}.",
    },
    "no_trades_needed": {
        "ko": "팔지 않는 전략이므로 거래 횟수는 문제가 되지 않습니다.",
        "en": "The strategy is not meant to sell, so the number of trades does not matter.",
    },
    "problems": {
        "ko": "기존 전략의 문제 {problems}건이 그대로 남아 있습니다.",
        "en": "Problems that the existing strategy had and still has: {problems}.",
    },
    "other_series": {
        "ko": "{wished}의 데이터가 없어 {symbol}(으)로 시험했습니다.",
        "en": "There are no bars of {wished}; the dry run used {symbol}.",
    },
}

# How far an accepted answer can be trusted: computed from what is known, and by nothing that a model claims.
#
# The value is 1 less the sum of these, never below 0, rounded to two digits; high from 0.8, medium from 0.5, else low:
#
# what is known                                                        takes off
# each answer that was rejected before this one                        0.10, at most 0.30
# each violation that was found in those                               0.02, at most 0.10
# the share of the strategy's numbers that nobody gave                 0.30 times the share
# each number of the words that is not in the strategy                 0.10, at most 0.20
# closed trades in the dry run: below 5; below 30                      0.20; 0.10
# each problem that the existing strategy had and still has            0.20, at most 0.40
# the dry run used another series than the preferences name            0.05
#
# More of any of them never makes the value greater, and more trades never make it less. The share is the greater of
# two: the numbers that stand in nothing that was given, of all numbers; and the assumptions that the model lists, of
# all numbers and limits that can be set. A strategy without exit rules of any kind needs no trades.

HIGH, MEDIUM = 0.8, 0.5
FEW_TRADES, SOME_TRADES = 5, 30
_PER_REJECTION, _MOST_FOR_REJECTIONS = 0.10, 0.30
_PER_VIOLATION, _MOST_FOR_VIOLATIONS = 0.02, 0.10
_FOR_ASSUMPTIONS = 0.30
_PER_UNHEARD, _MOST_FOR_UNHEARD = 0.10, 0.20
_FOR_FEW_TRADES, _FOR_SOME_TRADES = 0.20, 0.10
_PER_PROBLEM, _MOST_FOR_PROBLEMS = 0.20, 0.40
_FOR_OTHER_SERIES = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`assumed_share`: 0 to 1. `unheard`: numbers of the words that are not in the strategy, as they were written.

    `trades`: closed ones; None where the strategy is not meant to sell. `wished`, `symbol`: the series that was wished,
    where it was another one than that of the dry run.
    """

    rejected_answers: int = 0
    violations: int = 0
    assumed_share: float = 0.0
    unheard: tuple[str, ...] = ()
    trades: int | None = None
    problems: int = 0
    wished: str | None = None
    symbol: str = ""


def confidence(evidence: Evidence, language: Language) -> Confidence:
    """The value, its level, and a sentence for each thing that counts."""
    reasons, value = [], 1.0
    for key, amount in _counted(evidence):
        sentence = WORDS[key][language].format(
            rejected=evidence.rejected_answers,
            violations=evidence.violations,
            percent=figure(round(evidence.assumed_share * 100)),
            unheard=", ".join(evidence.unheard),
            trades=evidence.trades,
            problems=evidence.problems,
            wished=evidence.wished,
            symbol=evidence.symbol,
        )
        reasons.append(f"{sentence} (-{amount:.2f})" if amount else sentence)
        value -= amount
    value = max(0.0, round(value, 2))
    return Confidence(value=value, level=level_of(value), reasons=reasons)


def level_of(value: float) -> ConfidenceLevel:
    if value >= HIGH:
        return "high"
    return "medium" if value >= MEDIUM else "low"


def _counted(evidence: Evidence) -> Iterator[tuple[str, float]]:
    """Each thing that is told, and what it takes off."""
    if evidence.rejected_answers:
        rejections = min(_MOST_FOR_REJECTIONS, _PER_REJECTION * evidence.rejected_answers)
        yield "rejected", rejections + min(_MOST_FOR_VIOLATIONS, _PER_VIOLATION * evidence.violations)
    else:
        yield "first_passed", 0.0
    assumed = round(_FOR_ASSUMPTIONS * evidence.assumed_share, 2)
    yield ("assumed" if evidence.assumed_share else "all_given"), assumed
    if evidence.unheard:
        yield "unheard", min(_MOST_FOR_UNHEARD, _PER_UNHEARD * len(evidence.unheard))
    yield _trades(evidence.trades)
    if evidence.problems:
        yield "problems", min(_MOST_FOR_PROBLEMS, _PER_PROBLEM * evidence.problems)
    if evidence.wished is not None:
        yield "other_series", _FOR_OTHER_SERIES


def _trades(trades: int | None) -> tuple[str, float]:
    if trades is None:
        return "no_trades_needed", 0.0
    if trades < FEW_TRADES:
        return "few_trades", _FOR_FEW_TRADES
    return ("some_trades", _FOR_SOME_TRADES) if trades < SOME_TRADES else ("many_trades", 0.0)


# What is known about an accepted answer, gathered for its confidence.

_NO_RULES = re.compile(
    r"(?:19|20)\d\d|\d+ ?(?:년|개월|월|주(?!가)|[만천]? ?원|달러|종목|years?\b|months?\b|weeks?\b|usd|krw|dollars?)"
    r"|[$₩€] ?\d[\d,.]*",
    re.IGNORECASE,
)
"""Dates, spans and sums of money are no numbers of a rule."""


def evidence(answer: StrategyAnswer, brief: Brief, receipt: Receipt, run: DryRun, problems: Iterable[str]) -> Evidence:
    """`run` and `problems` are those of the strategy that is handed out."""
    rejected = [attempt.violations for attempt in receipt.attempts if attempt.violations]
    return Evidence(
        rejected_answers=len(rejected),
        violations=sum(map(len, rejected)),
        assumed_share=_assumed_share(answer, brief),
        unheard=_unheard(answer, brief),
        trades=None if _never_sells(answer.strategy) else run.metrics.total_trades,
        problems=len(list(problems)),
        wished=brief.series.wished,
        symbol=brief.series.bars.symbol,
    )


def _assumed_share(answer: StrategyAnswer, brief: Brief) -> float:
    """Of the numbers that are set, those that nobody gave; of all that could be set, those that the model lists."""
    given = given_numbers(brief)
    if brief.existing is not None:
        given |= KnownNumbers.of_strategy(brief.existing)
    chosen = [number for number in tunables(answer.strategy) if _is_set(number)]
    unfounded = sum(not given.has(number) for number in chosen)
    risk = answer.strategy.risk
    left_open = [risk.stop_loss is None, risk.take_profit is None, risk.cooldown == 0]
    listed = len(answer.assumptions)
    return max(unfounded / len(chosen), min(1.0, listed / (len(chosen) + sum(left_open))))


def _is_set(number: Tunable) -> bool:
    return number.id != "risk.cooldown" or number.value > 0


def _unheard(answer: StrategyAnswer, brief: Brief) -> tuple[str, ...]:
    """Only of words that say what a strategy shall be; a number may also be the one that is to be replaced."""
    if answer.intent not in {"create", "modify"}:
        return ()
    known = KnownNumbers.of_strategy(answer.strategy)
    if brief.existing is not None:
        known |= KnownNumbers.of_strategy(brief.existing)
    words = _NO_RULES.sub(" ", brief.request.query)
    return tuple(dict.fromkeys(each.text for each in numerals(words) if not known.says(each)))


def _never_sells(strategy: Strategy) -> bool:
    risk = strategy.risk
    return not strategy.exit.conditions and risk.stop_loss is None and risk.take_profit is None
