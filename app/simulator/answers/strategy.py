"""The answer to a wish for a strategy: the intent, executable rules, and what had to be assumed."""

import re

from app.simulator.answers.advising import recommended, to_vary
from app.simulator.answers.changing import changed
from app.simulator.answers.making import made
from app.simulator.answers.naming import described
from app.simulator.answers.notes import Notes, Phrase
from app.simulator.answers.question import Question
from app.simulator.answers.reading import normalised
from app.simulator.answers.schema_check import fits
from app.simulator.answers.tokens import Json

# The word that stands first in the text decides. "Rate of change" is an indicator and no wish.
_INTENTS = {
    "modify": r"바꾸|바꿔|수정|변경|고쳐|고치|조정해|(?<!of )(?<!price )chang(?:e|ing)(?!s)|modify|adjust|replace",
    "explain": r"설명|explain",
    "recommend_parameters": r"추천|recommend|suggest",
    "optimise": r"최적화|optimi[sz]",
}
_CREATE = {"create": r"만들|생성|작성|create|build|(?<![a-z])make|design|generate"}
_EXPLANATIONS: dict[str, Phrase] = {
    "create": {
        "ko": "언어 모델이 아니라 내장 시뮬레이터의 규칙이 문장에서 만든 전략입니다. {description}",
        "en": "The rules of the embedded simulator, not a language model, made this out of your words. {description}",
    },
    "modify": {
        "ko": "언어 모델이 아니라 내장 시뮬레이터의 규칙이 기존 전략을 고쳤습니다. {description}",
        "en": "The rules of the embedded simulator, not a language model, changed the strategy. {description}",
    },
    "explain": {
        "ko": "내장 시뮬레이터의 규칙이 전략을 말로 옮긴 설명입니다. {description}",
        "en": "The rules of the embedded simulator put the strategy into words. {description}",
    },
    "recommend_parameters": {
        "ko": "내장 시뮬레이터의 규칙이 흔히 쓰는 값을 추천했습니다. 효과는 프로그램이 계산합니다. {description}",
        "en": "The rules of the embedded simulator recommend customary values; a program measures them. {description}",
    },
    "optimise": {
        "ko": "내장 시뮬레이터는 전략을 그대로 두고, 다른 값은 프로그램이 시험합니다. {description}",
        "en": "The embedded simulator leaves the strategy as it is; a program tries other values. {description}",
    },
}


def strategy_answer(question: Question) -> Json:
    """Intent, strategy, explanation, assumptions and parameters for the words of the question."""
    notes = Notes(question.language)
    existing = _existing(question)
    intent = _possible(intent_of(question.words, changes=existing is not None), existing, question, notes)
    strategy = _strategy(intent, existing, question, notes)
    parameters: list[Json] = []
    if intent == "recommend_parameters":
        notes.add("no_search")
        strategy, parameters = recommended(strategy, question.words, notes.language)
    elif intent == "optimise" and existing is not None:
        parameters = to_vary(strategy, question.words, notes.language)
    # An existing strategy may describe itself in another language.
    rules = described(strategy["entry"], strategy["exit"], notes.language)
    return {
        "intent": intent,
        "strategy": strategy,
        "explanation": _EXPLANATIONS[intent][notes.language].format(description=rules["description"]),
        "assumptions": notes.said,
        "parameters": parameters,
    }


def _possible(intent: str, existing: Json | None, question: Question, notes: Notes) -> str:
    """Without a strategy there is nothing to change or to explain: a new one is made."""
    if existing is not None:
        return intent
    if intent in ("modify", "explain") or "strategy" in question.data:
        notes.add("no_strategy")
    return "create" if intent in ("modify", "explain") else intent


def _strategy(intent: str, existing: Json | None, question: Question, notes: Notes) -> Json:
    given = question.data.get("preferences")
    preferences = given if isinstance(given, dict) else {}
    if existing is None:
        return made(question.words, preferences, notes)
    return changed(existing, question.words, preferences, notes) if intent == "modify" else existing


def intent_of(words: str, *, changes: bool = False) -> str:
    """`changes`: there is a strategy to change, so that words without another intent change it."""
    text = normalised(words)
    patterns = _INTENTS if changes else _INTENTS | _CREATE
    places = {
        intent: match.start() for intent, pattern in patterns.items() if (match := re.search(pattern, text)) is not None
    }
    return min(places, key=lambda intent: places[intent], default="modify" if changes else "create")


def _existing(question: Question) -> Json | None:
    """The strategy of the data, if it has the shape that the answer must have."""
    strategy = question.data.get("strategy")
    schema = question.schema or {}
    shape = schema.get("properties", {}).get("strategy", {})
    return strategy if isinstance(strategy, dict) and fits(shape, strategy, schema) else None
