"""What a model gets wrong at times: strategies that make no sense or cannot trade, reports with a wrong figure."""

import json
import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

_MOST = 8
"""Conditions that a side may have."""
_AVERAGES = {"SMA", "EMA", "WMA", "DEMA", "TEMA"}


def with_flaw(kind: str, answer: Json) -> Json | None:
    """The answer with a flaw in its strategy; None where there is no strategy in it."""
    strategy = answer.get("strategy")
    if not isinstance(strategy, dict) or not {"entry", "exit"} <= strategy.keys():
        return None
    return answer | {"strategy": FLAWS[kind](strategy)}


def _swapped(strategy: Json) -> Json:
    """The short and the long average exchanged, or fast and slow, or oversold and overbought."""
    conditions = [*strategy["entry"]["conditions"], *strategy["exit"]["conditions"]]
    pairs = [
        {left["period"]: right["period"], right["period"]: left["period"]}
        for left, right in ((one["left"], one["right"]) for one in conditions)
        if {left["kind"], right["kind"]} <= _AVERAGES and left["period"] != right["period"]
    ]
    if pairs:
        # Only this type says which of two averages is the short one.
        return _mapped(strategy, lambda one: _with_period(one, pairs[0])) | {"type": "sma_crossover"}
    if any(one["left"]["kind"] == "MACD" for one in conditions):
        return _mapped(strategy, _with_fast_and_slow_exchanged)
    levels = sorted({one["right"]["value"] for one in conditions if _is_rsi_level(one)})
    if len(levels) > 1:
        exchanged = {levels[0]: levels[-1], levels[-1]: levels[0]}
        return _mapped(strategy, lambda one: _with_value(one, exchanged)) | {"type": "rsi_mean_reversion"}
    return _contradictory(strategy)


def _contradictory(strategy: Json) -> Json:
    """Buys only while the RSI is above 70 and below 30."""
    rsi = {"kind": "RSI", "period": 14}
    return _narrowed(
        strategy,
        {"left": rsi, "comparison": "above", "right": {"kind": "NUMBER", "value": 70}},
        {"left": rsi, "comparison": "below", "right": {"kind": "NUMBER", "value": 30}},
    )


def _idle(strategy: Json) -> Json:
    """Waits for what makes sense and never happens: a rise of 500 % within 20 days."""
    rise = {"kind": "ROC", "period": 20}
    return _narrowed(strategy, {"left": rise, "comparison": "above", "right": {"kind": "NUMBER", "value": 500}})


FLAWS: dict[str, Callable[[Json], Json]] = {
    "swapped": _swapped,
    "contradiction": _contradictory,
    "never_fires": _idle,
}


_WRONG_FIGURE = "wrong_figure"
FLAW_KINDS = frozenset({*FLAWS, _WRONG_FIGURE})
_DECIMAL = re.compile(r"\d+\.\d+")


def with_wrong_figure(answer: Json) -> Json | None:
    """The answer with another number in the place of the first one that has decimals; None where there is none."""
    text = json.dumps(answer, ensure_ascii=False)
    # A string of the answer: figures stand in prose, and its own numbers follow a colon.
    for prose in re.finditer(r'"(?:[^"\\]|\\.)*"', text):
        found = _DECIMAL.search(text, prose.start(), prose.end())
        if found:
            digits = found.group()
            wrong = f"{float(digits) + 13.7:.{len(digits.partition('.')[2])}f}"
            changed: Json = json.loads(text[: found.start()] + wrong + text[found.end() :])
            return changed
    return None


def _narrowed(strategy: Json, *conditions: Json) -> Json:
    kept = strategy["entry"]["conditions"][: _MOST - len(conditions)]
    kind = "custom" if strategy["type"] == "buy_and_hold" else strategy["type"]
    return strategy | {"type": kind, "entry": {"combine": "all", "conditions": [*kept, *conditions]}}


def _mapped(strategy: Json, change: Callable[[Json], Json]) -> Json:
    sides = {}
    for side in ("entry", "exit"):
        conditions = [
            one | {"left": change(one["left"]), "right": change(one["right"])} for one in strategy[side]["conditions"]
        ]
        sides[side] = strategy[side] | {"conditions": conditions}
    return strategy | sides


def _with_period(operand: Json, periods: dict[int, int]) -> Json:
    if operand["kind"] not in _AVERAGES:
        return operand
    return operand | {"period": periods.get(operand["period"], operand["period"])}


def _with_fast_and_slow_exchanged(operand: Json) -> Json:
    return operand | {"fast": operand["slow"], "slow": operand["fast"]} if operand["kind"] == "MACD" else operand


def _is_rsi_level(condition: Json) -> bool:
    return bool(condition["left"]["kind"] == "RSI" and condition["right"]["kind"] == "NUMBER")


def _with_value(operand: Json, values: dict[float, float]) -> Json:
    if operand["kind"] != "NUMBER":
        return operand
    return operand | {"value": values.get(operand["value"], operand["value"])}


def flawed_text(kind: str, text: str) -> str | None:
    """The JSON of an answer with a flaw; None where there is nothing in it that can have this one."""
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    if not isinstance(answer, dict):
        return None
    changed = with_wrong_figure(answer) if kind == _WRONG_FIGURE else with_flaw(kind, answer)
    return None if changed is None else json.dumps(changed, ensure_ascii=False)
