"""Numbers in Korean words: 열일곱 번, 다섯 개, 두 배, 사십이 회, 십이 점 삼 퍼센트, 이천만 달러."""

import re
from collections.abc import Iterator

from app.services.gen_ai.fact_check.numbers.digits import number_at
from app.services.gen_ai.fact_check.numbers.masking import Masked
from app.services.gen_ai.fact_check.numbers.number import Kind, Number

_NATIVE_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_NATIVE_UNITS = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "넷": 4, "네": 4, "넉": 4,
    "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_TENS = "|".join(_NATIVE_TENS)
_UNITS = "|".join(_NATIVE_UNITS)
# The short forms are syllables of a thousand words: they count only before what is counted.
_COUNTED = (
    r"번(?!째)|회|건|차례|개월|개(?!별|인|선)|가지|배(?!당|수|분|경|포)|해(?![가-힣])|달(?!러)|명|주|전략|지표|국면|후보"
    r"|경우|종목"
)
_NATIVE = re.compile(
    rf"(?<![가-힣])(?:(?P<tens>{_TENS})\s?(?P<units>{_UNITS})?|(?P<only>{_UNITS}))(?=\s?(?:{_COUNTED}))"
    r"|(?<![가-힣])(?P<ten>열)(?=에\s)"
)
_STANDING = re.compile(
    r"(?<![가-힣])(?P<word>둘|셋|넷|다섯)(?=\s(?:중|가운데|다|모두)|이서|\s?다\s)"
    r"|(?<=전략 중 )(?P<of>하나|둘|셋|넷)(?=[가이만은는])"
)

_DIGITS = {"영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}
_SMALL = {"십": 10, "백": 100, "천": 1_000}
_LARGE = {"만": 10_000, "억": 100_000_000}
_SINO = re.compile(
    r"(?<![가-힣\d])(?<!\d\s)(?P<whole>[일이삼사오육칠팔구십백천만억영공]+(?:\s[일이삼사오육칠팔구십백천]+[만억])*)"
    r"(?:\s?점\s?(?P<fraction>[영공일이삼사오육칠팔구]+))?"
    r"(?=\s?(?P<unit>퍼센트|프로(?![가-힣])|포인트|달러|배(?!당|수|분|경|포)|거래일|회|번(?!째)|건|년|개월))"
)
_AMBIGUOUS = frozenset({"회", "번", "건", "년"})
"""After one syllable they make other words: 이번, 사건, 일회성, 만년."""


def read_korean(masked: Masked, original: str) -> Iterator[Number]:
    """Native numerals before counters, then Sino-Korean ones before units."""

    def native(match: re.Match[str]) -> Number:
        value = _NATIVE_TENS.get(match["tens"] or match["ten"] or "", 0) + _NATIVE_UNITS.get(
            match["units"] or match["only"] or "", 0
        )
        return number_at(original, match.start(), match.end(), float(value), 1.0, in_words=True)

    def standing(match: re.Match[str]) -> Number:
        value = float(_NATIVE_UNITS.get(match["word"] or match["of"], 0))
        return Number(
            match.start(), match.end(), match.group(), Kind.COUNT, value, 1.0, noun="strategies", in_words=True
        )

    def sino(match: re.Match[str]) -> Number | None:
        if len(match["whole"]) == 1 and match["unit"] in _AMBIGUOUS:
            return None
        value, step = float(sino_number(match["whole"])), 1.0
        if match["fraction"]:
            digits = [_DIGITS[letter] for letter in match["fraction"]]
            step = 10.0 ** -len(digits)
            value += int("".join(map(str, digits))) * step
        return number_at(original, match.start(), match.end(), value, step, in_words=True)

    yield from masked.take(_NATIVE, native)
    yield from masked.take(_STANDING, standing)
    yield from masked.take(_SINO, sino)


def sino_number(text: str) -> int:
    """이천십팔 is 2,018; a digit before a unit multiplies it, and a unit alone counts once."""
    total = section = digit = 0
    for letter in text.replace(" ", ""):
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        elif letter in _SMALL:
            section, digit = section + (digit or 1) * _SMALL[letter], 0
        else:
            total, section, digit = total + (section + digit or 1) * _LARGE[letter], 0, 0
    return total + section + digit
