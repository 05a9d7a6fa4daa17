"""Reads the YAML files that hold catalogue and policies; a broken one says where it is broken and what was expected."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from app.errors import ConfigurationError

FileT = TypeVar("FileT", bound=BaseModel)


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
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(None, None, f"{node.value}: {error}", node.start_mark) from error


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


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
        f"{path}, line {_line(root, details['loc'])}, {_key(details['loc'])}: {details['msg']}"
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
