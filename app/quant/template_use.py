"""A template with numbers filled in: a strategy, or everything that is wrong with the numbers."""

from collections.abc import Iterator, Mapping
from math import isfinite

from app.errors import InputError
from app.quant.figures import figure
from app.quant.strategy import Risk, Strategy, StrategyType
from app.quant.templates import TEMPLATES, Template
from app.quant.validation import problems

DEFAULT_RISK = Risk(position_size=0.2, stop_loss=None, take_profit=None, cooldown=0)


def template(kind: StrategyType | str) -> Template:
    """The template of a strategy type.

    Raises:
        InputError: there is none, as for a custom strategy.
    """
    found = next((template for template in TEMPLATES if template.type == kind), None)
    if found is None:
        raise InputError(f"there is no template {kind!s}; there are {', '.join(each.type for each in TEMPLATES)}")
    return found


def strategy_from_template(
    kind: StrategyType | str, values: Mapping[str, float], *, risk: Risk = DEFAULT_RISK, name: str | None = None
) -> Strategy:
    """The strategy that a template makes; a parameter that is not given has its default.

    Raises:
        InputError: with everything that is wrong, also as the field `problems`.
    """
    chosen = template(kind)
    filled = {parameter.name: parameter.default for parameter in chosen.parameters} | dict(values)
    if wrong := list(_wrong(chosen, filled)):
        raise _refused(chosen, wrong)
    made = chosen.make(*(_number(filled[each.name], whole=each.whole) for each in chosen.parameters))
    size = risk.position_size if made.position_size is None else made.position_size
    strategy = Strategy(
        name=name or chosen.name_en,
        type=chosen.type,
        description=chosen.description_en,
        entry=made.entry,
        exit=made.exit,
        risk=risk.model_copy(update={"position_size": size}),
    )
    if wrong := problems(strategy):
        raise _refused(chosen, wrong)
    return strategy


def _wrong(chosen: Template, filled: Mapping[str, float]) -> Iterator[str]:
    known = {parameter.name: parameter for parameter in chosen.parameters}
    for name, value in filled.items():
        if name not in known:
            yield f"{name}: there is no such parameter; there are {', '.join(known)}"
        elif not isfinite(value) or not known[name].allows(value):
            number = "a whole number" if known[name].whole else "a number"
            yield f"{name} is {_shown(value)}; give {number} from {known[name].limits}"
    if (order := chosen.order) is None:
        return
    lower, higher = filled[order.lower.name], filled[order.higher.name]
    if not order.is_kept(lower, higher):
        relation = "must not be above" if order.may_be_equal else "must be below"
        yield f"{order.lower.name} ({_shown(lower)}) {relation} {order.higher.name} ({_shown(higher)})"


def _refused(chosen: Template, wrong: list[str]) -> InputError:
    return InputError(f"The template {chosen.type} cannot be used: {'; '.join(wrong)}", problems=wrong)


def _shown(value: float) -> str:
    return figure(value) if isfinite(value) else str(value)


def _number(value: float, *, whole: bool) -> float:
    return int(value) if whole else value
