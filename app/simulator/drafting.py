"""What the simulator says to a request: the question is read, and an answer drafted."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.simulator.answers.arguments import arguments_for
from app.simulator.answers.compose import compose
from app.simulator.answers.lookups import told
from app.simulator.answers.question import Question, Turn
from app.simulator.faults import Fault
from app.simulator.flaws import FLAW_KINDS, flawed_text
from app.simulator.prompt import Function, Message, Prompt
from app.simulator.schema_shape import shape_flaw
from app.simulator.tools import chosen_functions

_FENCED_JSON = re.compile(r"```json\s*\n(.*?)\n```", re.DOTALL)
_INSTRUCTING = ("system", "developer")


def read_question(prompt: Prompt) -> Question:
    """What is asked, in words, and the schema of the answer: the one that was asked for, else from the prompt."""
    instructing = (message for message in (*prompt.messages, *prompt.closing) if message.role in _INSTRUCTING)
    instructions = "\n\n".join(message.text for message in instructing)
    turns = [_turn(message) for message in prompt.messages if message.role not in _INSTRUCTING]
    schema = prompt.schema
    if schema is None and instructions:
        _, schema, _ = _split_at_schema(instructions)
    if not instructions and turns and turns[0].role == "user":
        # A model without a role for instructions has them folded into the first user message, before the
        # user's own words: what stands up to the schema is not the user's.
        before, folded, after = _split_at_schema(turns[0].text)
        if folded is not None:
            schema = schema or folded
            instructions, own = (before, after) if after else ("", before)
            turns[0] = Turn("user", own)
    return Question(instructions, tuple(turns), schema)


def _turn(message: Message) -> Turn:
    match message.role:
        case "assistant":
            return Turn("assistant", message.text)
        case "tool":
            return Turn("tool", message.text)
        case _:
            return Turn("user", message.text)


def _split_at_schema(text: str) -> tuple[str, dict[str, Any] | None, str]:
    """The text before the first fenced JSON schema, the schema, and the text after it."""
    for block in _FENCED_JSON.finditer(text):
        try:
            value = json.loads(block[1])
        except ValueError:
            continue
        is_object = isinstance(value, dict) and value.get("type") == "object" and "properties" in value
        if is_object and shape_flaw(value) is None:
            return text[: block.start()].strip(), value, text[block.end() :].strip()
    return text, None, ""


# Finds what is said in answer to a request: a text, a refusal or tool calls.


@dataclass(frozen=True)
class Draft:
    """What is said, and where it goes: one text, or for tool calls the arguments of each, whose `tools` are named."""

    channel: Literal["content", "refusal", "tool"]
    texts: tuple[str, ...]
    tools: tuple[str, ...] = ()
    finish_reason: Literal["stop", "tool_calls"] = "stop"


def draft_answer(prompt: Prompt, fault: Fault | None) -> Draft:
    question = read_question(prompt)
    if fault is not None and fault.kind == "tool_call" and prompt.functions:
        return Draft("tool", (fault.text or "{}",), (fault.tool or "",), "tool_calls")
    functions = chosen_functions(prompt, question)
    if functions:
        # OpenAI ends a call that the request named with "stop", those that the model chose with "tool_calls".
        return Draft(
            "tool",
            tuple(json.dumps(_arguments(function, question), ensure_ascii=False) for function in functions),
            tuple(function.name for function in functions),
            "tool_calls" if prompt.named is None else "stop",
        )
    return _reworded(Draft("content", (_content(prompt, question),)), question, fault)


def _arguments(function: Function, question: Question) -> dict[str, Any]:
    return arguments_for(function.parameters, function.description or "", question)


def _content(prompt: Prompt, question: Question) -> str:
    if question.schema is None and prompt.messages[-1].role == "tool":
        text = told(_results(prompt), question.language)
    else:
        text = compose(question)
    if prompt.wants_json and _json_object(text) is None:
        return json.dumps({"answer": text}, ensure_ascii=False)
    return text


def _results(prompt: Prompt) -> list[tuple[str, str]]:
    """What the tools returned that were called last, each with its tool's name."""
    called = next(message.calls for message in reversed(prompt.messages) if message.calls)
    texts = {message.call_id: message.text for message in prompt.messages if message.role == "tool"}
    return [(call.name, texts[call.id]) for call in called]


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
