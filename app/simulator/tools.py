"""Decides whether a request is answered by calling its tools, and which."""

import re

from app.simulator.answers.question import Question
from app.simulator.answers.topics import topics_of
from app.simulator.parameters import ChatParameters, Function

_WORD = re.compile(r"[a-z]{4,}")
_STRONG_MATCH = 0.5
"""The share of a description's words that the user's text must have for a tool to be called unasked."""
_MOST_CALLS = 3


def chosen_tools(asked: ChatParameters, question: Question) -> list[Function]:
    """The tools to call, side by side; none where words are the answer.

    A tool that the request names, or demands, is called in any case. Else those are called whose names say that they
    know about a topic of the question, or the one that fits the user's text best.
    """
    functions = offered_tools(asked)
    if not functions:
        return []
    choice = asked.tool_choice
    if choice is not None and choice.function is not None:
        return [next(function for function in functions if function.name == choice.function.name)]
    best = max(functions, key=lambda function: _match(function, question.latest))
    if choice is not None and choice.type == "required":
        return [best]
    if asked.messages[-1].role != "user":
        return []
    return _about(functions, question.latest) or ([best] if _match(best, question.latest) >= _STRONG_MATCH else [])


def offered_tools(asked: ChatParameters) -> list[Function]:
    """The tools that may be called."""
    if asked.tool_choice is not None and asked.tool_choice.type == "none":
        return []
    return [tool.function for tool in asked.tools or ()]


def _about(functions: list[Function], text: str) -> list[Function]:
    """The first tool for each topic of a text."""
    found: dict[str, Function] = {}
    for topic in topics_of(text):
        knowing = next((function for function in functions if topic.tools.search(function.name)), None)
        if knowing is not None:
            found.setdefault(knowing.name, knowing)
    return list(found.values())[:_MOST_CALLS]


def _match(function: Function, text: str) -> float:
    """How well a tool fits a text: 1 where it is named, else the share of its description's words in the text."""
    text = text.lower()
    name = function.name.lower()
    if name in text or name.replace("_", " ") in text:
        return 1.0
    words = set(_WORD.findall((function.description or "").lower()))
    return len(words & set(_WORD.findall(text))) / len(words) if words else 0.0
