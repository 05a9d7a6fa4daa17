"""What each wire alone asks of a request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.catalog.oracle_rules import Facts, Objection, Payload, Rule, WireName

_BY_INPUT_ROLE = {"assistant": {"output_text", "refusal"}}
_INPUT_PARTS = {"input_text", "input_image", "input_file"}


# --- Chat Completions ------------------------------------------------------------------------------------------------


def _chat_only(payload: Payload, _: WireName, facts: Facts) -> Iterator[Objection]:
    """A live probe of gpt-6-astra: models that reason refuse `stop`; no predicted outputs either."""
    for name in ("stop", "prediction"):
        if payload.get(name) is not None and facts["default_effort"] != "none":
            yield Objection(name, "not of a model that reasons")


def _chat_messages(payload: Payload, _: WireName, facts: Facts) -> Iterator[Objection]:
    messages = payload.get("messages")
    if not messages:
        yield Objection("messages", "there is none")
    awaited: set[str] = set()
    for number, message in enumerate(messages or ()):
        role = message.get("role")
        if role not in facts["roles"]:
            yield Objection(f"messages[{number}].role", f"{role} is none of {facts['roles']}")
        if role == "tool":
            if message.get("tool_call_id") not in awaited:
                yield Objection(f"messages[{number}].role", "answers no call")
            awaited.discard(message.get("tool_call_id"))
            continue
        if awaited:
            yield Objection(f"messages[{number}].role", f"{sorted(awaited)} are not answered")
        calls = message.get("tool_calls") or ()
        awaited = {call["id"] for call in calls}
        if message.get("content") is None and not calls:
            yield Objection(f"messages[{number}].content", "null")
    if awaited:
        yield Objection("messages", f"{sorted(awaited)} are not answered")


# --- Responses ---------------------------------------------------------------------------------------------------


def _nothing_is_kept(payload: Payload, _: WireName, __: Facts) -> Iterator[Objection]:
    """Not refused, and not to be sent: what is stored stays for 30 days, and `instructions` are never cached on 6.2."""
    if payload.get("store") is not False:
        yield Objection("store", "must be said to be false")
    for name in ("instructions", "previous_response_id", "conversation", "prompt", "user"):
        if payload.get(name) is not None:
            yield Objection(name, "not of a gate that hands everything in")


def _windows(payload: Payload, _: WireName, facts: Facts) -> Iterator[Objection]:
    """HTTP, standard tier, not streamed (O-bg)."""
    window = (payload.get("background_options") or {}).get("completion_window", "soonest")
    if window == "soonest":
        return
    if window not in facts["background_windows"]:
        yield Objection("background_options", f"{window} is none of {list(facts['background_windows'])}")
    if not payload.get("background") or payload.get("stream"):
        yield Objection("background_options", "in the background, and not streamed")
    if payload.get("service_tier") not in {None, "auto", "default"}:
        yield Objection("background_options", "on the standard tier")


def _input(payload: Payload, _: WireName, facts: Facts) -> Iterator[Objection]:
    given = payload.get("input") or []
    items = [{"role": "user", "content": given}] if isinstance(given, str) else list(given)
    if not items:
        yield Objection("input", "there is none")
    for number, item in enumerate(items):
        if item.get("type", "message") == "message":
            yield from _input_message(f"input[{number}]", item, facts)
        elif item["type"] == "reasoning":
            follower = items[number + 1] if number + 1 < len(items) else {}
            said = follower.get("type", "message") == "message" and follower.get("role") == "assistant"
            if not said and follower.get("type") not in {"function_call", "reasoning"}:
                yield Objection(f"input[{number}]", "reasoning without what it led to")
        elif item["type"] not in {"function_call", "function_call_output"}:
            yield Objection(f"input[{number}].type", item["type"])
    yield from _calls(items)


def _input_message(place: str, item: Mapping[str, Any], facts: Facts) -> Iterator[Objection]:
    """Who can be instructed takes both names for it, and nobody has the role `tool`."""
    role, content = item.get("role"), item.get("content")
    instructed = {"system", "developer"} if {"system", "developer"} & set(facts["roles"]) else set()
    if role not in {"user", "assistant"} | instructed:
        yield Objection(f"{place}.role", str(role))
    if "tool_calls" in item:
        yield Objection(f"{place}.tool_calls", "a call is an item of its own")
    for part in content if isinstance(content, list) else ():
        if part.get("type") not in _BY_INPUT_ROLE.get(str(role), _INPUT_PARTS):
            yield Objection(f"{place}.content", f"{part.get('type')} of role {role}")


def _calls(items: Sequence[Mapping[str, Any]]) -> Iterator[Objection]:
    awaited: set[str] = set()
    for item in items:
        if item.get("type") == "function_call":
            awaited.add(item["call_id"])
        elif item.get("type") == "function_call_output":
            if item["call_id"] not in awaited:
                yield Objection("input", f"no call {item['call_id']}")
            awaited.discard(item["call_id"])
    if awaited:
        yield Objection("input", f"{sorted(awaited)} are not answered")


WIRE_RULES: dict[WireName, tuple[Rule, ...]] = {
    "chat_completions": (_chat_only, _chat_messages),
    "responses": (_nothing_is_kept, _windows, _input),
}
