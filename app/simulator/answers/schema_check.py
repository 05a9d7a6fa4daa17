"""Does a value satisfy a JSON schema? Only the keywords that a strict answer schema may use.

Written out here because the package must run without jsonschema, which is an oracle in the tests. The numbers
follow JSON: 1.0 is an integer, and true is no number.
https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
"""

import math
import re
from collections.abc import Callable
from typing import Any, TypeGuard

Schema = dict[str, Any]
# What JSON can hold; the recursive type would make every reader of a value narrow it first.
Value = Any


def fits(schema: Schema, value: Value, root: Schema) -> bool:
    schema = resolved(schema, root)
    named = _types(schema)
    return (
        (not named or any(_TYPES[name](value) for name in named))
        and all(rule(schema, value) for rule in _RULES)
        and all(any(fits(branch, value, root) for branch in group) for group in unions(schema))
        and _children_fit(schema, value, root)
    )


def resolved(schema: Schema, root: Schema) -> Schema:
    """The schema behind a `$ref`; what stands beside the reference counts too.

    Raises ValueError where references lead in a circle, KeyError where they lead nowhere.
    """
    seen: set[str] = set()
    while "$ref" in schema:
        pointer = schema["$ref"]
        if pointer in seen:
            raise ValueError(f"{pointer} refers to itself")
        seen.add(pointer)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = _target(pointer, root) | beside
    return schema


def unions(schema: Schema) -> list[list[Schema]]:
    return [schema[word] for word in ("anyOf", "oneOf") if word in schema]


def same(one: Value, other: Value) -> bool:
    """Equal as JSON: for Python `True == 1`, for JSON it is not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _target(pointer: str, root: Schema) -> Schema:
    found: Any = root
    for step in pointer.removeprefix("#").split("/")[1:]:
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return dict(found)


def _types(schema: Schema) -> list[str]:
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _is_integer(value: Value) -> bool:
    return is_number(value) and float(value).is_integer()


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": is_number,
    "integer": _is_integer,
}


def _listed(schema: Schema, value: Value) -> bool:
    allowed = [schema["const"]] if "const" in schema else schema.get("enum")
    return allowed is None or any(same(value, one) for one in allowed)


def _within(schema: Schema, value: Value) -> bool:
    if not is_number(value):
        return True
    step = schema.get("multipleOf")
    return bool(
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
        and (step is None or value % step == 0)
    )


def _long_enough(schema: Schema, value: Value) -> bool:
    if isinstance(value, str):
        low, high = schema.get("minLength", 0), schema.get("maxLength", len(value))
    elif isinstance(value, list):
        low, high = schema.get("minItems", 0), schema.get("maxItems", len(value))
    else:
        return True
    return bool(low <= len(value) <= high)


def _shaped(schema: Schema, value: Value) -> bool:
    pattern = schema.get("pattern")
    return pattern is None or not isinstance(value, str) or re.search(pattern, value) is not None


_RULES: tuple[Callable[[Schema, Any], bool], ...] = (_listed, _within, _long_enough, _shaped)


def _children_fit(schema: Schema, value: Value, root: Schema) -> bool:
    if isinstance(value, list):
        return all(fits(schema.get("items", {}), one, root) for one in value)
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", {})
    closed = schema.get("additionalProperties", True) is False
    return (
        all(name in value for name in schema.get("required", ()))
        and not (closed and value.keys() - known.keys())
        and all(fits(known[name], child, root) for name, child in value.items() if name in known)
    )
