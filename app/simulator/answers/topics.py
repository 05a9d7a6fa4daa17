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
_STRATEGY_ID, _BACKTEST_ID, _REPORT_ID = r"strat_[0-9a-z]+", r"bt_[0-9a-z]+", r"report_[0-9][0-9a-z]+"
_ANY_ID = rf"(?:{_STRATEGY_ID}|{_BACKTEST_ID})"
_COMPARISON = _topic(rf"{_ANY_ID}[^\n]*{_ANY_ID}", r"compare [^\n]*backtests?", r"^compare")
_RESULT = _topic(_BACKTEST_ID, r"bt_", r"backtest_result")
_BACKTESTS = _topic(
    r"백테스트[^\n]{0,6}(?:목록|상태|보여|진행)|(?<![가-힣])(?:내|제|최근) 백테스트",
    r"(?:my|list|show|which|latest|recent|how many|the) (?:[a-z]+ )?backtests",
    r"^backtests",
)
_REPORT = _topic(_REPORT_ID, r"report_[0-9]", r"^report_text")
_REPORTS = _topic(
    r"(?:리포트|보고서)[^\n]{0,6}(?:목록|보여)|(?<![가-힣])(?:내|제|최근) (?:리포트|보고서)",
    r"(?:my|list|show|which|latest|recent|how many|the) (?:[a-z]+ )?reports",
    r"^reports",
)
_RULES = _topic(
    rf'(?:전략|strategy)[^\n]*["“]|["”][^\n]*(?:전략|strategy)|{_STRATEGY_ID}',
    r"rules of (?:my|the) strategy",
    r"^strategy_rules",
)
_STRATEGIES = _topic(
    r"(?<![가-힣])(?:내|제|저장된|모든|어떤) 전략(?! ?(?:빌더|생성))|전략 ?목록|전략[^\n]{0,4}몇 ?개",
    r"(?:my|list|show|which|saved|stored|how many|the) (?:[a-z]+ )?strategies",
    r"^strategies",
)
_STATUS = _topic(r"상태|캐시|데이터베이스|헬스|정상", r"health|healthy|status|cache|database", r"health|status")
_FAILURES = _topic(r"실패|오류|에러", r"fail(?:ed|ures?)?|errors?", r"fail|error")
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
    _STATUS,
    _FAILURES,
    _COMPARISON,
    _RESULT,
    _BACKTESTS,
    _REPORT,
    _REPORTS,
    _RULES,
    _STRATEGIES,
)
_NARROWER = {
    _MODELS: (_POLICY,),
    _STATUS: (_BACKTESTS, _RESULT),
    _FAILURES: (_BACKTESTS, _RESULT),
    _RESULT: (_COMPARISON,),
    _BACKTESTS: (_COMPARISON, _RESULT, _REPORT, _REPORTS),
    _REPORTS: (_REPORT,),
    _RULES: (_COMPARISON, _BACKTESTS, _RESULT),
    _STRATEGIES: (_POLICY, _COMPARISON, _BACKTESTS, _REPORTS, _RULES),
}
"""A question about one of these is not about the wider topic as well: one about the models of a policy not about all
models, one that names a strategy not about all strategies.
"""


def topics_of(text: str) -> list[Topic]:
    """The topics of a question, without those that it is about only in a narrower sense."""
    text = normalised(text)
    found = [topic for topic in _TOPICS if topic.asked.search(text)]
    return [topic for topic in found if not any(narrower in found for narrower in _NARROWER.get(topic, ()))]
