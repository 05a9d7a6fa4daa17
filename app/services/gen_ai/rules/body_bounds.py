"""What a body that nobody of us shaped can use at most: nothing in it is believed before it is read.

What has no bound, or no rate in the catalogue, is refused with a sentence.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import orjson

from app.errors import InputError
from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.worst_case import longest_prompt
from app.vocabulary import Wire

_MOST_CHOICES = 128
"""OpenAI's own limit of `n`."""
_ELSEWHERE = ("previous_response_id", "conversation", "prompt")
"""Of Responses: where the prompt, or a part of it, is not in the body."""
_WITHOUT_RATE = {
    "audio": "audio has rates of its own, which the catalogue does not have",
    "web_search_options": "searches are billed by the call, which the catalogue has no price for",
}
_PARTS_WITHOUT_BYTES = frozenset(
    {"image_url", "input_image", "file", "input_file", "input_audio", "item_reference", "file_id"}
)
"""What such a part brings into the prompt is not in its bytes: an image is counted by its pixels, a file elsewhere."""
_FUNCTION_TOOLS = frozenset({"function", "custom"})
_DEEPEST = 64


class RefusedRequestError(InputError):
    """`fields` has `param`: which part of the body is at fault, None where it is the whole."""

    status = 400
    code = "request_not_metered"
    title = "The request cannot be metered"


def refuse(sentence: str, param: str | None = None) -> NoReturn:
    """Raises RefusedRequestError."""
    raise RefusedRequestError(sentence, param=param)


def most_tokens(body: Mapping[str, Any], record: ModelRecord, wire: Wire) -> tuple[int, int]:
    """The most tokens of the prompt, and of the output of all choices together.

    Raises:
        RefusedRequestError: one of them has no bound, or no rate.
    """
    output = _output_limit(body, record, wire)
    # A token has a byte at least, and what frames a message takes more bytes in JSON than tokens.
    size = longest_prompt(record) if _has_more_than_bytes(body) else len(orjson.dumps(body))
    return min(size, longest_prompt(record)), output


def _output_limit(body: Mapping[str, Any], record: ModelRecord, wire: Wire) -> int:
    """The most output tokens of all choices together."""
    if wire is Wire.EMBEDDINGS:
        return 0
    _refuse_what_has_no_bound(body)
    names = ("max_output_tokens",) if wire is Wire.RESPONSES else ("max_completion_tokens", "max_tokens")
    limits = [limit for name in names if (limit := _count(body, name)) is not None]
    limit = max(limits, default=record.max_output_tokens)
    choices = 1 if wire is Wire.RESPONSES else _count(body, "n", most=_MOST_CHOICES) or 1
    # Tokens of a prediction that were not used are billed as output, beside the limit.
    prediction = len(orjson.dumps(body["prediction"])) if body.get("prediction") is not None else 0
    return limit * choices + prediction


def _count(body: Mapping[str, Any], name: str, *, most: int | None = None) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1 or (most is not None and value > most):
        refuse(f"{name} must be a whole number from 1{'' if most is None else f' to {most}'}, not {value!r:.40}", name)
    return value


def read_flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value not in (None, True, False):
        refuse(f"{name} must be true or false", name)
    return value is True


def _refuse_what_has_no_bound(body: Mapping[str, Any]) -> None:
    for name, why in _WITHOUT_RATE.items():
        if body.get(name) is not None:
            refuse(f"{name} cannot be metered: {why}", name)
    if body.get("modalities") not in (None, ["text"]):
        refuse("modalities other than text cannot be metered: they have rates of their own", "modalities")
    if body.get("background") not in (None, False):
        refuse("background cannot be metered: the answer comes before it is billed; leave it out", "background")
    options = body.get("prompt_cache_options")
    if isinstance(options, dict) and options.get("ttl") not in (None, "30m"):
        refuse("prompt_cache_options.ttl other than 30m has a rate that the catalogue does not have", "ttl")
    tools = body.get("tools")
    if tools is not None and not isinstance(tools, list):
        refuse("tools must be a list", "tools")
    for tool in tools or ():
        kind = tool.get("type") if isinstance(tool, dict) else None
        if kind not in _FUNCTION_TOOLS:
            refuse(f"a tool of type {kind!r:.40} is billed by its calls, which nothing bounds; functions only", "tools")


def _has_more_than_bytes(body: Mapping[str, Any]) -> bool:
    """Whether more goes into the prompt than stands in the body."""
    if any(body.get(name) is not None for name in _ELSEWHERE):
        return True
    return any(part in _PARTS_WITHOUT_BYTES for part in _types(body.get("messages"))) or any(
        part in _PARTS_WITHOUT_BYTES for part in _types(body.get("input"))
    )


def _types(node: object, depth: int = 0) -> Iterator[str]:
    """Every `type` within messages or items."""
    if depth > _DEEPEST:
        refuse(f"The body is nested more than {_DEEPEST} deep")
    if isinstance(node, list):
        for item in node:
            yield from _types(item, depth + 1)
    elif isinstance(node, dict):
        kind = node.get("type")
        if isinstance(kind, str):
            yield kind
        for value in node.values():
            if isinstance(value, list | dict):
                yield from _types(value, depth + 1)
