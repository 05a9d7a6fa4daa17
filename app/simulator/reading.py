"""Turns the messages of a request into the question that the answering rules understand."""

import json
import re
from typing import Any

from app.simulator.answers.question import Question, Turn
from app.simulator.parameters import ChatParameters, Message

_FENCED_JSON = re.compile(r"```json\s*\n(.*?)\n```", re.DOTALL)
_INSTRUCTING = ("system", "developer")


def read_question(asked: ChatParameters) -> Question:
    """What is asked, in words, and the schema of the answer: from `response_format`, else from the prompt."""
    instructions = "\n\n".join(message.text for message in asked.messages if message.role in _INSTRUCTING)
    turns = [_turn(message) for message in asked.messages if message.role not in _INSTRUCTING]
    wanted = asked.response_format and asked.response_format.json_schema
    schema = wanted.schema_ if wanted else None
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
        if isinstance(value, dict) and value.get("type") == "object" and "properties" in value:
            return text[: block.start()].strip(), value, text[block.end() :].strip()
    return text, None, ""
