"""What a question is about that words alone cannot answer, in both languages, and which tools know about it."""

import re
from dataclasses import dataclass

from app.simulator.answers.reading import normalised


@dataclass(frozen=True)
class Topic:
    """`asked` is found in a question about it, `tools` in the name of a tool that can answer."""

    asked: re.Pattern[str]
    tools: re.Pattern[str]


def _topic(korean: str, english: str, tools: str) -> Topic:
    return Topic(re.compile(rf"{korean}|(?<![a-z])(?:{english})(?![a-z])"), re.compile(tools))


_POLICY = _topic(
    r"정책|(?:허용|쓸 수|사용할 수)[^\n]*모델|모델[^\n]*(?:허용|쓸 수|사용할 수)",
    r"polic(?:y|ies)|models?[^\n]*(?:allowed|may|can)|(?:allowed|may|can)[^\n]*models?",
    r"polic",
)
_MODELS = _topic(r"모델(?!별)|단가", r"(?<!by )(?<!per )models?|gpt-[\w.-]+|shut ?downs?|deprecated", r"model")
_TOPICS = (
    _topic(
        r"사용량|비용|요금|지출|얼마나? ?(?:썼|쓰|들었|나왔)",
        r"usage|costs?|spen[dt]|spending|bill(?:ed)?",
        r"usage|cost",
    ),
    _topic(r"예산|한도", r"budgets?", r"budget"),
    _POLICY,
    _MODELS,
    _topic(r"데이터(?!베이스)|시세|종목|심볼", r"data|symbols?|quotes", r"data|symbol"),
    _topic(r"상태|캐시|데이터베이스|헬스|정상", r"health|healthy|status|cache|database", r"health|status"),
    _topic(r"실패|오류|에러", r"fail(?:ed|ures?)?|errors?", r"fail|error"),
)


def topics_of(text: str) -> list[Topic]:
    """The topics of a question; one about the models of a policy is not about all models as well."""
    text = normalised(text)
    found = [topic for topic in _TOPICS if topic.asked.search(text)]
    return [topic for topic in found if topic is not _MODELS or _POLICY not in found]
