"""What stands right before or after the digits and says what they count."""

import re
from typing import NamedTuple

from app.services.gen_ai.fact_check.numbers.number import Kind


class Unit(NamedTuple):
    kind: Kind
    noun: str
    end: int


_NO_UNIT = Unit(Kind.PLAIN, "", -1)

_TRADE_WORDS = (
    r"(?:(?:closed|completed|round|individual|separate|single|different|total|such|or so|more|long|new)[\s-])*"
)
_SUFFIXES: tuple[tuple[Kind, str, str], ...] = (
    (
        Kind.POINTS,
        "",
        r"%\s?-?[pP](?![a-zA-Z])|%\s?포인트|퍼센트\s?포인트|percent(?:age)?[\s-]points?\b|pp[ts]?\b|%[\s-]points?\b",
    ),
    (Kind.BASIS_POINTS, "", r"bps?\b|basis[\s-]points?\b|베이시스\s?포인트"),
    (Kind.POINTS, "", r"points?\b|포인트"),
    (Kind.PERCENT, "", r"%|\uff05|percent\b|per cent\b|pct\b|퍼센트|프로(?![가-힣]*(?:그|젝|필|세스|모))"),
    (Kind.MONEY, "", r"USD\b|(?:US )?dollars?\b|달러|불(?![가-힣])"),
    (
        Kind.FOREIGN_MONEY,
        "",
        (
            r"EUR\b|euros?\b|GBP\b|pounds?\b|KRW\b|JPY\b|yen\b|CNY\b|yuan\b|won(?=[.,;)]|$)"
            r"|유로|파운드|엔화?(?![가-힣])|위안|원(?!금|칙|인|래|본|유|점)"
        ),
    ),
    (Kind.RANK, "", r"위(?!험|치|해|원|협)|번째|(?:st|nd|rd|th)\b"),
    (
        Kind.COUNT,
        "trades",
        rf"{_TRADE_WORDS}(?:trades?|round[\s-]trips?|transactions?|positions?|deals?)\b|전(?=\s?\d+승)",
    ),
    (Kind.COUNT, "wins", r"(?:winning|profitable|successful) (?:trades?|positions?)\b|winners?\b|wins?\b|승"),
    (Kind.COUNT, "losses", r"(?:losing|unprofitable|failed) (?:trades?|positions?)\b|losers?\b|losses\b|패(?!턴)"),
    (Kind.DAYS, "", r"-?(?:(?:trading|business|daily|calendar|more)[\s-])?(?:days?|bars?|sessions?|periods?)\b"),
    (Kind.DAYS, "", r"거래일|영업일|일(?:선|간|짜리|치)?(?!관|단|부|반|정)|봉"),
    (Kind.WEEKS, "", r"-?weeks?\b|주(?:일|간|선)?(?![가-힣])"),
    (Kind.MONTHS, "", r"-?months?\b|개월|달(?!러)"),
    (Kind.YEARS, "", r"-?years?\b|년|해(?!당)"),
    (Kind.TIMES, "", r"times\b|-?fold\b|[x\u00d7](?![a-zA-Z])|배(?!당|수|분|경|포)"),
    (Kind.COUNT, "", r"차례|회(?!복|사|귀|피)|번(?!째|호)|건(?!전)"),
    (Kind.COUNT, "strategies", r"(?:strategies|candidates)\b|전략|후보"),
    (Kind.COUNT, "regimes", r"regimes\b|국면"),
    (
        Kind.COUNT,
        "things",
        r"가지|개(?!월|선|별|인)|명|종목|지표|경우|측면|이유|요인|방법|사례|시나리오|방향|문제|질문|조건",
    ),
)
_SUFFIX = re.compile(
    r"[\s ]?(?:" + "|".join(f"(?P<u{place}>{pattern})" for place, (_, _, pattern) in enumerate(_SUFFIXES)) + ")",
    re.IGNORECASE,
)
_DOLLARS = re.compile(r"(?:US\$|\$|USD ?)\s?$")
_FOREIGN = re.compile(r"(?:€|₩|£|¥|EUR ?|KRW ?|GBP ?|JPY ?)\s?$")


def unit_after(text: str, position: int) -> Unit:
    """The unit that begins at a position, and where it ends; the position itself where there is none."""
    match = _SUFFIX.match(text, position)
    if match is None or match.lastgroup is None:
        return _NO_UNIT._replace(end=position)
    kind, noun, _ = _SUFFIXES[int(match.lastgroup[1:])]
    return Unit(kind, noun, match.end())


def currency_before(text: str, position: int) -> tuple[Kind, int] | None:
    """The currency sign that ends at a position, and where it begins."""
    before = text[max(0, position - 5) : position]
    for kind, pattern in ((Kind.MONEY, _DOLLARS), (Kind.FOREIGN_MONEY, _FOREIGN)):
        match = pattern.search(before)
        if match:
            return kind, position - len(before) + match.start()
    return None
