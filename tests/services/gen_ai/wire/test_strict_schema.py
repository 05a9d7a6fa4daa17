from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel

from app.services.gen_ai.wire.strict_schema import LooseSchemaError, strict_schema
from tests.tables import each_line


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: Annotated[float, Field(gt=0)]


class Square(BaseModel):
    kind: Literal["square"]
    side: Annotated[float, Field(gt=0)] = 1.0


class Drawing(BaseModel):
    """A drawing."""

    name: Annotated[str, Field(min_length=1, max_length=40, pattern="^[a-z]+$")]
    colour: Colour = Colour.RED
    note: str | None = None
    shapes: Annotated[list[Annotated[Circle | Square, Field(discriminator="kind")]], Field(min_length=1)]


class Awkward(BaseModel):
    """Properties that are called like keywords."""

    title: str
    default: str = "x"
    minLength: int  # noqa: N815  a keyword of JSON schema on purpose
    properties: list[str]
    required: bool
    type: Literal["object"]
    discriminator: str
    oneOf: str  # noqa: N815  a keyword of JSON schema on purpose


class Nested(BaseModel):
    inner: Awkward


class Described(BaseModel):
    first: Annotated[Circle, Field(description="the outer one")]
    second: Circle


class Tree(BaseModel):
    name: str
    branches: list["Tree"]


ACCEPTED: list[type[BaseModel]] = [Drawing, Awkward, Nested, Described, Tree]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema; names of properties and definitions are not taken for keywords."""
    if isinstance(node, list):
        for item in node:
            yield from nodes(item)
    elif isinstance(node, dict):
        yield node
        for key, value in node.items():
            yield from nodes(list(value.values()) if key in {"properties", "$defs"} else value)


def parts(answer: type[BaseModel]) -> list[dict[str, Any]]:
    return list(nodes(strict_schema(answer)))


@pytest.mark.parametrize("answer", ACCEPTED)
def test_every_object_is_closed_and_all_its_properties_are_required(answer: type[BaseModel]) -> None:
    """Strict mode knows no optional properties; what has a default is asked for all the same."""
    objects = [part for part in parts(answer) if part.get("type") == "object"]
    assert objects
    for part in objects:
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])


@pytest.mark.parametrize("answer", ACCEPTED)
def test_no_keyword_is_left_that_strict_mode_does_not_know(answer: type[BaseModel]) -> None:
    """The supported keywords, from OpenAI's guide to structured outputs."""
    supported = {
        *("type", "description", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const"),
        *("$ref", "$defs", "pattern", "format", "multipleOf", "minItems", "maxItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    }
    for part in parts(answer):
        assert part.keys() <= supported


@pytest.mark.parametrize("answer", ACCEPTED)
def test_the_result_is_a_json_schema(answer: type[BaseModel]) -> None:
    """Checked against the meta-schema."""
    jsonschema.Draft202012Validator.check_schema(strict_schema(answer))


@pytest.mark.parametrize("answer", ACCEPTED)
def test_a_reference_stands_alone(answer: type[BaseModel]) -> None:
    """OpenAI refuses `$ref` beside other keywords (the SDK's own strict schema inlines such a reference too)."""
    for part in parts(answer):
        assert "$ref" not in part or part.keys() == {"$ref"}


@pytest.mark.parametrize("answer", ACCEPTED)
def test_the_root_is_an_object(answer: type[BaseModel]) -> None:
    """Also for a type that contains itself, which pydantic describes by a reference."""
    assert strict_schema(answer).get("type") == "object"


def test_a_property_may_be_called_like_a_keyword() -> None:
    """What is dropped is the keyword, never the property of that name; at every depth."""
    for schema in (strict_schema(Awkward), strict_schema(Nested)["$defs"]["Awkward"]):
        assert list(schema["properties"]) == list(Awkward.model_fields)
        assert schema["required"] == list(Awkward.model_fields)
        assert schema["properties"]["title"] == {"type": "string"}
        assert schema["properties"]["default"] == {"type": "string"}
        assert schema["properties"]["oneOf"] == {"type": "string"}
    assert "title" not in strict_schema(Awkward)


def test_constraints_that_strict_mode_knows_are_kept() -> None:
    """Numbers and lists keep their limits, strings their pattern; the lengths of strings go (pydantic checks them)."""
    schema = strict_schema(Drawing)
    assert schema["properties"]["name"] == {"type": "string", "pattern": "^[a-z]+$"}
    assert schema["properties"]["shapes"]["minItems"] == 1
    assert schema["$defs"]["Circle"]["properties"]["radius"] == {"type": "number", "exclusiveMinimum": 0}
    assert schema["$defs"]["Colour"]["enum"] == ["red", "blue"]
    assert schema["description"] == "A drawing."


def test_a_tagged_union_becomes_any_of() -> None:
    """`oneOf` with a discriminator is not known to strict mode; the constant kind tells the variants apart."""
    items = strict_schema(Drawing)["properties"]["shapes"]["items"]
    assert items == {"anyOf": [{"$ref": "#/$defs/Circle"}, {"$ref": "#/$defs/Square"}]}


def test_an_answer_that_fits_the_schema_fits_the_type() -> None:
    """The schema takes what the type takes, null included, and refuses a property too many or too few."""
    shapes = [{"kind": "circle", "radius": 1.5}, {"kind": "square", "side": 2}]
    good = {"name": "sun", "colour": "blue", "note": None, "shapes": shapes}
    check = jsonschema.Draft202012Validator(strict_schema(Drawing))
    assert check.is_valid(good)
    assert Drawing.model_validate(good).shapes[0] == Circle(kind="circle", radius=1.5)
    assert not check.is_valid(good | {"more": 1})
    assert not check.is_valid({key: value for key, value in good.items() if key != "note"})


class OpenDict(BaseModel):
    weights: dict[str, float]


class AnyDict(BaseModel):
    anything: dict[str, Any]


class DeepDict(BaseModel):
    deep: list[OpenDict]


class LiteralKeys(BaseModel):
    sides: dict[Literal["left", "right"], int]


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


class Pair(BaseModel):
    pair: tuple[int, int]


class Unique(BaseModel):
    names: set[str]


class Anything(BaseModel):
    value: Any


class AnyList(BaseModel):
    values: list[Any]


class Listed(RootModel[list[int]]):
    pass


class Either(RootModel[Circle | Square]):
    pass


LOOSE: list[type[BaseModel]] = [OpenDict, AnyDict, DeepDict, LiteralKeys, Extra, Pair, Unique, Anything, AnyList]


@each_line("answer", [*LOOSE, Listed, Either])
def test_what_strict_mode_cannot_express_is_refused(answer: type[BaseModel]) -> None:
    """Open objects, fixed tuples, sets, values without a type, and a root that is no object: a 400 at OpenAI."""
    with pytest.raises(LooseSchemaError):
        strict_schema(answer)


def test_a_refusal_names_the_place() -> None:
    """So that the author of the type finds the field."""
    with pytest.raises(LooseSchemaError, match=r"^OpenDict\.weights: an open object"):
        strict_schema(OpenDict)
    with pytest.raises(LooseSchemaError, match=r"^Unique\.names: strict mode does not know uniqueItems"):
        strict_schema(Unique)


def test_a_schema_is_made_once() -> None:
    """Making one takes a while; the second time it is the same object."""
    assert strict_schema(Drawing) is strict_schema(Drawing)
