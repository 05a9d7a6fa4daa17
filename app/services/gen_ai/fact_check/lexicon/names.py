"""Digits that belong to a name or to the layout of a text, and things that are counted without being figures."""

import re

LIST_MARKERS = re.compile(
    r"^[ \t]*(?:#+ )?(?:\(?\d{1,2}(?:\.\d{1,2})*[.)](?=\s)|[①-⑳]|제\s?\d{1,2}\s?[장절])"
    r"|(?<=[\s:;,])\(\d{1,2}\)(?=\s[^\d%])|(?<=[:,;]\s)\d{1,2}[.)](?=\s[^\d\s])",
    re.MULTILINE,
)
IDENTIFIERS = re.compile(
    r"(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9]*_(?:[A-Za-z0-9_]|\.{3}|\u2026)*(?:\d|\.{3}|\u2026)(?:[A-Za-z0-9_]|\.{3}|\u2026)*"
)
"""`sma_period_2`, `bt_01J8...2`: a name of the code, whose digits count nothing."""
LABELS = re.compile(
    r"\b(?:table|figure|fig\.|section|chapter|appendix|step|exhibit|note|part|phase)\s\d{1,2}(?:\.\d{1,2})*\b"
    r"|(?:표|그림|절|부록|단계|섹션)\s\d{1,2}(?![\d.%]|\d)"
    r"|\d{1,2}\s?단계",
    re.IGNORECASE,
)
# Indices whose names carry a number, in the spellings of English and Korean reports.
INDEX_NAMES = re.compile(
    r"(?=[SNRKFDECTH나러코닛])(?:\bS&P[\s-]?(?:500|400|600|100)\b|\bS&P\s?(?:500|400|600|100)(?=[가-힣])|\bSPX?\s?500\b|\bNasdaq[\s-]?100\b"
    r"|나스닥\s?100|\bRussell[\s-]?(?:1000|2000|3000)\b|러셀\s?(?:1000|2000|3000)|\b(?:KOSPI|코스피)\s?(?:50|100|200)\b"
    r"|(?:KOSPI|코스피)\s?(?:50|100|200)(?=[가-힣])|(?:KOSDAQ|코스닥)\s?150|\bFTSE\s?(?:100|250)\b|\bNikkei\s?225\b"
    r"|닛케이\s?225|\bDow\s?(?:Jones\s)?30\b|\bDAX\s?(?:30|40)\b|\bCAC\s?40\b|\bEuro\s?Stoxx\s?(?:50|600)\b"
    r"|\bStoxx\s?(?:50|600)\b|\bCSI\s?300\b|\bTOPIX\s?(?:100|500)\b|\bHS\s?300\b)",
    re.IGNORECASE,
)
IDIOMS = re.compile(
    r"\b(?:at (?:one|this|that|some) (?:point(?!\s(?:zero|one|two|three|four|five|six|seven|eight|nine)\b)|time)"
    r"|one another|no one|(?:the )?odd one|one (?:or|by) one"
    r"|one by the other|one[- ]sided|two[- ]sided|first and second|zero-sum|the only one|this one|that one"
    r"|which one|either one)\b",
    re.IGNORECASE,
)
INDICATOR_CALL = re.compile(
    r"(?<![A-Za-z])(?:RSI|[SEWD]?MA|DEMA|TEMA|MACD|BB|BBANDS|ATR|ADX|ROC|STOCH|Bollinger|이동평균|볼린저 ?밴드"
    r"|스토캐스틱)\s?\((?P<inner>\s?\d+(?:\.\d+)?(?:\s?[,/]\s?\d+(?:\.\d+)?)*\s?)\)"
)
# What prose counts without measuring: "two weaknesses", "세 가지 이유". A trade or a month is not among them.
COUNTED_THINGS = re.compile(
    r"\s?(?:[a-z-]+\s){0,2}?(?:reasons?|findings?|steps?|risks?|weakness(?:es)?|strengths?|recommendations?|issues?"
    r"|things?|questions?|caveats?|sections?|ways?|respects?|cases?|parts?|sides?|words?|hands?|lessons?|conclusions?"
    r"|observations?|remarks?|areas?|factors?|aspects?|options?|alternatives?|directions?|numbers?|figures?|sentences?"
    r"|paragraphs?|others?|extremes?|kinds?|types?|sorts?|scenarios?|assumptions?|ideas?|measures?|takeaways?|metrics|criteria)\b",
    re.IGNORECASE,
)

INDEX_ALIASES: tuple[frozenset[str], ...] = (
    frozenset({"s&p 500", "s&p500", "s&p", "gspc", "^gspc", "spx"}),
    frozenset({"nasdaq composite", "nasdaq", "ixic", "^ixic", "나스닥 종합지수", "나스닥 종합 지수", "나스닥"}),
    frozenset({"dow jones", "dow", "dji", "^dji", "다우존스", "다우 지수"}),
    frozenset({"kospi", "코스피", "ks11", "^ks11", "코스피 지수"}),
)
"""Names of the same index: a symbol in the figures, and what reports call it."""
