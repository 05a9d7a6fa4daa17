"""JSON schemas in the subset that OpenAI's strict mode takes.

Rules (https://developers.openai.com/api/docs/guides/structured-outputs): every object is closed and all its
properties are required; no `oneOf`, no defaults; lengths of strings are not supported, so pydantic checks them later.
"""

from functools import cache
from typing import Any

from pydantic import BaseModel

_DROPPED = frozenset({"title", "default", "discriminator", "minLength", "maxLength"})
_REFUSED = frozenset({"allOf", "not", "if", "then", "else", "patternProperties", "prefixItems", "uniqueItems"})


class LooseSchemaError(TypeError):
    """An answer type that strict mode cannot express; a mistake in the code, found by the tests."""


@cache
def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The strict JSON schema of an answer type.

    Raises:
        LooseSchemaError: the type has an open object (such as `dict[str, float]`) or a keyword unknown to strict mode.
    """
    whole = answer.model_json_schema()
    schema: dict[str, Any] = _strict(_inlined(whole, whole.get("$defs", {})), answer.__name__)
    if schema.get("type") != "object":
        raise LooseSchemaError(f"{answer.__name__}: the root must be an object")
    definitions = schema.pop("$defs", {})
    used = _named(schema, definitions)
    return schema | {"$defs": {name: definitions[name] for name in definitions if name in used}} if used else schema


def _named(schema: dict[str, Any], definitions: dict[str, Any]) -> set[str]:
    """The definitions that are referred to, also by each other; every other one is paid for in vain."""
    found: set[str] = set()
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and (name := reference.removeprefix("#/$defs/")) not in found:
                found.add(name)
                waiting.append(definitions[name])
            waiting += node.values()
    return found


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401  any JSON value
    """A reference with other keywords beside it is refused by strict mode: what it names takes its place."""
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node and node.keys() - _DROPPED > {"$ref"} and isinstance(node["$ref"], str):
        node = definitions[node["$ref"].removeprefix("#/$defs/")] | {k: v for k, v in node.items() if k != "$ref"}
    return {key: _inlined(value, definitions) for key, value in node.items()}


def _strict(node: Any, where: str) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(node, list):
        return [_strict(item, where) for item in node]
    if not isinstance(node, dict):
        return node
    refused = _REFUSED & node.keys()
    if refused:
        raise LooseSchemaError(f"{where}: strict mode does not know {', '.join(sorted(refused))}")
    result = {
        _renamed(key): {name: _strict(child, f"{where}.{name}") for name, child in value.items()}
        if key in {"properties", "$defs"}
        else _strict(value, where)
        for key, value in node.items()
        if key not in _DROPPED
    }
    if not result.keys() & {"type", "anyOf", "$ref", "enum", "const"}:
        raise LooseSchemaError(f"{where}: a value without a type")
    return _closed(result, where) if node.get("type") == "object" else result


def _renamed(key: str) -> str:
    return "anyOf" if key == "oneOf" else key


def _closed(node: dict[str, Any], where: str) -> dict[str, Any]:
    if "properties" not in node or node.get("additionalProperties") not in (None, False):
        raise LooseSchemaError(f"{where}: an open object; name its fields or use a list of name and value")
    return node | {"additionalProperties": False, "required": list(node["properties"])}
