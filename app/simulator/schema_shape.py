"""Is it a JSON schema at all? Of the keywords that an answer is filled by; others are left alone."""

import re
from collections.abc import Callable, Iterator
from typing import Any

_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
_DEEPEST = 50
"""Schemas within schemas."""
_MOST = 1_000
"""Items or characters that a value may be asked to have."""

Path = tuple[str, ...]


def shape_flaw(schema: dict[str, Any]) -> str | None:
    """What is wrong with it, in a sentence that says where; None where nothing is."""
    for path, node in _nodes(schema, ()):
        flaw = _node_flaw(node, schema) if len(path) <= _DEEPEST else "schemas are nested too deeply"
        if flaw is not None:
            return f"In context={path!r}, {flaw}."
    return None


def _nodes(node: object, path: Path) -> Iterator[tuple[Path, object]]:
    """A schema and all within it, the outer ones first."""
    yield path, node
    if not isinstance(node, dict) or len(path) > _DEEPEST:
        return
    for keyword in ("properties", "$defs", "definitions"):
        inner = node.get(keyword)
        for name, child in inner.items() if isinstance(inner, dict) else ():
            yield from _nodes(child, (*path, keyword, name))
    for keyword in ("anyOf", "oneOf"):
        inner = node.get(keyword)
        for number, child in enumerate(inner if isinstance(inner, list) else ()):
            yield from _nodes(child, (*path, keyword, str(number)))
    if "items" in node:
        yield from _nodes(node["items"], (*path, "items"))


def _node_flaw(node: object, root: dict[str, Any]) -> str | None:
    if not isinstance(node, dict):
        return f"a schema must be an object, not {node!r}"
    for keyword, (is_right, wanted) in _KEYWORDS.items():
        if keyword in node and not is_right(node[keyword]):
            return f"'{keyword}' must be {wanted}"
    return None if _leads_somewhere(node, root) else f"reference {node['$ref']!r} leads nowhere"


def _leads_somewhere(node: dict[str, Any], root: dict[str, Any]) -> bool:
    """Follows the reference, and those that it leads to, to a schema that is none."""
    seen: set[str] = set()
    found: Any = node
    while isinstance(found, dict) and "$ref" in found:
        pointer = found["$ref"]
        if not isinstance(pointer, str) or pointer in seen or not pointer.startswith("#"):
            return False
        seen.add(pointer)
        found = root
        for step in pointer.removeprefix("#").split("/")[1:]:
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return isinstance(found, dict)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def _is_pattern(value: object) -> bool:
    try:
        re.compile(str(value))
    except re.error:
        return False
    return isinstance(value, str)


def _are_types(value: object) -> bool:
    named = value if isinstance(value, list) else [value]
    return bool(named) and all(isinstance(one, str) and one in _TYPES for one in named)


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_NUMBER = (_is_number, "a number")
_COUNT = (_is_count, f"a whole number, of {_MOST} at most")
_SCHEMAS = (lambda value: isinstance(value, dict), "an object")
_BRANCHES = (lambda value: isinstance(value, list) and bool(value), "an array that is not empty")
_KEYWORDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "type": (_are_types, "one of JSON's types, or an array of them"),
    "properties": _SCHEMAS,
    "$defs": _SCHEMAS,
    "definitions": _SCHEMAS,
    "anyOf": _BRANCHES,
    "oneOf": _BRANCHES,
    "enum": _BRANCHES,
    "required": (_are_names, "an array of names"),
    "pattern": (_is_pattern, "a regular expression"),
    "format": (lambda value: isinstance(value, str), "a name"),
    "multipleOf": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _COUNT),
}
