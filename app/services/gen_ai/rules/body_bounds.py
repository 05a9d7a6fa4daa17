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
_ELSEWHERE = ("previous_response_id", "conversation")
"""Of Responses: where the prompt, or a part of it, is not in the body."""
_WITHOUT_RATE = {
    "prompt": "a stored prompt may bring tools that are billed by the call",
    "audio": "audio has rates of its own, which the catalogue does not have",
    "context_management": "what the server rewrites of the prompt is billed, and nothing bounds it",
    "multi_agent": "it may begin any number of agents, each with tokens of its own",
    "web_search_options": "searches are billed by the call, which the catalogue has no price for",
}
_WITHIN_ITS_BYTES = frozenset(
    {"message", "text", "input_text", "output_text", "refusal", "function", "function_call", "function_call_output"}
    | {"custom", "custom_tool_call", "custom_tool_call_output"}
)
"""What such a part brings into the prompt stands in it. Anything else may point to more: an image is counted by its
pixels, a file, an item or what was thought before lies elsewhere, and nobody knows what the next kind will be."""
_FUNCTION_TOOLS = frozenset({"function", "custom"})
_DEEPEST = 64
_MOST_OUTPUT = 10_000_000
"""Tokens of one answer: beyond all models, and for every `n` and price within what a ledger can reserve."""


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
    try:
        size = len(orjson.dumps(body))
    except TypeError:  # it can read deeper than it can write
        refuse("The body is nested too deep")
    output = _output_limit(body, record, wire)
    # A token has a byte at least, and what frames a message takes more bytes in JSON than tokens.
    return longest_prompt(record) if _has_more_than_bytes(body) else min(size, longest_prompt(record)), output


def _output_limit(body: Mapping[str, Any], record: ModelRecord, wire: Wire) -> int:
    """The most output tokens of all choices together."""
    if wire is Wire.EMBEDDINGS:
        return 0
    _refuse_what_has_no_bound(body, record)
    names = ("max_output_tokens",) if wire is Wire.RESPONSES else ("max_completion_tokens", "max_tokens")
    limits = [limit for name in names if (limit := _count(body, name, most=_MOST_OUTPUT)) is not None]
    limit = max(limits, default=record.max_output_tokens)
    choices = 1 if wire is Wire.RESPONSES else _count(body, "n", most=_MOST_CHOICES) or 1
    # Tokens of a prediction that were not used are billed as output, beside the limit.
    prediction = len(orjson.dumps(body["prediction"])) if body.get("prediction") is not None else 0
    return limit * choices + prediction


def _count(body: Mapping[str, Any], name: str, *, most: int) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        refuse(f"{name} must be a whole number from 1 to {most}, not {value!r:.40}", name)
    return value


def read_flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):  # 1 is no true: who knows how the other side reads it
        refuse(f"{name} must be true or false", name)
    return value is True


def writes_for_12h(body: Mapping[str, Any]) -> bool:
    """Whether it asks to keep what it writes into a cache for twelve hours, which has a rate of its own."""
    return "12h" in _cache_ttls(body)


def _cache_ttls(body: Mapping[str, Any]) -> list[object]:
    """Of the request, and of each breakpoint within it: the SDK's types allow one there too."""
    nodes = (node for name in ("messages", "input") for node in _objects(body.get(name)))
    options = (body.get("prompt_cache_options"), *(node.get("prompt_cache_breakpoint") for node in nodes))
    return [option["ttl"] for option in options if isinstance(option, dict) and option.get("ttl") is not None]


def _refuse_what_has_no_bound(body: Mapping[str, Any], record: ModelRecord) -> None:
    for name, why in _WITHOUT_RATE.items():
        if body.get(name) is not None:
            refuse(f"{name} cannot be metered: {why}", name)
    if body.get("modalities") not in (None, ["text"]):
        refuse("modalities other than text cannot be metered: they have rates of their own", "modalities")
    if read_flag(body, "background"):
        refuse("background cannot be metered: the answer comes before it is billed; leave it out", "background")
    reasoning = body.get("reasoning")
    if isinstance(reasoning, dict) and reasoning.get("mode") not in (None, "standard"):
        refuse("reasoning.mode other than standard cannot be metered: no source says what bounds it", "reasoning")
    has_12h = any(period.standard.cache_write_12h is not None for period in record.prices)
    for ttl in _cache_ttls(body):
        if ttl != "30m" and not (ttl == "12h" and has_12h):
            refuse(f"The ttl {ttl!r:.40} has a rate that the catalogue does not have for {record.model_id}", "ttl")
    _check_tools(body.get("tools"))
    for node in _objects(body.get("input")):
        _check_tools(node.get("tools"))  # an item may bring more of them


def _check_tools(tools: object) -> None:
    if tools is not None and not isinstance(tools, list):
        refuse("tools must be a list", "tools")
    for tool in tools or ():
        kind = tool.get("type") if isinstance(tool, dict) else None
        if not isinstance(kind, str) or kind not in _FUNCTION_TOOLS:
            refuse(f"a tool of type {kind!r:.40} is billed by its calls, which nothing bounds; functions only", "tools")


def _has_more_than_bytes(body: Mapping[str, Any]) -> bool:
    """Whether more may go into the prompt than stands in the body."""
    if any(body.get(name) is not None for name in _ELSEWHERE):
        return True
    items = body.get("input")
    if isinstance(items, list) and any(_is_reference(item) for item in items):
        return True
    nodes = (node for name in ("messages", "input") for node in _objects(body.get(name)))
    # An answer that was spoken is named by the id of its sound.
    return any("audio" in node or not _stands_there(node.get("type")) for node in nodes)


def _stands_there(kind: object) -> bool:
    return kind is None or (isinstance(kind, str) and kind in _WITHIN_ITS_BYTES)


def _is_reference(item: object) -> bool:
    """Whether an item of Responses is another one's id; what it is need not be said."""
    return isinstance(item, dict) and item.get("type") is None and "role" not in item


def _objects(node: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every object within messages or items."""
    if depth > _DEEPEST:
        refuse(f"The body is nested more than {_DEEPEST} deep")
    if isinstance(node, dict):
        yield node
    for value in node if isinstance(node, list) else node.values() if isinstance(node, dict) else ():
        if isinstance(value, list | dict):
            yield from _objects(value, depth + 1)
