"""Dates in Korean and English: whole ones, months, years, and days of a month."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.numbers.masking import Masked
from app.services.gen_ai.fact_check.numbers.number import WrittenDate

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"

# In this order: a pattern takes what a later one would cut in pieces.
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_YEAR}\s?[-./]\s?(?P<month>\d{{1,2}})\s?[-./]\s?(?P<day>\d{{1,2}})(?!\d)",
        rf"(?<![\d.,/])(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})[./]{_YEAR}(?!\d)",
        rf"\b{_MONTH}[-'\u2019](?P<short>\d\d)(?!\d)",
        r"(?<=(?:19|20)\d\d[-\u2013/])(?P<short>\d\d)(?![\d.,%/-]|\s?%)",
        rf"(?<!\d){_YEAR}년\s?(?P<month>\d{{1,2}})월\s?(?P<day>\d{{1,2}})일(?![선간])",
        rf"(?<!\d){_YEAR}년\s?(?P<month>\d{{1,2}})월",
        r"(?<!\d)(?P<month>\d{1,2})월\s?(?P<day>\d{1,2})일(?![선간])",
        rf"\b{_MONTH}\s{_DAY},?\s(?:of\s)?{_YEAR}(?!\d)",
        rf"(?<!\d){_DAY}\s(?:of\s)?{_MONTH},?\s{_YEAR}(?!\d)",
        rf"\b{_MONTH},?\s(?:of\s)?{_YEAR}(?!\d)",
        rf"(?<!\d){_DAY}\s(?:of\s)?{_MONTH}",
        rf"\b{_MONTH}\s{_DAY}(?![\d.%])",
        rf"(?<!\d){_YEAR}년(?!\s?(?:동안|간|차|물))",
        r"(?<!\d)(?P<month>1[0-2]|[1-9])월(?=까지|부터|말|초|에|(?![가-힣]))",
    )
)
# A bare year: between two years, or after a word that dates; "2018 trades" is no year.
_BARE_YEARS = re.compile(
    rf"(?P<before>\b(?:in|from|to|until|till|since|between|and|through|during|of|by|for|year|years|early|late|mid|"
    rf"before|after|through|throughout|end|beginning|start|calendar)[\s-]|[-\u2013—~\u223c]\s?|\()"
    rf"{_YEAR}(?![\d%.,]*\d)(?!\s?(?:%|percent|trades?|days?|bars?|sessions?|points?|퍼센트|회|번|건|달러|원|년))"
    rf"|(?<![\d.,$])(?P<named>(?:19|20)\d\d)"
    rf"(?=[- ](?:crash|crisis|bear|bull|rally|sell-?off|low|high|peak|bottom|recession|slump|panic)\b)"
    rf"|(?<![\d.,$])(?P<first>(?:19|20)\d\d)(?=\s?[-\u2013—~\u223c]\s?(?:19|20)?\d\d(?!\d))",
    re.IGNORECASE,
)


def read_dates(masked: Masked) -> Iterator[WrittenDate]:
    for pattern in _PATTERNS:
        yield from masked.take(pattern, _whole)
    yield from masked.take(_BARE_YEARS, _bare)


def _whole(match: re.Match[str]) -> WrittenDate | None:
    parts = match.groupdict()
    month, day, year = _month(parts.get("month")), _number(parts.get("day")), _number(parts.get("year"))
    numeric = parts.get("month") is not None and match.group()[:1].isdigit() and parts["month"].isdigit()
    day_first = numeric and day is not None and match.start("day") < match.start("month")
    if month is not None and not 1 <= month <= len(_MONTHS):
        if not day_first or day is None or day > len(_MONTHS):
            return None
        month, day = day, month  # 12/30/2020
    if parts.get("short"):
        year = _century(int(parts["short"]))
    return WrittenDate(match.start(), match.end(), match.group(), year, month, day, either_way=day_first)


def _century(short: int) -> int:
    return short + (1900 if short > 50 else 2000)  # noqa: PLR2004  prices of the last seventy years


def _bare(match: re.Match[str]) -> WrittenDate:
    group = next(name for name in ("first", "named", "year") if match[name])
    return WrittenDate(match.start(group), match.end(group), match[group], int(match[group]), None, None)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdigit() else 1 + _MONTHS.index(text[:3].lower())
