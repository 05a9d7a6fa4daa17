"""Decides whether a request is answered by calling its tools, and which."""

import re

from app.simulator.answers.question import Question
from app.simulator.answers.topics import topics_of
from app.simulator.prompt import Function, Prompt

_WORD = re.compile(r"[a-z]{4,}")
_STRONG_MATCH = 0.5
"""The share of a description's words that the user's text must have for a tool to be called unasked."""
_MOST_CALLS = 3


def chosen_functions(prompt: Prompt, question: Question) -> list[Function]:
    """The functions to call, side by side; none where words are the answer.

    A function that the request names, or demands, is called in any case. Else those are called whose names say that
    they know about a topic of the question, or the one that fits the user's text best.
    """
    functions = list(prompt.functions)
    if not functions:
        return []
    if prompt.named is not None:
        return [next(function for function in functions if function.name == prompt.named)]
    best = max(functions, key=lambda function: _match(function, question.latest))
    if prompt.must_call:
        return [best]
    if prompt.messages[-1].role != "user":
        return []
    return _about(functions, question.latest) or ([best] if _match(best, question.latest) >= _STRONG_MATCH else [])


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
