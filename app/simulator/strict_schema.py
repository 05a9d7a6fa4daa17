"""The subset of JSON schema that OpenAI's strict mode takes.

https://platform.openai.com/docs/guides/structured-outputs#supported-schemas: the root is an object, every object
lists all its properties as required and allows no other, composition is by anyOf alone.
"""

from itertools import combinations
from typing import Any

MAX_PROPERTIES = 5_000
MAX_LEVELS = 10
"""Of objects within objects."""
_MAX_STEPS = 100
"""Of a path within a schema, so that no schema exhausts the stack."""

_REFUSED_KEYWORDS = frozenset(
    {
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "dependentRequired",
        "dependentSchemas",
        "default",
        "patternProperties",
        "unevaluatedProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
        "unevaluatedItems",
        "contains",
        "minContains",
        "maxContains",
        "uniqueItems",
    }
)
_SAYS_WHAT_IT_IS = frozenset({"type", "anyOf", "$ref", "enum", "const"})

Schema = dict[str, Any]
Path = tuple[str, ...]


class StrictSchemaError(ValueError):
    """A schema that strict mode refuses; the message says where and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"In context={path!r}, {reason}")


def lint(schema: Schema) -> None:
    """Checks a schema as strict mode would.

    Raises:
        StrictSchemaError: at the first violation.
    """
    if "anyOf" in schema or schema.get("type") != "object":
        raise StrictSchemaError((), "schema must be a JSON schema of 'type: \"object\"', and not an 'anyOf'.")
    _Linter(schema).run()


class _Linter:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._properties = 0

    def run(self) -> None:
        self._node(self._root, (), 0)
        for keyword in ("$defs", "definitions"):
            for name, definition in _mapping(self._root, keyword, ()).items():
                self._node(definition, (keyword, name), 0)

    def _node(self, node: object, path: Path, level: int) -> None:
        if not isinstance(node, dict) or len(path) > _MAX_STEPS:
            raise StrictSchemaError(path[:_MAX_STEPS], "schema must be an object, within reasonable depth.")
        refused = sorted(_REFUSED_KEYWORDS & node.keys())
        if refused:
            raise StrictSchemaError(path, f"'{refused[0]}' is not permitted.")
        if not _SAYS_WHAT_IT_IS & node.keys():
            raise StrictSchemaError(path, "schema must have a 'type' key.")
        if "$ref" in node:
            self._reference(node, path)
        if "anyOf" in node:
            self._any_of(node["anyOf"], (*path, "anyOf"), level)
        types = node.get("type")
        types = types if isinstance(types, list) else [types]
        if "object" in types:
            self._object(node, path, level + 1)
        if "array" in types:
            self._node(node.get("items"), (*path, "items"), level)

    def _object(self, node: Schema, path: Path, level: int) -> None:
        properties = _mapping(node, "properties", path)
        if node.get("additionalProperties") is not False:
            raise StrictSchemaError(path, "'additionalProperties' is required to be supplied and to be false.")
        required = node.get("required", [])
        if not isinstance(required, list) or sorted(map(str, required)) != sorted(properties):
            odd = sorted(set(properties) ^ set(map(str, required if isinstance(required, list) else ())))
            message = f"'required' is required to be an array of every key in properties, once. At odds: {odd}."
            raise StrictSchemaError(path, message)
        self._properties += len(properties)
        if self._properties > MAX_PROPERTIES:
            raise StrictSchemaError(path, f"schema exceeds {MAX_PROPERTIES} object properties.")
        if level > MAX_LEVELS:
            raise StrictSchemaError(path, f"schema exceeds {MAX_LEVELS} levels of nesting.")
        for name, child in properties.items():
            self._node(child, (*path, "properties", name), level)

    def _reference(self, node: Schema, path: Path) -> None:
        beside = sorted(node.keys() - {"$ref", "$defs", "definitions"})
        if beside:
            raise StrictSchemaError(path, f"$ref cannot have keywords {beside}.")
        if self._resolved(node) is None:
            raise StrictSchemaError(path, f"reference {node['$ref']!r} can only point into '#/$defs/'.")

    def _resolved(self, node: Schema) -> Schema | None:
        reference = node.get("$ref")
        if reference is None:
            return node
        if reference == "#":
            return self._root
        for keyword in ("$defs", "definitions"):
            prefix = f"#/{keyword}/"
            if isinstance(reference, str) and reference.startswith(prefix):
                definition = _mapping(self._root, keyword, ()).get(reference.removeprefix(prefix))
                return definition if isinstance(definition, dict) else None
        return None

    def _any_of(self, branches: object, path: Path, level: int) -> None:
        if not isinstance(branches, list) or not branches:
            raise StrictSchemaError(path, "'anyOf' must be a non-empty array.")
        for number, branch in enumerate(branches):
            self._node(branch, (*path, str(number)), level)
        resolved = [self._resolved(branch) for branch in branches]
        objects = [target for target in resolved if target and target.get("properties")]
        for one, other in combinations(objects, 2):
            if not _told_apart(one["properties"], other["properties"]):
                message = "Objects provided via 'anyOf' must not share identical first keys. Add a discriminator key."
                raise StrictSchemaError(path, message)


def _mapping(node: Schema, keyword: str, path: Path) -> Schema:
    value = node.get(keyword, {})
    if not isinstance(value, dict):
        raise StrictSchemaError(path, f"'{keyword}' must be an object.")
    return value


def _told_apart(one: Schema, other: Schema) -> bool:
    """Whether the first key alone says which of two objects is being written: by its name or by its constant."""
    first, second = next(iter(one)), next(iter(other))
    if first != second:
        return True
    values, others = _constants(one[first]), _constants(other[second])
    return bool(values) and bool(others) and not values & others


def _constants(schema: object) -> set[str]:
    """The values that a schema fixes, in comparable form; none where it fixes none."""
    if not isinstance(schema, dict):
        return set()
    constants = [schema["const"]] if "const" in schema else schema.get("enum")
    return {repr(constant) for constant in constants} if isinstance(constants, list) else set()
