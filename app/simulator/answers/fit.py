"""A value that satisfies a schema: as much as possible of a proposed one, the rest by fixed rules.

The rules take the first allowed value, the smallest number, the shortest list and null where null is allowed, so
that equal schemas give equal answers.
"""

import math
from collections.abc import Callable
from typing import Any

from app.simulator.answers.schema_check import Schema, Value, fits, is_number, resolved, same, unions

PLACEHOLDER = "simulated"


class EndlessSchemaError(ValueError):
    """No finite value satisfies the schema."""


def fill(schema: Schema, value: Value = None) -> Value:
    """The value nearest to `value` that satisfies the schema; None stands for no proposal.

    A value that fits stays as it is. Raises EndlessSchemaError for a schema that requires itself. A `pattern` is
    checked but cannot be made up: a missing string with a pattern is the placeholder.
    """
    if value is not None and fits(schema, value, schema):
        return value
    return _Filling(schema).fill(schema, value, frozenset())


class _Filling:
    """One schema being filled; `inside` names the references that are open without a value to hold on to.

    The smallest value never needs a reference within itself, so meeting an open one again means: not this branch.
    """

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._makers: dict[str, Callable[[Schema, Value, frozenset[str]], Value]] = {
            "object": self._object,
            "array": self._array,
            "string": lambda schema, value, _: _string(schema, value),
            "integer": lambda schema, value, _: _integer(schema, value),
            "number": lambda schema, value, _: _number(schema, value),
            "boolean": lambda *_: False,
            "null": lambda *_: None,
        }

    def fill(self, schema: Schema, value: Value, inside: frozenset[str]) -> Value:
        if fits(schema, value, self._root):
            return value
        pointer = schema.get("$ref")
        if pointer in inside:
            raise EndlessSchemaError(f"{pointer} requires itself without end")
        if pointer is not None:
            inside |= {pointer}
        schema = resolved(schema, self._root)
        allowed = [schema["const"]] if "const" in schema else schema.get("enum")
        if allowed:
            return next((one for one in allowed if fits(schema, one, self._root)), allowed[0])
        choices = _choices(schema)
        if choices is not None:
            return self._choice(choices, value, inside)
        return self._makers[schema.get("type", "object")](schema, value, inside)

    def _choice(self, choices: list[Schema], value: Value, inside: frozenset[str]) -> Value:
        """The choice most like the value that has an end; the order of the schema decides between equals."""
        for choice in sorted(choices, key=lambda one: -_likeness(resolved(one, self._root), value)):
            try:
                return self.fill(choice, value, inside)
            except EndlessSchemaError:
                continue
        raise EndlessSchemaError("no choice has a value with an end")

    def _object(self, schema: Schema, value: Value, inside: frozenset[str]) -> dict[str, Any]:
        proposed = value if isinstance(value, dict) else {}
        required = schema.get("required", ())
        return {
            name: self._child(child, proposed.get(name), inside)
            for name, child in schema.get("properties", {}).items()
            if name in required or name in proposed
        }

    def _array(self, schema: Schema, value: Value, inside: frozenset[str]) -> list[Any]:
        items = schema.get("items", {"type": "null"})
        proposed = value[: schema.get("maxItems", len(value))] if isinstance(value, list) else []
        kept = [self._child(items, one, inside) for one in proposed]
        missing = max(0, schema.get("minItems", 0) - len(kept))
        return kept + [self._child(items, None, inside) for _ in range(missing)]

    def _child(self, schema: Schema, value: Value, inside: frozenset[str]) -> Value:
        return self.fill(schema, value, inside if value is None else frozenset())


def _choices(schema: Schema) -> list[Schema] | None:
    for group in unions(schema):
        return group
    named = schema.get("type")
    return [schema | {"type": one} for one in named] if isinstance(named, list) else None


def _likeness(schema: Schema, value: Value) -> int:
    """How many marks of the value the schema shows; null is the best guess where nothing else is alike."""
    named = schema.get("type")
    if isinstance(value, dict) and named == "object":
        known = schema.get("properties", {})
        tags = [(child["const"], value[name]) for name, child in known.items() if "const" in child and name in value]
        return 2 + sum(3 if same(tag, given) else -1 for tag, given in tags) + len(known.keys() & value.keys())
    alike = {
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "number": is_number(value),
        "integer": is_number(value),
        "boolean": isinstance(value, bool),
    }
    return 2 if alike.get(str(named)) else int(named == "null")


_FORMATS = {
    "date": "2000-01-01",
    "date-time": "2000-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "email": "simulated@example.org",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def _string(schema: Schema, value: Value) -> str:
    text = value if isinstance(value, str) else _FORMATS.get(schema.get("format", ""), PLACEHOLDER)
    while len(text) < schema.get("minLength", 0):
        text += f" {PLACEHOLDER}"
    return text[: schema.get("maxLength", len(text))]


def _integer(schema: Schema, value: Value) -> int:
    """The integer nearest to the value within the bounds; the lowest one without a value."""
    lows = [math.ceil(schema["minimum"])] if "minimum" in schema else []
    lows += [math.floor(schema["exclusiveMinimum"]) + 1] if "exclusiveMinimum" in schema else []
    highs = [math.floor(schema["maximum"])] if "maximum" in schema else []
    highs += [math.ceil(schema["exclusiveMaximum"]) - 1] if "exclusiveMaximum" in schema else []
    wanted = round(value) if is_number(value) else max(lows, default=0)
    step = max(1, int(schema.get("multipleOf", 1)))
    within = max([*lows, min([wanted, *highs])])
    upwards = -(-within // step) * step
    return int(upwards if upwards <= min(highs, default=upwards) else within // step * step)


def _number(schema: Schema, value: Value) -> float:
    low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
    if "multipleOf" in schema:
        return float(schema["multipleOf"] * _integer(_counted(schema), None))
    wanted = value if is_number(value) else low if math.isfinite(low) else 0
    near = min(max(wanted, low), high)
    return float(near) if _open(schema, near) else _between(low, high)


def _counted(schema: Schema) -> Schema:
    """The bounds in steps of `multipleOf`, so that a whole number of steps lies between them."""
    bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    return {name: schema[name] / schema["multipleOf"] for name in bounds if name in schema}


def _open(schema: Schema, near: float) -> bool:
    return near != schema.get("exclusiveMinimum") and near != schema.get("exclusiveMaximum")


def _between(low: float, high: float) -> float:
    if math.isfinite(low) and math.isfinite(high):
        return low + (high - low) / 2
    return low + 1 if math.isfinite(low) else high - 1
