"""What differs between two strategies."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from app.quant.conditions import compared
from app.quant.strategy import AnyOperand, Condition, IndicatorOperand, Number, Risk, Rules, Strategy

Side = Literal["entry", "exit"]
SIDES: tuple[Side, ...] = ("entry", "exit")
RISK_FIELDS: tuple[str, ...] = tuple(Risk.model_fields)


@dataclass(frozen=True, slots=True)
class RulesChange:
    """`removed` and `added` hold the conditions that mean something else than all of the other strategy's.

    `combined`: whether they are combined in another way.
    """

    removed: tuple[Condition, ...]
    added: tuple[Condition, ...]
    combined: bool

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.combined)


@dataclass(frozen=True, slots=True)
class NumberChange:
    """`id`: as in `app.quant.study`, within the changed strategy. None: there is no such limit."""

    id: str
    before: float | None
    after: float | None


def rules_change(before: Rules, after: Rules) -> RulesChange:
    """What differs in the rules of one side. The order of conditions, and of their sides, means nothing."""
    return RulesChange(
        removed=_beyond(before, after),
        added=_beyond(after, before),
        combined=before.combine != after.combine,
    )


def _beyond(rules: Rules, others: Rules) -> tuple[Condition, ...]:
    left = Counter(map(compared, others.conditions))
    beyond = []
    for condition in rules.conditions:
        meaning = compared(condition)
        if left[meaning]:
            left[meaning] -= 1
        else:
            beyond.append(condition)
    return tuple(beyond)


def risk_changes(before: Risk, after: Risk) -> tuple[str, ...]:
    """The names of the limits that differ."""
    return tuple(name for name in RISK_FIELDS if getattr(before, name) != getattr(after, name))


def number_changes(before: Strategy, after: Strategy) -> tuple[NumberChange, ...] | None:
    """The numbers that differ, each once; None where more differs than numbers."""
    if _shape(before) != _shape(after):
        return None
    pairs = zip(_numbers(before), _numbers(after), strict=True)
    rules = [NumberChange(new[0], old[1], new[1]) for old, new in pairs if old[1] != new[1]]
    risk = [
        NumberChange(f"risk.{name}", getattr(before.risk, name), getattr(after.risk, name))
        for name in risk_changes(before.risk, after.risk)
    ]
    return tuple(dict.fromkeys([*rules, *risk]))


def _shape(strategy: Strategy) -> list[Any]:
    return [
        (rules.combine, [shape(condition) for condition in rules.conditions])
        for rules in (strategy.entry, strategy.exit)
    ]


def shape(condition: Condition) -> tuple[Any, ...]:
    """A condition without its numbers."""
    return _kind(condition.left), condition.comparison, _kind(condition.right)


def _kind(operand: AnyOperand) -> tuple[Any, ...]:
    numbers = set(operand.chosen) if isinstance(operand, IndicatorOperand) else {"value"}
    return tuple(value for name, value in operand if name not in numbers)


def _numbers(strategy: Strategy) -> Iterator[tuple[str, float]]:
    for side in SIDES:
        for place, condition in enumerate(getattr(strategy, side).conditions, start=1):
            for operand in (condition.left, condition.right):
                if isinstance(operand, IndicatorOperand):
                    yield from ((f"{operand.computed}.{name}", value) for name, value in operand.chosen.items())
                elif isinstance(operand, Number):
                    yield f"{side}.{place}.number", operand.value
