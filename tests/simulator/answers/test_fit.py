"""Values that satisfy schemas, against jsonschema as the oracle."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.simulator.answers.fit import EndlessSchemaError, fill
from app.simulator.answers.schema_check import fits
from tests.tables import each_line

Pair = tuple[dict[str, Any], Any]

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-50, 50) | st.floats(-50, 50) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)


def _object_of(children: list[tuple[str, Pair]]) -> Pair:
    schemas = {name: schema for name, (schema, _) in children}
    schema = {"type": "object", "properties": schemas, "required": [*schemas], "additionalProperties": False}
    return schema, {name: value for name, (_, value) in children}


@st.composite
def _leaf(draw: st.DrawFn) -> Pair:
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean", "null", "enum", "const", "types"]))
    match kind:
        case "string":
            low, text, more = draw(st.integers(0, 12)), draw(st.text(max_size=6)), draw(st.integers(0, 6))
            return {"type": "string", "minLength": min(low, len(text)), "maxLength": len(text) + more}, text
        case "integer" | "number":
            low, high = sorted([draw(st.integers(-20, 20)), draw(st.integers(-20, 20))])
            words = draw(st.sampled_from([("minimum", "maximum"), ("minimum",), ("maximum",), ()]))
            bounds = {"minimum": low, "maximum": high}
            return {"type": kind} | {word: bounds[word] for word in words}, draw(st.integers(low, high))
        case "boolean":
            return {"type": "boolean"}, draw(st.booleans())
        case "null":
            return {"type": "null"}, None
        case "types":
            return {"type": ["string", "null"]}, draw(st.none() | st.text(max_size=5))
    value = draw(st.integers(-3, 3) | st.text(max_size=4))
    return ({"const": value}, value) if kind == "const" else ({"enum": ["first", 1, value]}, value)


def _nested(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    named = st.lists(st.tuples(st.sampled_from("abcde"), inner), max_size=4, unique_by=lambda child: child[0])
    listed = st.tuples(inner, st.integers(0, 3), st.integers(0, 2)).map(
        lambda drawn: (
            {"type": "array", "items": drawn[0][0], "minItems": drawn[1], "maxItems": drawn[1] + drawn[2]},
            [drawn[0][1]] * drawn[1],
        )
    )
    either = st.lists(inner, min_size=1, max_size=3).map(
        lambda pairs: ({"anyOf": [schema for schema, _ in pairs]}, pairs[-1][1])
    )
    return named.map(_object_of) | listed | either


PAIRS = st.recursive(_leaf(), _nested, max_leaves=12)


def _is_valid(schema: dict[str, Any], value: Any) -> bool:
    return bool(Draft202012Validator(schema).is_valid(value))


@given(PAIRS, _JSON)
def test_whatever_is_proposed_the_result_is_valid(pair: Pair, proposed: Any) -> None:
    """Filled, nothing proposed or anything, a schema is satisfied, and the same way every time."""
    schema, _ = pair
    for value in (None, proposed):
        filled = fill(schema, value)
        Draft202012Validator(schema).validate(filled)
        assert fill(schema, value) == filled


@given(PAIRS)
def test_a_valid_value_stays(pair: Pair) -> None:
    """What fits already is not touched."""
    schema, value = pair
    assert _is_valid(schema, value)
    assert fill(schema, value) is value


@given(PAIRS, _JSON)
def test_the_check_agrees_with_jsonschema(pair: Pair, value: Any) -> None:
    """Our small checker and the real one say the same of any value."""
    schema, valid = pair
    assert fits(schema, value, schema) == _is_valid(schema, value)
    assert fits(schema, valid, schema)


_TREE = {
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/node"}},
    "required": ["root"],
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                "leaves": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["name", "next", "leaves"],
            "additionalProperties": False,
        }
    },
}
_KINDS = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"kind": {"type": "string", "const": kind}, name: {"type": "integer", "minimum": 2}},
            "required": ["kind", name],
            "additionalProperties": False,
        }
        for kind, name in (("line", "period"), ("number", "value"))
    ]
}


@each_line(
    ("schema", "value", "expected"),
    [
        ({"type": "string"}, None, "simulated"),
        ({"type": "string", "minLength": 12}, None, "simulated simulated"),
        ({"type": "string", "maxLength": 3}, None, "sim"),
        ({"type": "string", "format": "date"}, None, "2000-01-01"),
        ({"type": "string", "pattern": "^s"}, None, "simulated"),
        ({"type": "string", "maxLength": 3}, "abcdef", "abc"),
        ({"enum": ["a", "b"]}, "c", "a"),
        ({"type": "integer", "enum": ["a", 2]}, None, 2),
        ({"const": 7}, None, 7),
        ({"enum": [{"a": [1, 2]}, True]}, {"a": [1, 2]}, {"a": [1, 2]}),
        ({"enum": [[1], True]}, 1, [1]),
        ({"type": "integer", "minimum": 2, "maximum": 400}, 900, 400),
        ({"type": "integer", "minimum": 2}, 1.4, 2),
        ({"type": "integer", "minimum": 3, "multipleOf": 5}, None, 5),
        ({"type": "integer", "minimum": 3, "maximum": 9, "multipleOf": 5}, 8, 5),
        ({"type": "integer", "exclusiveMinimum": 2, "exclusiveMaximum": 9}, 12, 8),
        ({"type": "integer", "exclusiveMinimum": 2}, None, 3),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, None, 0.5),
        ({"type": "number", "exclusiveMinimum": 0}, -3, 1),
        ({"type": "number", "exclusiveMaximum": 0}, None, -1),
        ({"type": "number", "minimum": 0.3, "multipleOf": 0.25}, None, 0.5),
        ({"type": "number", "minimum": 1.5}, None, 1.5),
        ({"type": "number"}, None, 0),
        ({"type": ["string", "null"]}, 5, None),
        ({"type": ["null", "integer"]}, 2.6, 3),
        ({"type": "boolean"}, 1, False),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, ["x", 3], [0, 3]),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 1}, [4, 5], [4]),
        ({"type": "array", "minItems": 1}, None, [None]),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": "x", "b": 1}, {"a": 0}),
        ({"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {}, {"a": 0}),
        (_KINDS, {"kind": "number", "value": 1}, {"kind": "number", "value": 2}),
        (_KINDS, {"value": 1}, {"kind": "number", "value": 2}),
        (_TREE, None, {"root": {"name": "simulated", "next": None, "leaves": []}}),
        (
            _TREE,
            {"root": {"name": "a", "next": {"name": "b"}, "leaves": [{}], "more": 1}},
            {
                "root": {
                    "name": "a",
                    "next": {"name": "b", "next": None, "leaves": []},
                    "leaves": [{"name": "simulated", "next": None, "leaves": []}],
                }
            },
        ),
    ],
)
def test_gaps_are_filled_by_rule(schema: dict[str, Any], value: Any, expected: Any) -> None:
    """What fits is kept; the rest is the first, smallest or shortest value."""
    assert fill(schema, value) == expected
    Draft202012Validator(schema).validate(expected)


def test_a_branch_without_an_end_is_not_taken() -> None:
    """The guard against recursion looks for another branch before it gives up."""
    node = {"type": "object", "properties": {"child": {"$ref": "#/$defs/node"}}, "required": ["child"]}
    schema = {"$ref": "#/$defs/node", "$defs": {"node": {"anyOf": [node, {"type": "string"}]}}}
    filled = fill(schema)
    Draft202012Validator(schema).validate(filled)


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "object", "properties": {"child": {"$ref": "#/$defs/node"}}, "required": ["child"]},
        {"anyOf": []},
    ],
)
def test_a_schema_that_no_value_satisfies_is_an_error(definition: dict[str, Any]) -> None:
    with pytest.raises(EndlessSchemaError):
        fill({"$ref": "#/$defs/node", "$defs": {"node": definition}})


def test_a_reference_to_itself_is_an_error() -> None:
    schema = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}
    with pytest.raises(ValueError, match="refers to itself"):
        fill(schema)
