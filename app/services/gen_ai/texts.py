"""Texts that go to a model and come back: instructions, questions with their data, the language of an answer."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.quant.words import Language
from app.services.gen_ai.core import Message

_FOLDER = Path(__file__).parent


@cache
def instructions(name: str, language: Language) -> Message:
    """The instruction text `name`, a feature's folder and a file in it, as `chat/comparison`.

    It comes first and is always the same, so that OpenAI can serve it from its prompt cache:
    https://developers.openai.com/api/docs/guides/prompt-caching
    """
    return Message("instruction", (_FOLDER / f"{name}.{language}.md").read_text(encoding="utf-8").strip())


def question(words: str, data: Mapping[str, Any]) -> Message:
    """The person's words as plain text, then the data as a block of JSON.

    Only this function makes such blocks: fences in the words become another kind, and JSON has no line breaks within
    its strings, so nothing that a person writes can pass for data or end the block.
    """
    block = json.dumps(data, ensure_ascii=False, allow_nan=False)
    return Message("user", f"{words.replace('```', '~~~')}\n\n```json\n{block}\n```")


# Is a text written in the language that was asked for?

_HANGUL = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[A-Za-z]")
_LEAST_HANGUL = 0.2
"""Share of the letters in a Korean text: names of indicators, fields and symbols are Latin."""


def language_problems(texts: Iterable[str], language: Language, *, names: Iterable[str] = ()) -> list[str]:
    """What is wrong with the language of an answer's texts, taken together.

    `names` are words of the request, such as the name of a strategy, that may be in any language.
    """
    text = " ".join(texts)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    hangul, latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text))
    if hangul + latin == 0:
        return ["the answer has no words; write sentences"]
    is_korean = hangul / (hangul + latin) >= _LEAST_HANGUL
    if is_korean == (language == "ko"):
        return []
    return ["write the texts in Korean" if language == "ko" else "write the texts in English, without Korean"]
