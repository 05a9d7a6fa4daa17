"""Finds what is said in answer to a request: a text, a refusal or tool calls."""

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.simulator.answers.arguments import arguments_for
from app.simulator.answers.compose import compose
from app.simulator.answers.lookups import told
from app.simulator.answers.question import Question
from app.simulator.faults import Fault
from app.simulator.flaws import FLAW_KINDS, flawed_text
from app.simulator.parameters import ChatParameters, Function
from app.simulator.reading import read_question
from app.simulator.tools import chosen_tools, offered_tools


@dataclass(frozen=True)
class Draft:
    """What is said, and where it goes: one text, or for tool calls the arguments of each, whose `tools` are named."""

    channel: Literal["content", "refusal", "tool"]
    texts: tuple[str, ...]
    tools: tuple[str, ...] = ()
    finish_reason: Literal["stop", "tool_calls"] = "stop"


def draft_answer(asked: ChatParameters, fault: Fault | None) -> Draft:
    question = read_question(asked)
    if fault is not None and fault.kind == "tool_call" and offered_tools(asked):
        return Draft("tool", (fault.text or "{}",), (fault.tool or "",), "tool_calls")
    tools = chosen_tools(asked, question)
    if tools:
        # OpenAI ends a call that the request named with "stop", those that the model chose with "tool_calls".
        named = asked.tool_choice is not None and asked.tool_choice.type == "function"
        return Draft(
            "tool",
            tuple(json.dumps(_arguments(tool, question), ensure_ascii=False) for tool in tools),
            tuple(tool.name for tool in tools),
            "stop" if named else "tool_calls",
        )
    return _reworded(Draft("content", (_content(asked, question),)), question, fault)


def _arguments(tool: Function, question: Question) -> dict[str, Any]:
    return arguments_for(tool.parameters, tool.description or "", question)


def _content(asked: ChatParameters, question: Question) -> str:
    if question.schema is None and asked.messages[-1].role == "tool":
        text = told(_results(asked), question.language)
    else:
        text = compose(question)
    wants_json = asked.response_format is not None and asked.response_format.type == "json_object"
    if wants_json and _json_object(text) is None:
        return json.dumps({"answer": text}, ensure_ascii=False)
    return text


def _results(asked: ChatParameters) -> list[tuple[str, str]]:
    """What the tools returned that were called last, each with its tool's name."""
    called = next(message.tool_calls or [] for message in reversed(asked.messages) if message.role == "assistant")
    texts = {message.tool_call_id: message.text for message in asked.messages if message.role == "tool"}
    return [(call.function.name, texts[call.id]) for call in called]


def _reworded(draft: Draft, question: Question, fault: Fault | None) -> Draft:
    match fault:
        case Fault(kind="content"):
            return replace(draft, texts=(fault.text or "",))
        case Fault(kind="refusal"):
            return Draft("refusal", (fault.text or "I'm sorry, I can't help with that request.",))
        case Fault(kind="flawed"):
            return replace(draft, texts=(_without_a_key(draft.texts[0], question.schema or {}),))
        case Fault(kind=kind) if kind in FLAW_KINDS:
            text = draft.texts[0]
            return replace(draft, texts=(flawed_text(kind, text) or _without_a_key(text, question.schema or {}),))
        case _:
            return draft


def _without_a_key(text: str, schema: dict[str, Any]) -> str:
    """The JSON object without the first key that its schema requires; text that is no object stays as it is."""
    value = _json_object(text)
    if not value:
        return text
    required = (key for key in schema.get("required", []) if key in value)
    value.pop(next(required, next(iter(value))))
    return json.dumps(value, ensure_ascii=False)


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
