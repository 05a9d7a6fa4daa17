"""Reads the YAML files that hold catalogue and policies; a broken one says where it is broken and what was expected."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from app.errors import ConfigurationError, own_words

FileT = TypeVar("FileT", bound=BaseModel)
ValueT = TypeVar("ValueT")


_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_NUMBERS = (
    (_INT, re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$")),
    (
        _FLOAT,
        re.compile(
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
    ),
)
"""Those of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#1032-tag-resolution), as people read them. In YAML 1.1,
which is what the library knows, 010 is eight and 1:30 is ninety.
"""
_FIRST = frozenset("-+.0123456789")


class _Loader(yaml.CSafeLoader):  # libyaml parses ten times as fast
    """Also refuses a key that stands twice, and says where a date is that does not exist."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:  # noqa: ANN401
        return _placed(super().construct_yaml_timestamp, node, node)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        return _placed(_integer, node.value, node)

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        return _placed(_float, node.value, node)


def _placed(construct: Callable[[Any], ValueT], given: object, node: yaml.ScalarNode) -> ValueT:
    """A value; where it cannot be made, the error says in which line."""
    try:
        return construct(given)
    except ValueError as error:
        raise yaml.constructor.ConstructorError(None, None, f"{node.value}: {error}", node.start_mark) from error


def _integer(text: str) -> int:
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _float(text: str) -> float:
    special = text.lower().lstrip("+-")
    return float(text.replace(".", "", 1) if special in {".inf", ".nan"} else text)


_Loader.yaml_implicit_resolvers = {
    first: [*(each for each in known if each[0] not in {_INT, _FLOAT}), *(_NUMBERS if first in _FIRST else ())]
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _construct in (
    ("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp),
    (_INT, _Loader.construct_yaml_int),
    (_FLOAT, _Loader.construct_yaml_float),
):
    _Loader.add_constructor(_tag, _construct)


def read_data_file(path: Path, shape: type[FileT]) -> FileT:
    """The content of a YAML file in a pydantic shape.

    Raises:
        ConfigurationError: naming the file, the line, the key, and what was expected there.
    """
    try:
        text = path.read_text(encoding="utf-8")
        loader = _Loader(text)
        root = loader.get_single_node()
        content = None if root is None else loader.construct_document(root)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; give the path of a readable YAML file") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}, line {line}: not valid YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(f"{path}, line {line}: not valid YAML: {error.reason}") from error
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError("\n".join(_complaints(path, root, error))) from error


def _complaints(path: Path, root: yaml.Node | None, error: ValidationError) -> list[str]:
    return [
        f"{path}, line {_line(root, details['loc'])}, {_key(details['loc'])}: {own_words(details['msg'])}"
        f"{_found(details['input'])}"
        for details in error.errors(include_url=False)
    ]


def _found(value: Any) -> str:  # noqa: ANN401  whatever YAML gave
    return f" (found: {value!r})" if isinstance(value, str | int | float | bool) else ""


def _key(location: tuple[int | str, ...]) -> str:
    key = ""
    for step in location:
        key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else step
    return key or "the whole file"


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line of the deepest node on the way to a location: a missing key is shown where it should have stood."""
    for step in location:
        child = _child(node, step)
        if child is None:
            break
        node = child
    return node.start_mark.line + 1 if node is not None else 1


def _child(node: yaml.Node | None, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]  # type: ignore[no-any-return]  # the stubs leave a node's value untyped
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    return None
