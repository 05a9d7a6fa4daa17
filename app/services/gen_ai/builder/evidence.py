"""What is known about an accepted answer, gathered for its confidence."""

import re
from collections.abc import Iterable

from app.quant.dry_run import DryRun
from app.quant.strategy import Strategy
from app.quant.study import Tunable, tunables
from app.services.gen_ai.builder.brief import Brief
from app.services.gen_ai.builder.confidence import Evidence
from app.services.gen_ai.core import Receipt
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer
from app.services.gen_ai.verifiers.numerals import KnownNumbers, numerals
from app.services.gen_ai.verifiers.strategy_prose import given_numbers

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
    unsaid = sum(not given.has(number) for number in chosen)
    risk = answer.strategy.risk
    left_open = [risk.stop_loss is None, risk.take_profit is None, risk.cooldown == 0]
    listed = len(answer.assumptions)
    return max(unsaid / len(chosen), min(1.0, listed / (len(chosen) + sum(left_open))))


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
