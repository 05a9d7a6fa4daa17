"""What OpenAI asks of a request on either wire, by the facts of its model."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming

WireName = Literal["chat_completions", "responses"]
Payload = Mapping[str, Any]
Facts = Mapping[str, Any]
"""Of one model, as the extract has them."""

_PARAMETERS = {
    "chat_completions": frozenset(get_type_hints(CompletionCreateParamsStreaming)),
    "responses": frozenset(get_type_hints(ResponseCreateParamsStreaming)),
}
_SMALLEST_LIMIT = {"chat_completions": 1, "responses": 16}
_LONGEST_IDENTIFIER = 128
_VERBOSITIES = {"low", "medium", "high"}
_SAMPLING = ("temperature", "top_p", "logprobs", "top_logprobs")
_PENALTIES = ("presence_penalty", "frequency_penalty")


@dataclass(frozen=True, slots=True)
class Objection:
    """`param` is what OpenAI would name in its error, or what we must not send."""

    param: str
    why: str


Rule = Callable[[Payload, WireName, Facts], Iterator[Objection]]


def _effort(payload: Payload, wire: WireName) -> tuple[str, Any]:
    if wire == "responses":
        return "reasoning.effort", (payload.get("reasoning") or {}).get("effort")
    return "reasoning_effort", payload.get("reasoning_effort")


def _in_force(payload: Payload, wire: WireName, facts: Facts) -> str:
    """What is not said is the model's default, which is refused where it would be if it were said."""
    return str(_effort(payload, wire)[1] or facts["default_effort"])


def _parameters(payload: Payload, wire: WireName, _: Facts) -> Iterator[Objection]:
    for name in payload.keys() - _PARAMETERS[wire]:
        yield Objection(name, "no such parameter")


def _efforts(payload: Payload, wire: WireName, facts: Facts) -> Iterator[Objection]:
    name, effort = _effort(payload, wire)
    offered = facts[wire]["efforts"]
    if effort is not None and effort not in offered:
        yield Objection(name, f"{effort} is none of {offered}")


def _tools(payload: Payload, wire: WireName, facts: Facts) -> Iterator[Objection]:
    if payload.get("tools"):
        if _in_force(payload, wire, facts) not in facts[wire]["tools"]:
            yield Objection("tools", f"not at effort {_in_force(payload, wire, facts)}, only {facts[wire]['tools']}")
        names = [_function(tool, wire).get("name") for tool in payload["tools"]]
        choice = payload.get("tool_choice")
        if isinstance(choice, Mapping) and _function(choice, wire).get("name") not in names:
            yield Objection("tool_choice", "names no tool of the request")
        return
    for name in ("tool_choice", "parallel_tool_calls"):
        if payload.get(name) is not None and payload[name] not in {"none", "auto"}:
            yield Objection(name, "without tools")


def _function(tool: Mapping[str, Any], wire: WireName) -> Mapping[str, Any]:
    """Chat Completions has it in a member of its own, Responses flat."""
    found: Mapping[str, Any] = tool if wire == "responses" else tool.get("function") or {}
    return found


def _tool_form(payload: Payload, wire: WireName, _: Facts) -> Iterator[Objection]:
    for number, tool in enumerate(payload.get("tools") or ()):
        function = _function(tool, wire)
        if tool.get("type") != "function" or not function.get("name"):
            yield Objection(f"tools[{number}]", "no function with a name in this wire's form")
        if function.get("strict"):
            yield from _loose(f"tools[{number}].parameters", function.get("parameters"))


def _sampling(payload: Payload, wire: WireName, facts: Facts) -> Iterator[Objection]:
    if _in_force(payload, wire, facts) in facts[wire]["sampling"]:
        return
    given = [name for name in _SAMPLING if payload.get(name) is not None]
    for name in (*given, *(name for name in _PENALTIES if payload.get(name))):
        yield Objection(name, f"not at effort {_in_force(payload, wire, facts)}")


def _tier(payload: Payload, wire: WireName, facts: Facts) -> Iterator[Objection]:
    """A batch is no tier that a request can ask for; ultrafast is for Responses (O-ultra)."""
    tier = payload.get("service_tier")
    if tier in {None, "auto"}:
        return
    if tier == "batch" or tier not in facts["tiers"]:
        yield Objection("service_tier", f"{tier} is none of {facts['tiers']}")
    elif tier == "ultrafast" and wire != "responses":
        yield Objection("service_tier", "ultrafast exists on Responses alone")


