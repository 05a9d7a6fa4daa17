"""The content of a message: a string, or a list of parts of which some end a prefix for the prompt cache."""

from collections.abc import Collection, Mapping

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from app.simulator.parameters import Strict
from app.simulator.prompt import Breakpoint, Content, Ttl

_MARK = "prompt_cache_breakpoint"


class _Mark(Strict):
    mode: str
    ttl: Ttl | None = None


_MARKS = TypeAdapter(_Mark)


def read_content(content: object, parts: Mapping[str, str], lifetimes: Collection[Ttl]) -> Content | None:
    """The text of a content, whose parts are joined; the simulator reads text only.

    Args:
        content: a string, a list of parts, or null.
        parts: the types of part that may stand here, each with the key of its text.
        lifetimes: those that a breakpoint may ask for; none where nobody may set a breakpoint here.

    Raises:
        PydanticCustomError: it is something else, or has a breakpoint that cannot be.
    """
    match content:
        case None | Content():
            return content
        case str():
            return Content(content)
        case list():
            return _joined(content, parts, lifetimes)
        case _:
            raise PydanticCustomError("invalid_type", "expected a string or a list of parts")


def _joined(content: list[object], parts: Mapping[str, str], lifetimes: Collection[Ttl]) -> Content:
    text, breakpoints = "", []
    for part in content:
        key = parts.get(str(part.get("type"))) if isinstance(part, dict) else None
        if not isinstance(part, dict) or key is None or not isinstance(part.get(key), str):
            message = "the simulator reads text content only, of type {types}"
            raise PydanticCustomError("invalid_value", message, {"types": " or ".join(parts)})
        text += part[key]
        if part.get(_MARK) is not None:
            breakpoints.append(Breakpoint(len(text), _lifetime(part[_MARK], lifetimes)))
    return Content(text, tuple(breakpoints))


def _lifetime(mark: object, lifetimes: Collection[Ttl]) -> Ttl | None:
    if not lifetimes:
        raise PydanticCustomError("invalid_value", "a part of this kind cannot have a 'prompt_cache_breakpoint'")
    try:
        read = _MARKS.validate_python(mark)
    except ValidationError:
        read = None
    if read is None or read.mode != "explicit" or (read.ttl is not None and read.ttl not in lifetimes):
        message = "a 'prompt_cache_breakpoint' has the mode 'explicit', and no ttl but {lifetimes}"
        raise PydanticCustomError("invalid_value", message, {"lifetimes": " or ".join(lifetimes)})
    return read.ttl
