"""Finds what is said in answer to a request: a text, a refusal or a tool call."""

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.simulator.answers.compose import compose
from app.simulator.answers.fit import fill
from app.simulator.answers.question import Question
from app.simulator.faults import Fault
from app.simulator.flaws import FLAWS, flawed_text
from app.simulator.parameters import ChatParameters
from app.simulator.reading import read_question
from app.simulator.tools import chosen_tool

_QUOTED = 200
"""Characters of a tool's result that an answer repeats."""


@dataclass(frozen=True)
class Draft:
    """What is said, and where it goes. For a tool call, `text` is its arguments and `tool` its name."""

    channel: Literal["content", "refusal", "tool"]
    text: str
    tool: str = ""
    finish_reason: Literal["stop", "tool_calls"] = "stop"


def draft_answer(asked: ChatParameters, fault: Fault | None) -> Draft:
    question = read_question(asked)
    tool = chosen_tool(asked, question)
    if tool is not None:
        arguments = fill(tool.parameters, question.data or None) if tool.parameters else {}
        # OpenAI ends a call that the request named with "stop", one that the model chose with "tool_calls".
        named = asked.tool_choice is not None and asked.tool_choice.type == "function"
        written = json.dumps(arguments, ensure_ascii=False)
        return Draft("tool", written, tool.name, "stop" if named else "tool_calls")
    return _reworded(Draft("content", _content(asked, question)), question, fault)


def _content(asked: ChatParameters, question: Question) -> str:
    if question.schema is None and asked.messages[-1].role == "tool":
        said = "도구의 답" if question.language == "ko" else "The tool answered"
        text = f"{said}: {asked.messages[-1].text[:_QUOTED]}"
    else:
        text = compose(question)
    wants_json = asked.response_format is not None and asked.response_format.type == "json_object"
    if wants_json and _json_object(text) is None:
        return json.dumps({"answer": text}, ensure_ascii=False)
    return text


def _reworded(draft: Draft, question: Question, fault: Fault | None) -> Draft:
    match fault:
        case Fault(kind="content"):
            return replace(draft, text=fault.text or "")
        case Fault(kind="refusal"):
            return Draft("refusal", fault.text or "I'm sorry, I can't help with that request.")
        case Fault(kind="flawed"):
            return replace(draft, text=_without_a_key(draft.text, question.schema or {}))
        case Fault(kind=kind) if kind in FLAWS:
            return replace(
                draft, text=flawed_text(kind, draft.text) or _without_a_key(draft.text, question.schema or {})
            )
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
