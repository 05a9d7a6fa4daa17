"""What stands right before or after the digits and says what they count."""

import re
from typing import NamedTuple

from app.services.gen_ai.fact_check.numbers.number import Kind


class Unit(NamedTuple):
    kind: Kind
    noun: str
    end: int


_NO_UNIT = Unit(Kind.PLAIN, "", -1)

_END = r"(?![A-Za-z])"
"""No \b: a Korean particle may follow a Latin word without a blank."""
_KINDS_OF_TRADES = (
    r"(?:(?:closed|completed|round|individual|separate|single|different|total|such|or so|more|long|new)[\s-])*"
)
_POINTS = (
    r"%\s?-?[pP](?![A-Za-z]|\.a)|%\s?포인트|퍼센트\s?포인트"
    rf"|(?:percent(?:age)?[\s-]points?|pp[ts]?|%[\s-]points?){_END}"
)
_PERCENT = rf"%|\uff05|(?:percent|per cent|pct){_END}|퍼센트|프로(?![가-힣]*(?:그|젝|필|세스|모))"
_FOREIGN_MONEY = (
    rf"(?:EUR|euros?|GBP|pounds?|KRW|JPY|yen|CNY|yuan){_END}|won(?=[.,;)]|$)"
    r"|유로|파운드|엔화?(?![가-힣])|위안|원(?!금|칙|인|래|본|유|점)"
)
_TRADES = rf"{_KINDS_OF_TRADES}(?:trades?|round[\s-]trips?|transactions?|positions?|deals?){_END}|전(?=\s?\d+승)"
_WINS = rf"(?:(?:winning|profitable|successful) (?:trades?|positions?)|winners?|wins?){_END}|승"
_LOSSES = rf"(?:(?:losing|unprofitable|failed) (?:trades?|positions?)|losers?|losses){_END}|패(?!턴)"
_DAYS = (
    rf"-?(?:(?:trading|business|daily|calendar|more)[\s-])?(?:days?|bars?|sessions?|periods?){_END}"
    r"|거래일|영업일|일(?:선|간|짜리|치)?(?!관|단|부|반|정)|봉"
)
_THINGS = r"가지|개(?!월|선|별|인)|명|종목|지표|경우|측면|이유|요인|방법|사례|시나리오|방향|문제|질문|조건"

# In this order: "%p" is no percent, and a noun says more than a counter.
_SUFFIXES: tuple[tuple[Kind, str, str], ...] = (
    (Kind.POINTS, "", _POINTS),
    (Kind.BASIS_POINTS, "", rf"(?:bps?|basis[\s-]points?){_END}|베이시스\s?포인트"),
    (Kind.POINTS, "", rf"(?:points|-point){_END}|포인트"),
    (Kind.PERCENT, "", _PERCENT),
    (Kind.MONEY, "", rf"(?:USD|(?:US )?dollars?){_END}|달러|불(?![가-힣])"),
    (Kind.FOREIGN_MONEY, "", _FOREIGN_MONEY),
    (Kind.RANK, "", rf"(?<=\d)위(?!험|치|해|원|협)|번째|(?:st|nd|rd|th){_END}"),
    (Kind.COUNT, "trades", _TRADES),
    (Kind.COUNT, "wins", _WINS),
    (Kind.COUNT, "losses", _LOSSES),
    (Kind.DAYS, "", _DAYS),
    (Kind.WEEKS, "", rf"-?weeks?{_END}|주(?:일|간|선)?(?![가-힣])"),
    (Kind.MONTHS, "", rf"-?months?{_END}|개월|달(?!러)"),
    (Kind.YEARS, "", rf"-?years?{_END}|년|해(?!당)"),
    (Kind.TIMES, "", rf"times{_END}|-?fold{_END}|[x\u00d7]{_END}|배(?!당|수|분|경|포)"),
    (Kind.COUNT, "strategies", rf"(?:strategies|candidates){_END}|전략|후보"),
    (Kind.COUNT, "regimes", rf"regimes{_END}|국면"),
    (Kind.COUNT, "", r"차례|회(?!복|사|귀|피)|번(?!째|호)|건(?!전)"),
    (Kind.COUNT, "things", _THINGS),
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
