"""Plain text: greetings, a small glossary, what was asked before, and else the truth about who answers."""

import re

from app.simulator.answers.glossary import GLOSSARY
from app.simulator.answers.notes import Phrase
from app.simulator.answers.question import Language, Question
from app.simulator.answers.reading import normalised

_MARK: Phrase = {"ko": "(모의 응답)", "en": "(simulated)"}
_PHRASES: dict[str, Phrase] = {
    "greeting": {"ko": "안녕하세요.", "en": "Hello."},
    "thanks": {"ko": "도움이 되었다니 다행입니다.", "en": "You are welcome."},
    "previous": {"ko": '바로 전에 이렇게 물으셨습니다: "{asked}"', "en": 'Before this you asked: "{asked}"'},
    "no_previous": {"ko": "이 메시지가 첫 질문입니다.", "en": "This is your first message."},
    "honest": {
        "ko": "저는 언어 모델이 없는 내장 시뮬레이터이며 정해진 규칙으로만 답합니다. 설명할 수 있는 것: {topics}.",
        "en": "I am the embedded simulator, have no language model and answer by fixed rules. I can explain: {topics}.",
    },
}
_GREETING = re.compile(r"안녕|반갑|(?<![a-z])(?:hello|hi|hey|good (?:morning|evening|afternoon))(?![a-z])")
_THANKS = re.compile(r"감사|고마|(?<![a-z])thank")
_PREVIOUS = re.compile(
    r"(?:방금|아까|이전에|조금 전에|앞에서|전에) ?(?:내가|제가)? ?(?:뭐|무엇|무슨)"
    r"|(?:내가|제가) ?(?:방금|아까|이전에|전에)? ?(?:뭐|무엇)"
    r"|what did i (?:just )?(?:ask|say)|(?:my|the) (?:last|previous) question"
    r"|what (?:was|is) my (?:last|previous|first|earlier)"
)
_MOST_TOPICS = 3
_QUOTED = 200


def chat_answer(question: Question) -> str:
    """Ends with a mark that says that it is simulated."""
    text = normalised(question.latest)
    language = question.language
    parts = [
        _PHRASES[name][language]
        for name, pattern in (("greeting", _GREETING), ("thanks", _THANKS))
        if pattern.search(text)
    ]
    if _PREVIOUS.search(text):
        parts.append(_previous(question, language))
    else:
        explained = _explained(text, language)
        parts += explained or [_PHRASES["honest"][language].format(topics=", ".join(GLOSSARY))]
    return " ".join([*parts, _MARK[language]])


def _previous(question: Question, language: Language) -> str:
    asked = [turn.text for turn in question.turns if turn.role == "user"][:-1]
    if not asked:
        return _PHRASES["no_previous"][language]
    short = asked[-1] if len(asked[-1]) <= _QUOTED else f"{asked[-1][:_QUOTED]}..."
    return _PHRASES["previous"][language].format(asked=short)


def _explained(text: str, language: Language) -> list[str]:
    found = [entry for entry in GLOSSARY.values() if re.search(entry.pattern, text)]
    return [entry.ko if language == "ko" else entry.en for entry in found[:_MOST_TOPICS]]