def _caching(payload: Payload, wire: WireName, facts: Facts) -> Iterator[Objection]:
    """`prompt_cache_options` is for gpt-5.6 and later (its docstring in the package openai); 12h is for Responses."""
    options = payload.get("prompt_cache_options")
    marked = json.dumps([payload.get("messages"), payload.get("input")]).count('"prompt_cache_breakpoint"')
    if facts["caching"] != "breakpoints":
        if options is not None:
            yield Objection("prompt_cache_options", f"the model's caching is {facts['caching']}")
        if marked:
            yield Objection("prompt_cache_breakpoint", f"the model's caching is {facts['caching']}")
    elif (options or {}).get("ttl", "30m") not in ({"30m", "12h"} if wire == "responses" else {"30m"}):
        yield Objection("prompt_cache_options.ttl", "not on this wire")


def _identifier(payload: Payload, _: WireName, __: Facts) -> Iterator[Objection]:
    if len(payload.get("safety_identifier") or "") > _LONGEST_IDENTIFIER:
        yield Objection("safety_identifier", f"longer than {_LONGEST_IDENTIFIER}")


def _limit(payload: Payload, wire: WireName, facts: Facts) -> Iterator[Objection]:
    names = ("max_output_tokens",) if wire == "responses" else ("max_completion_tokens", "max_tokens")
    given = [name for name in names if payload.get(name) is not None]
    for name in given:
        if not _SMALLEST_LIMIT[wire] <= payload[name] <= facts["max_output_tokens"]:
            yield Objection(name, f"{payload[name]} is not {_SMALLEST_LIMIT[wire]} to {facts['max_output_tokens']}")
    if len(given) > 1:
        yield Objection("max_tokens", "together with max_completion_tokens")
    if "max_tokens" in given and facts["default_effort"] != "none":
        yield Objection("max_tokens", "a model that reasons has max_completion_tokens")


def _stream(payload: Payload, wire: WireName, _: Facts) -> Iterator[Objection]:
    options = payload.get("stream_options")
    if options is not None and not payload.get("stream"):
        yield Objection("stream_options", "without stream")
    if wire == "responses" and "include_usage" in (options or {}):
        yield Objection("stream_options.include_usage", "Responses always tells the usage")


def _verbosity(payload: Payload, wire: WireName, facts: Facts) -> Iterator[Objection]:
    """Models without it take its middle alone."""
    name = "text.verbosity" if wire == "responses" else "verbosity"
    given = (payload.get("text") or {}).get("verbosity") if wire == "responses" else payload.get("verbosity")
    if given is not None and given not in (_VERBOSITIES if facts["verbosity"] else {"medium"}):
        yield Objection(name, f"{given} is not offered")


def _answer_form(payload: Payload, wire: WireName, facts: Facts) -> Iterator[Objection]:
    """On Responses a schema is flat; json_object wants the word in what is said, which `instructions` is not."""
    name = "text.format" if wire == "responses" else "response_format"
    form = (payload.get("text") or {}).get("format") if wire == "responses" else payload.get("response_format")
    kind = (form or {}).get("type", "text")
    if form is None or kind == "text":
        return
    if kind not in facts["structured_output"]:
        yield Objection(name, f"{kind} is none of {facts['structured_output']}")
    if kind == "json_object" and "json" not in json.dumps(payload.get("input") or payload.get("messages")).lower():
        yield Objection("input" if wire == "responses" else "messages", "the word json is missing")
    if kind == "json_schema":
        described = form if wire == "responses" else form.get("json_schema") or {}
        if not described.get("name") or "schema" not in described:
            yield Objection(name, "no name and schema in this wire's form")
        elif described.get("strict"):
            yield from _loose(name, described["schema"])


def _loose(name: str, schema: object) -> Iterator[Objection]:
    """Strict mode: every object names all its properties as required, and forbids others."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping) and (
            schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties)
        ):
            yield Objection(name, f"not strict: {list(properties)}")
        for part in schema.values():
            yield from _loose(name, part)
    elif isinstance(schema, Sequence) and not isinstance(schema, str):
        for part in schema:
            yield from _loose(name, part)


COMMON_RULES: tuple[Rule, ...] = (
    _parameters,
    _efforts,
    _tools,
    _tool_form,
    _sampling,
    _tier,
    _caching,
    _identifier,
    _limit,
    _stream,
    _verbosity,
    _answer_form,
)
