"""What tools returned, told in words: the simulator reads JSON and understands none of it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from app.simulator.answers.notes import Phrase
from app.simulator.answers.question import Language

_QUOTED = 200
"""Characters of a text that are repeated."""
_TOLD = 900
"""Characters that are told of an object."""
_MARK: Phrase = {"ko": "(모의 응답)", "en": "(simulated)"}
_QUOTE: Phrase = {"ko": "도구의 답: {text}", "en": "The tool answered: {text}"}
_FOUND: Phrase = {"ko": "{tool} 조회 결과: {text}", "en": "{tool} says: {text}"}
_FAILED: Phrase = {"ko": "{tool} 조회에 실패했습니다: {text}", "en": "{tool} could not tell: {text}"}
_UNKNOWN: Phrase = {"ko": "알 수 없음", "en": "unknown"}
_NONE: Phrase = {"ko": "없음", "en": "none"}


def told(results: Sequence[tuple[str, str]], language: Language) -> str:
    """The results of tools, each with its tool's name; text that is no JSON object is quoted."""
    parts = [_told(tool, text, language) for tool, text in results]
    if all(_object(text) is None for _, text in results):
        return " ".join(parts)
    return "\n".join([*parts, _MARK[language]])


def _told(tool: str, text: str, language: Language) -> str:
    found = _object(text)
    if found is None:
        return _QUOTE[language].format(text=text[:_QUOTED])
    # Tools often put what they have to say under one of these names.
    phrase, content = (_FAILED, found["error"]) if "error" in found else (_FOUND, found.get("data", found))
    words = _words(content, language)
    return phrase[language].format(tool=tool, text=words if len(words) <= _TOLD else f"{words[:_TOLD]}...")


def _words(value: Any, language: Language) -> str:  # noqa: ANN401  any JSON value
    match value:
        case None:
            return _UNKNOWN[language]
        case bool():
            return str(value).lower()
        case dict():
            return ", ".join(_pairs(value, language))
        case list():
            nested = [
                f"({_words(item, language)})" if isinstance(item, dict) else _words(item, language) for item in value
            ]
            return ", ".join(nested) or _NONE[language]
        case _:
            return str(value)


def _pairs(content: dict[str, Any], language: Language) -> Iterator[str]:
    for name, value in content.items():
        yield f"{name.replace('_', ' ')}: {_words(value, language)}"


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
