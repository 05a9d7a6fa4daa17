"""Rules as a person gives them, to a strategy."""

import json
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import ValidationError

from app.errors import own_words
from app.quant.strategy import AnyIndicator, AnyOperand, Condition, Number, Price, Risk, Rules, Strategy, StrategyType
from app.quant.validation import problems

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
        faults = [f"{_place(each['loc'])}: {own_words(each['msg'])}" for each in details]
        if all(each["type"] in _OUT_OF_RANGE for each in details):
            faults += problems(_beyond_limits(json.loads(text)), bars)
        return None, faults
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
