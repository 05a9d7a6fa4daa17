"""Does a changed strategy keep what nobody asked to change, as far as a computer can tell?"""

from collections import Counter
from collections.abc import Iterable, Iterator

from app.quant.differences import SIDES, RulesChange, Side, number_changes, risk_changes, rules_change, shape
from app.quant.figures import figure
from app.quant.operands import Number
from app.quant.strategy import Condition, Strategy
from app.services.gen_ai.builder.brief import Brief
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer
from app.services.gen_ai.verifiers.named_parts import NamedParts, named_parts

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
        elif change and not _is_named(side, change, named, _kinds(existing)):
            yield f"{side}: its rules were changed, but the words do not name them; keep {kept}"


def _preferred(name: str, value: float | None, brief: Brief) -> bool:
    """Whether a limit is what the preferences want it to be."""
    preferences = brief.request.preferences
    if preferences is None or value is None:
        return False
    wanted = preferences.max_position_size if name == "position_size" else getattr(preferences, name, None)
    return wanted is not None and value == wanted


def _is_named(side: Side, change: RulesChange, named: NamedParts, present: frozenset[str]) -> bool:
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
