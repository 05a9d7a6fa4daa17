from typing import Any

from app.simulator.schema_shape import shape_flaw
from tests.tables import each_line

LOOP = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
DEEP: dict[str, Any] = {}
for _ in range(60):
    DEEP = {"items": DEEP}

NO_SCHEMAS: list[tuple[dict[str, Any], str]] = [
    ({"type": "thing"}, "In context=(), 'type' must be one of JSON's types"),
    ({"type": []}, "'type' must be"),
    ({"type": {}}, "'type' must be"),
    ({"properties": []}, "'properties' must be an object"),
    ({"properties": {"a": 7}}, "In context=('properties', 'a'), a schema must be an object, not 7"),
    ({"items": True}, "In context=('items',), a schema must be an object"),
    ({"anyOf": []}, "'anyOf' must be an array that is not empty"),
    ({"anyOf": [{"enum": []}]}, "In context=('anyOf', '0'), 'enum' must be"),
    ({"required": ["a", 1]}, "'required' must be an array of names"),
    ({"pattern": "("}, "'pattern' must be a regular expression"),
    ({"multipleOf": 0}, "'multipleOf' must be a number above 0"),
    ({"minimum": True}, "'minimum' must be a number"),
    ({"minItems": 10**9}, "'minItems' must be a whole number"),
    ({"$ref": "#/$defs/none"}, "reference '#/$defs/none' leads nowhere"),
    ({"$ref": 7}, "reference 7 leads nowhere"),
    ({"$ref": "other.json"}, "leads nowhere"),
    ({"$ref": "#"}, "leads nowhere"),
    (LOOP, "In context=('$defs', 'a'), reference '#/$defs/b' leads nowhere"),
    (DEEP, "nested too deeply"),
]


@each_line(("schema", "flaw"), NO_SCHEMAS)
def test_what_is_no_schema(schema: dict[str, Any], flaw: str) -> None:
    """The sentence says where and why."""
    assert flaw in str(shape_flaw(schema))


@each_line(
    "schema",
    [
        {},
        {"type": ["string", "null"], "minLength": 1, "x-own": object()},
        {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": []},
        {"$defs": {"a": {"$ref": "#/$defs/b~1c"}, "b/c": {"enum": [1]}}, "items": {"$ref": "#/$defs/a"}},
    ],
)
def test_what_is_one(schema: dict[str, Any]) -> None:
    assert shape_flaw(schema) is None
