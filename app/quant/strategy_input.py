"""Rules or a template as a person gives them, to a strategy."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, get_args

from pydantic import ValidationError

from app.errors import InputError
from app.quant.figures import figure
from app.quant.operands import AnyIndicator, AnyOperand, Number, Price
from app.quant.strategy import Condition, Risk, Rules, Strategy, StrategyType
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


# A strategy out of JSON: the strategy, or everything that is wrong with it at once.

_KINDS: dict[str, type[AnyIndicator | Price | Number]] = {
    kind: operand
    for operand in (*get_args(AnyIndicator), Price, Number)
    for kind in get_args(operand.model_fields["kind"].annotation)
}
_OUT_OF_RANGE = frozenset(
    {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "string_too_short", "string_too_long"}
    | {"too_long"}
)


def read_strategy(data: Mapping[str, Any], *, bars: int | None = None) -> tuple[Strategy | None, list[str]]:
    """The strategy, and what is wrong: None with at least one sentence, or a strategy with none.

    Numbers beyond their limits do not hide what else is wrong. What has not the shape of a strategy, as where a field
    is missing, cannot be judged further: then the faults of its shape are all that is said. `bars` as in `problems`.
    """
    text = json.dumps(data)
    try:
        strategy = Strategy.model_validate_json(text, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        said = [f"{_place(each['loc'])}: {each['msg']}" for each in details]
        if all(each["type"] in _OUT_OF_RANGE for each in details):
            said += problems(_beyond_limits(json.loads(text)), bars)
        return None, said
    wrong = problems(strategy, bars)
    return (None if wrong else strategy), wrong


def _place(location: tuple[int | str, ...]) -> str:
    """entry.conditions[0].left.period; the kind of an operand, which pydantic puts between, is left out."""
    place = ""
    for step in location:
        if isinstance(step, int):
            place += f"[{step}]"
        elif step not in _KINDS:
            place += f".{step}" if place else step
    return place or "the strategy"


def _beyond_limits(data: dict[str, Any]) -> Strategy:
    """A strategy of the right shape whose numbers may be beyond their limits: only to look what else is wrong."""
    return Strategy.model_construct(
        name=data["name"],
        type=StrategyType(data["type"]),
        description=data["description"],
        entry=_rules(data["entry"]),
        exit=_rules(data["exit"]),
        risk=Risk.model_construct(**data["risk"]),
    )


def _rules(data: dict[str, Any]) -> Rules:
    conditions = tuple(
        Condition.model_construct(
            left=_operand(each["left"]), comparison=each["comparison"], right=_operand(each["right"])
        )
        for each in data["conditions"]
    )
    return Rules.model_construct(combine=data["combine"], conditions=conditions)


def _operand(data: dict[str, Any]) -> AnyOperand:
    return _KINDS[data["kind"]].model_construct(**data)
