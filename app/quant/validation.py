"""Does a strategy that has the right shape also make sense?"""

from collections.abc import Iterator, Sequence

from app.quant.comparisons import Comparison, compared
from app.quant.condition_checks import condition_problems
from app.quant.contradictions import contradictions
from app.quant.lookback import lookback_problems
from app.quant.strategy import Condition, Risk, Rules, Strategy, StrategyType
from app.quant.type_checks import type_problems


def problems(strategy: Strategy, bars: int | None = None) -> list[str]:
    """Everything that is wrong, one sentence each: where, what, and what would be right. Nothing: it makes sense.

    `bars` is the length of the series that the strategy shall run on; None: no series is meant.
    """
    found = [
        *type_problems(strategy),
        *_rules_problems("entry", strategy.entry),
        *_rules_problems("exit", strategy.exit),
    ]
    if strategy.type is not StrategyType.BUY_AND_HOLD:
        found += [*_emptiness_problems(strategy.entry, strategy.exit, strategy.risk)]
    if bars is not None:
        found += lookback_problems(strategy, bars)
    if strategy.entry.conditions and _meaning(strategy.entry) == _meaning(strategy.exit):
        found.append("entry and exit are the same rules, so every purchase would be sold at once; make them differ")
    return found


def _rules_problems(where: str, rules: Rules) -> Iterator[str]:
    for number, condition in enumerate(rules.conditions, start=1):
        for problem in condition_problems(condition):
            yield f"{where}, condition {number}: {problem}"
    if rules.combine == "any":
        return
    for found in contradictions(rules.conditions):
        *others, last = map(str, found.numbers)
        yield (
            f"{where}, conditions {', '.join(others)} and {last}: {_listed(found.conditions)} can never hold at the "
            "same time; combine them with any, or change one of them"
        )


def _listed(conditions: Sequence[Condition]) -> str:
    *others, last = map(str, conditions)
    return f"{', '.join(others)} and {last}"


def _emptiness_problems(entry: Rules, exit_: Rules, risk: Risk) -> Iterator[str]:
    if not entry.conditions:
        yield "entry: there is no condition; say when to buy, or give the type buy_and_hold"
    if exit_.conditions:
        return
    if exit_.combine == "all":
        yield "exit: all of no conditions always holds, so it sells at once; give a condition, or combine any for never"
    elif risk.stop_loss is None and risk.take_profit is None:
        yield "exit: it never sells; give a condition, a stop loss or a take profit"


def _meaning(rules: Rules) -> tuple[str, frozenset[Comparison]]:
    """Equal for rules that hold at the same bars: order, repetition and the sides of a condition do not count."""
    comparisons = frozenset(compared(condition) for condition in rules.conditions)
    return (rules.combine if len(comparisons) > 1 else "all", comparisons)
