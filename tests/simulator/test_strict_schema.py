from typing import Any

import pytest

from app.simulator.strict_schema import MAX_LEVELS, MAX_PROPERTIES, StrictSchemaError, lint
from tests.tables import each_line

Schema = dict[str, Any]
TEXT = {"type": "string"}


def an_object(**properties: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def nested(levels: int) -> Schema:
    return an_object() if levels == 1 else an_object(inner=nested(levels - 1))


TREE = an_object(value=TEXT, children={"type": "array", "items": {"$ref": "#"}})

ACCEPTED = {
    "empty": an_object(),
    "nullable": an_object(a={"type": ["string", "null"]}, b={"anyOf": [TEXT, {"type": "null"}]}),
    "constants": an_object(a={"enum": ["x", "y"]}, b={"const": 1}),
    "described": an_object(a={"type": "number", "description": "A share.", "minimum": 0}) | {"title": "Answer"},
    "recursive": TREE,
    "definitions": an_object(a={"$ref": "#/$defs/A"}) | {"$defs": {"A": an_object(b=TEXT)}},
    "told apart by name": an_object(a={"anyOf": [an_object(x=TEXT), an_object(y=TEXT)]}),
    "told apart by constant": an_object(a={"anyOf": [an_object(k={"const": "x"}), an_object(k={"enum": ["y"]})]}),
    "as deep as allowed": nested(MAX_LEVELS),
}


@each_line("schema", ACCEPTED.values())
def test_strict_mode_takes(schema: Schema) -> None:
    """What the documentation calls supported passes."""
    lint(schema)


def deep_list(levels: int) -> Schema:
    return {"type": "array", "items": deep_list(levels - 1)} if levels else TEXT


REFUSED = {
    "root any of": ({"anyOf": [an_object()]}, "not an 'anyOf'"),
    "root array": ({"type": "array", "items": TEXT}, 'type: "object"'),
    "open object": ({"type": "object", "properties": {}}, "'additionalProperties'"),
    "optional property": (an_object(a=TEXT) | {"required": []}, "At odds: ['a']"),
    "unknown requirement": (an_object(a=TEXT) | {"required": ["a", "b"]}, "At odds: ['b']"),
    "requirement that is no list": (an_object(a=TEXT) | {"required": True}, "At odds: ['a']"),
    "properties that are no object": (an_object() | {"properties": []}, "'properties' must be an object"),
    "open object inside": (an_object(a={"type": "object"}), "('properties', 'a')"),
    "default": (an_object(a={"type": "string", "default": "x"}), "'default' is not permitted"),
    "one of": (an_object(a={"oneOf": [TEXT]}), "'oneOf' is not permitted"),
    "all of": (an_object(a={"allOf": [TEXT]}), "'allOf' is not permitted"),
    "not": (an_object(a={"not": TEXT}), "'not' is not permitted"),
    "untyped": (an_object(a={}), "must have a 'type' key"),
    "no schema": (an_object(a=True), "schema must be an object"),
    "array of anything": (an_object(a={"type": "array"}), "('properties', 'a', 'items')"),
    "keywords beside a reference": (
        an_object(a={"$ref": "#/$defs/A", "description": "x"}) | {"$defs": {"A": TEXT}},
        "$ref cannot have keywords ['description']",
    ),
    "reference to nothing": (an_object(a={"$ref": "#/$defs/A"}), "can only point into"),
    "reference to another file": (an_object(a={"$ref": "other.json"}), "can only point into"),
    "reference that is no text": (an_object(a={"$ref": 1}), "can only point into"),
    "definitions that are no object": (an_object() | {"$defs": []}, "'$defs' must be an object"),
    "flawed definition": (an_object() | {"$defs": {"A": {"type": "object"}}}, "('$defs', 'A')"),
    "any of nothing": (an_object(a={"anyOf": []}), "non-empty array"),
    "same first key": (an_object(a={"anyOf": [an_object(k=TEXT), an_object(k=TEXT, b=TEXT)]}), "identical first keys"),
    "same constant": (
        an_object(a={"anyOf": [an_object(k={"const": "x"}), an_object(k={"enum": ["x", "y"]})]}),
        "identical first keys",
    ),
    "same first key behind a reference": (
        an_object(a={"anyOf": [{"$ref": "#/$defs/A"}, an_object(k=TEXT)]}) | {"$defs": {"A": an_object(k=TEXT)}},
        "identical first keys",
    ),
    "flawed definition in an any of": (
        an_object(a={"anyOf": [{"$ref": "#/$defs/A"}, an_object(k={"const": "x"})]}) | {"$defs": {"A": an_object(k=0)}},
        "identical first keys",
    ),
    "too deep": (nested(MAX_LEVELS + 1), "levels of nesting"),
    "deep without objects": (an_object(a=deep_list(200)), "reasonable depth"),
    "too wide": (an_object(**{f"p{number}": TEXT for number in range(MAX_PROPERTIES + 1)}), "object properties"),
}


@each_line(("schema", "reason"), REFUSED.values())
def test_strict_mode_refuses(schema: Schema, reason: str) -> None:
    """What it refuses, it refuses with the place and the reason."""
    with pytest.raises(StrictSchemaError) as refused:
        lint(schema)
    assert reason in str(refused.value)
