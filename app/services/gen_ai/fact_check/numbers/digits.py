"""Numbers in digits: 1,234.56, 12,3, 1.2M, 104k, 1억 2천만, 10만 4,120."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.numbers.masking import Masked
from app.services.gen_ai.fact_check.numbers.number import Number
from app.services.gen_ai.fact_check.numbers.units import Unit, currency_before, unit_after

_SMALL = {"십": 10, "백": 100, "천": 1_000}
_LARGE = {"만": 10_000, "억": 100_000_000, "조": 1_000_000_000_000}
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "b": 1e9,
    "billion": 1e9,
    "trillion": 1e12,
}
_NUMERAL = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)"  # 1,234.56
    r"|\d{1,3}(?:\.\d{3})+,\d+(?!\d)"  # 1.234,56
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"  # 1.234.567
    r"|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?(?!\d)"  # 1 234,56 with spaces that do not break
    r"|\d+,(?:\d{1,2}|\d{4,})(?!\d)(?!,\d)"  # 12,3
    r"|\d+(?:\.\d+)?"
    r"|\.\d+"
)
_KOREAN_PART = (
    rf"(?:{_NUMERAL})\s?(?:[십백천]{{1,2}}[만억조]|[십백천](?![가-힣])|[십백천](?=\s?(?:달러|원|회|번))|[만억조])"
)
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<korean>{_KOREAN_PART}(?:\s?{_KOREAN_PART})*(?:\s?\d[\d,]*(?![\d.%]))?)"
    rf"|(?P<plain>{_NUMERAL})(?:\s?(?P<scale>thousand|million|billion|trillion|mn|bn|[kKMBm])(?![A-Za-z]))?)"
)
_PART = re.compile(rf"(?P<numeral>{_NUMERAL})\s?(?P<unit>[십백천]*[만억조]?)")
# A minus stands right before the digits and after nothing that it could join to them.
_SIGN = re.compile(
    r"(?:(?:^|[\s(\[{/:~=·,\x00])(?P<mark>[-\u2212\u2013+\uff0b▼△])(?P<currency>US\$|\$|₩|€)?"
    r"|(?P<word>\bminus|\bnegative|\bplus|마이너스|플러스)\s?)$",
    re.IGNORECASE,
)
_NEGATIVE = frozenset("-\u2212\u2013▼△")
_LOOK_BACK = 14


def read_digits(masked: Masked, original: str) -> Iterator[Number]:
    def read(match: re.Match[str]) -> Number:
        end, scale = match.end(), match["scale"]
        if scale == "m" and not currency_before(original, match.start()):
            end, scale = match.end("plain"), None  # 12m are months, $12m are millions
        value, step = _korean(match["korean"]) if match["korean"] else _plain(match["plain"], scale)
        return number_at(original, match.start(), end, value, step)

    yield from masked.take(_NUMBER, read)


def number_at(text: str, start: int, end: int, value: float, step: float, *, in_words: bool = False) -> Number:
    """The number whose numeral stands at `start` to `end`, with the sign, currency and unit around it."""
    unit = unit_after(text, end)
    currency = currency_before(text, start)
    if currency:
        kind, start = currency
        unit = Unit(kind, "", unit.end if unit.kind is kind else end)
    sign, start = _sign_before(text, start)
    return Number(start, unit.end, text[start : unit.end], unit.kind, value, step, sign, unit.noun, in_words=in_words)


def _sign_before(text: str, position: int) -> tuple[int, int]:
    before = text[max(0, position - _LOOK_BACK) : position]
    match = _SIGN.search(before)
    if not match:
        return 0, position
    mark = match["mark"]
    negative = mark in _NEGATIVE if mark else match["word"].lower() in {"minus", "negative", "마이너스"}
    return -1 if negative else 1, position - len(before) + match.start("mark" if mark else "word")


def _plain(text: str, scale: str | None) -> tuple[float, float]:
    value, step = _numeral(text)
    times = _SCALES[scale.lower()] if scale else 1.0
    return value * times, step * times


def _korean(text: str) -> tuple[float, float]:
    """1억 2천만: each part is a numeral with its unit; the last part's unit decides the step."""
    total, step = 0.0, 1.0
    for part in _PART.finditer(text):
        value, step = _numeral(part["numeral"])
        times = 1.0
        for unit in part["unit"]:
            times *= _SMALL.get(unit) or _LARGE[unit]
        total, step = total + value * times, step * times
    return total, step


def _numeral(text: str) -> tuple[float, float]:
    """The value of written digits, and the worth of the last one."""
    for space in "\u00a0\u2009\u202f":
        text = text.replace(space, "")
    if text.rfind(",") > text.rfind(".") and not _is_grouped(text, ","):
        text = text.replace(".", "").replace(",", ".")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    else:
        text = text.replace(",", "")
    decimals = len(text.partition(".")[2])
    return float(text), 10.0**-decimals


def _is_grouped(text: str, separator: str) -> bool:
    first, *groups = text.split(separator)
    return bool(groups) and all(len(group) == 3 for group in groups) and "." not in first  # noqa: PLR2004  thousands
