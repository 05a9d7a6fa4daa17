"""The numbers of a strategy that can be changed, each with its limits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.errors import InputError
from app.quant.conditions import number_last, scale
from app.quant.figures import figure
from app.quant.indicators import Scale
from app.quant.strategy import AnyOperand, Condition, IndicatorOperand, Number, Risk, Rules, Strategy

_FACTORS = (0.5, 0.75, 0.9, 1.1, 1.25, 1.5)
_INDEX_STEPS = (-10, -5, 5, 10)
_PERCENT_STEPS = (-5, -2, -1, 1, 2, 5)
_WHOLE_STEPS = (-1, 1, 2)


@dataclass(frozen=True, slots=True)
class Tunable:
    """`id`: SMA(20).period, entry.1.number (of the first condition of the entry), risk.stop_loss.

    `neighbours`: values to try around the present one, in rising order; none where nothing says what a small step is,
    as for a MACD that is compared with 0.
    """

    id: str
    value: float
    lowest: float
    highest: float
    whole: bool
    label_en: str
    label_ko: str
    neighbours: tuple[float, ...]

    def allows(self, value: float) -> bool:
        within = self.lowest <= value <= self.highest and (not self.whole or value == int(value))
        return within or value == self.value


def around(value: float, lowest: float, highest: float, *, whole: bool = False) -> tuple[float, ...]:
    """Half of it to one and a half times as much; of a whole number, also the next ones."""
    tried = [value * factor for factor in _FACTORS]
    if whole:
        tried = [*map(round, tried), *(int(value) + step for step in _WHOLE_STEPS)]
    return _within(tried, value, lowest, highest)


def around_number(value: float, scale: Scale, lowest: float, highest: float) -> tuple[float, ...]:
    """Around a number that something of this scale is compared with."""
    if scale.highest is not None:
        steps: Iterable[float] = _INDEX_STEPS
    elif value == 0 and scale.lowest is not None:
        steps = _PERCENT_STEPS
    else:
        return around(value, lowest, highest)
    inside = [value + step for step in steps if lowest < value + step < highest]
    return _within(inside, value, lowest, highest)


def _within(tried: Iterable[float], value: float, lowest: float, highest: float) -> tuple[float, ...]:
    rounded = {each if isinstance(each, int) else float(f"{each:.6g}") + 0.0 for each in tried}
    return tuple(sorted(each for each in rounded if lowest <= each <= highest and each != value))


# The numbers of a strategy by name, and the strategy with others in their place.
#
# An indicator that stands in several places is one: SMA(20) in the entry and in the exit has one `SMA(20).period`.

_NUMBER_LIMIT = 1e9
_SMALLEST = 1e-6
"""A fraction must be above 0; nobody tries a smaller one."""
_WHERE_KO = {"entry": "매수", "exit": "매도"}
# Name, limits, whole, how sentences call it.
_RISKS = (
    ("position_size", _SMALLEST, 1, False, "position size", "투입 비중"),
    ("stop_loss", _SMALLEST, 1, False, "stop loss", "손절 기준"),
    ("take_profit", _SMALLEST, 10, False, "take profit", "익절 기준"),
    ("cooldown", 0, 250, True, "cooldown after a sale", "매도 후 대기 기간"),
)


def tunables(strategy: Strategy) -> tuple[Tunable, ...]:
    """Every number that can be varied, in the order of the rules; a stop loss that there is not is none of them."""
    found: dict[str, Tunable] = {}
    for where, rules in _both(strategy):
        for number, condition in enumerate(rules.conditions, start=1):
            for tunable in _of_condition(where, number, condition):
                found.setdefault(tunable.id, tunable)
    return (*found.values(), *_of_risk(strategy.risk))


def tunable(strategy: Strategy, name: str) -> Tunable:
    """The number of this id.

    Raises:
        InputError: there is none; says which there are.
    """
    return _named(name, tunables(strategy))


def _named(name: str, known: Sequence[Tunable]) -> Tunable:
    for each in known:
        if each.id == name:
            return each
    raise InputError(f"the strategy has no number {name!r} to vary; it has {', '.join(each.id for each in known)}")


def changed(strategy: Strategy, values: Mapping[str, float]) -> Strategy:
    """The strategy with other numbers, by id. It may make no sense: `problems` says so.

    Raises:
        InputError: there is no such number, or it cannot have this value.
    """
    known = tunables(strategy)
    for name, value in values.items():
        limits = _named(name, known)
        if not limits.allows(value):
            kind = "a whole number" if limits.whole else "a number"
            raise InputError(
                f"{name} cannot be {value:g}; give {kind} from {figure(limits.lowest)} to {figure(limits.highest)}"
            )
    risk = {name: _risk_value(name, values[f"risk.{name}"]) for name, *_ in _RISKS if f"risk.{name}" in values}
    return strategy.model_copy(
        update={where: _changed_rules(where, rules, values) for where, rules in _both(strategy)}
        | {"risk": strategy.risk.model_copy(update=risk)}
    )


def _both(strategy: Strategy) -> tuple[tuple[str, Rules], tuple[str, Rules]]:
    return ("entry", strategy.entry), ("exit", strategy.exit)


def _of_condition(where: str, number: int, condition: Condition) -> Iterator[Tunable]:
    for operand in (condition.left, condition.right):
        if isinstance(operand, IndicatorOperand):
            yield from _of_indicator(operand)
    condition = number_last(condition)
    if isinstance(condition.right, Number):
        limits, value = scale(condition.left), condition.right.value
        lowest = -_NUMBER_LIMIT if limits.lowest is None else limits.lowest
        highest = _NUMBER_LIMIT if limits.highest is None else limits.highest
        yield Tunable(
            id=f"{where}.{number}.number",
            value=value,
            lowest=lowest,
            highest=highest,
            whole=False,
            label_en=f"number that {condition.left} is compared with in the {where}",
            label_ko=f"{_WHERE_KO[where]} 조건에서 {condition.left}의 기준값",
            neighbours=around_number(value, limits, lowest, highest),
        )


def _of_indicator(operand: IndicatorOperand) -> Iterator[Tunable]:
    for parameter in operand.indicator.parameters:
        value = operand.chosen[parameter.name]
        yield Tunable(
            id=f"{operand.computed}.{parameter.name}",
            value=value,
            lowest=parameter.lowest,
            highest=parameter.highest,
            whole=parameter.whole,
            label_en=f"{parameter.label_en} of {operand.computed}",
            label_ko=f"{operand.computed}의 {parameter.label_ko}",
            neighbours=around(value, parameter.lowest, parameter.highest, whole=parameter.whole),
        )


def _of_risk(risk: Risk) -> Iterator[Tunable]:
    for name, lowest, highest, whole, label_en, label_ko in _RISKS:
        value: float | None = getattr(risk, name)
        if value is not None:
            near = around(value, lowest, highest, whole=whole)
            yield Tunable(f"risk.{name}", value, lowest, highest, whole, label_en, label_ko, near)


def _changed_rules(where: str, rules: Rules, values: Mapping[str, float]) -> Rules:
    conditions = tuple(
        condition.model_copy(
            update={
                "left": _changed_operand(f"{where}.{number}", condition.left, values),
                "right": _changed_operand(f"{where}.{number}", condition.right, values),
            }
        )
        for number, condition in enumerate(rules.conditions, start=1)
    )
    return rules.model_copy(update={"conditions": conditions})


def _changed_operand(place: str, operand: AnyOperand, values: Mapping[str, float]) -> AnyOperand:
    if isinstance(operand, Number):
        return operand.model_copy(update={"value": float(values.get(f"{place}.number", operand.value))})
    if not isinstance(operand, IndicatorOperand):
        return operand
    new: dict[str, float] = {}
    for parameter in operand.indicator.parameters:
        value = values.get(f"{operand.computed}.{parameter.name}")
        if value is not None:
            new[parameter.name] = int(value) if parameter.whole else float(value)
    return operand.model_copy(update=new)


def _risk_value(name: str, value: float) -> float:
    return int(value) if name == "cooldown" else float(value)
