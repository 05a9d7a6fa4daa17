"""Is a text written in the language that was asked for?"""

import re
from collections.abc import Iterable

from app.quant.words import Language

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
