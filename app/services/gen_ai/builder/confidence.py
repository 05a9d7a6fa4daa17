"""How far an accepted answer can be trusted: computed from what is known, and by nothing that a model claims.

The value is 1 less the sum of these, never below 0, rounded to two digits; high from 0.8, medium from 0.5, else low:

    what is known                                                        takes off
    each answer that was rejected before this one                        0.10, at most 0.30
    each violation that was found in those                               0.02, at most 0.10
    the share of the strategy's numbers that nobody gave                 0.30 times the share
    each number of the words that is not in the strategy                 0.10, at most 0.20
    closed trades in the dry run: below 5; below 30                      0.20; 0.10
    each problem that the existing strategy had and still has            0.20, at most 0.40
    the dry run used another series than the preferences name            0.05

More of any of them never makes the value greater, and more trades never make it less. The share is the greater of two:
the numbers that stand in nothing that was given, of all numbers; and the assumptions that the model lists, of all
numbers and limits that can be set. A strategy without exit rules of any kind needs no trades.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.quant.figures import figure
from app.quant.words import Language
from app.schemas.gen_ai.strategy_review import Confidence, ConfidenceLevel
from app.services.gen_ai.builder.confidence_words import WORDS

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
        said = WORDS[key][language].format(
            rejected=evidence.rejected_answers,
            violations=evidence.violations,
            percent=figure(round(evidence.assumed_share * 100)),
            unheard=", ".join(evidence.unheard),
            trades=evidence.trades,
            problems=evidence.problems,
            wished=evidence.wished,
            symbol=evidence.symbol,
        )
        reasons.append(f"{said} (-{amount:.2f})" if amount else said)
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
