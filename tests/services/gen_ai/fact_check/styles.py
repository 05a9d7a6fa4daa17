"""Ways to write a value, and sentences to write it in; for the laws of the fact check."""

from collections.abc import Callable
from dataclasses import dataclass

_DIGITS = {"0": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven"}
_DIGITS |= {"8": "eight", "9": "nine"}
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

MINUS = "\u2212"

Style = Callable[[str], str]
"""Makes the written number from the digits with their sign, such as "-12.3"."""


def in_english_words(text: str) -> str:
    """-12.3 is "minus twelve point three"; up to 999."""
    sign, digits = ("minus ", text[1:]) if text.startswith("-") else ("", text)
    whole, _, fraction = digits.replace(",", "").partition(".")
    said = _english_whole(int(whole))
    return sign + said + (" point " + " ".join(_DIGITS[digit] for digit in fraction) if fraction else "")


def _english_whole(value: int) -> str:
    if value >= 100:
        rest = f" and {_english_whole(value % 100)}" if value % 100 else ""
        return f"{_DIGITS[str(value // 100)]} hundred{rest}"
    if value >= 20:
        return _TENS[value // 10 - 2] + (f"-{_DIGITS[str(value % 10)]}" if value % 10 else "")
    return _TEENS[value - 10] if value >= 10 else _DIGITS[str(value)]


def in_korean_words(text: str) -> str:
    """42 is 마흔두 before a counter; 1 to 99."""
    tens = ["", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"]
    units = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"]
    value = int(text)
    return "스무" if value == 20 else tens[value // 10] + units[value % 10]


PERCENTS: dict[str, Style] = {
    "12.3%": lambda text: f"{text}%",
    "12.3 %": lambda text: f"{text} %",
    "12,3 %": lambda text: f"{text.replace(',', '').replace('.', ',')} %",
    "12.3 percent": lambda text: f"{text} percent",
    "12.3퍼센트": lambda text: f"{text}퍼센트",
    "Unicode minus": lambda text: f"{text.replace('-', MINUS)}%",
    "in words": lambda text: f"{in_english_words(text)} percent",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence about a metric with a place for its number."""

    language: str
    metric: str
    text: str


FRACTIONS = (
    Frame("en", "total_return", "The total return of the strategy was {}."),
    Frame("en", "annualised_return", "It compounded at {} over the period."),
    Frame("en", "volatility", "With a volatility of {}, the strategy is calm."),
    Frame("en", "win_rate", "The win rate came in at {}, which is remarkable."),
    Frame("en", "alpha", "Alpha: {}"),
    Frame("ko", "total_return", "총수익률은 {}입니다."),
    Frame("ko", "annualised_return", "연환산 수익률이 {}로 나타났다."),
    Frame("ko", "volatility", "이 전략의 변동성은 {}에 그쳤습니다."),
    Frame("ko", "win_rate", "승률 {}를 기록했다."),
    Frame("ko", "alpha", "알파는 {}였습니다."),
)
LOSSES = (
    Frame("en", "max_drawdown", "The maximum drawdown was {}."),
    Frame("en", "max_drawdown", "At its worst the account stood {} below its peak."),
    Frame("ko", "max_drawdown", "최대 낙폭은 {}입니다."),
    Frame("ko", "max_drawdown", "고점 대비 {} 하락한 적이 있다."),
)
RATIOS = (
    Frame("en", "sharpe_ratio", "Its Sharpe ratio is {}."),
    Frame("en", "sortino_ratio", "The strategy shows a Sortino ratio of {}."),
    Frame("en", "calmar_ratio", "Calmar {}, measured over the whole test."),
    Frame("en", "beta", "Beta stands at {}."),
    Frame("ko", "sharpe_ratio", "샤프 비율은 {}입니다."),
    Frame("ko", "sortino_ratio", "소르티노 지수 {}를 얻었다."),
    Frame("ko", "calmar_ratio", "칼마 비율이 {}에 머물렀습니다."),
    Frame("ko", "beta", "베타는 {}였다."),
)
