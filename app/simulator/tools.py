"""Decides whether a request is answered by calling one of its tools."""

import re

from app.simulator.answers.question import Question
from app.simulator.parameters import ChatParameters, Function

_WORD = re.compile(r"[a-z]{4,}")
_STRONG_MATCH = 0.5
"""The share of a description's words that the user's text must have for a tool to be called unasked."""


def chosen_tool(asked: ChatParameters, question: Question) -> Function | None:
    """The tool to call, or None where words are the answer."""
    functions = [tool.function for tool in asked.tools or ()]
    choice = asked.tool_choice
    mode = choice.type if choice else "auto"
    if not functions or mode == "none":
        return None
    if choice is not None and choice.function is not None:
        return next(function for function in functions if function.name == choice.function.name)
    best = max(functions, key=lambda function: _match(function, question.latest))
    if mode == "required":
        return best
    is_asked_now = asked.messages[-1].role == "user"
    return best if is_asked_now and _match(best, question.latest) >= _STRONG_MATCH else None


def _match(function: Function, text: str) -> float:
    """How well a tool fits a text: 1 where it is named, else the share of its description's words in the text."""
    text = text.lower()
    name = function.name.lower()
    if name in text or name.replace("_", " ") in text:
        return 1.0
    words = set(_WORD.findall((function.description or "").lower()))
    return len(words & set(_WORD.findall(text))) / len(words) if words else 0.0
