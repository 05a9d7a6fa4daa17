"""Measured figures as they are printed. What was not measured has no text, and a sentence that needs it is not said."""

from collections.abc import Iterable
from string import Formatter

from app.simulator.answers.notes import Phrase
from app.simulator.answers.question import Language
from app.simulator.answers.schema_check import is_number
from app.simulator.answers.tokens import Json

_PERCENT = (
    "total_return",
    "annualised_return",
    "volatility",
    "max_drawdown",
    "var_95",
    "var_99",
    "cvar_95",
    "cvar_99",
    "win_rate",
    "benchmark_return",
    "alpha",
)
_COUNTS = ("total_trades", "winning_trades", "losing_trades")
_MONEY = ("final_value", "initial_cash")
_SMALL = 0.01

METRICS: dict[str, Phrase] = {
    "total_return": {"ko": "총수익률", "en": "total return"},
    "annualised_return": {"ko": "연환산 수익률", "en": "annualised return"},
    "volatility": {"ko": "변동성", "en": "volatility"},
    "sharpe_ratio": {"ko": "샤프 비율", "en": "Sharpe ratio"},
    "sortino_ratio": {"ko": "소르티노 비율", "en": "Sortino ratio"},
    "calmar_ratio": {"ko": "칼마 비율", "en": "Calmar ratio"},
    "max_drawdown": {"ko": "최대 낙폭", "en": "maximum drawdown"},
    "total_trades": {"ko": "거래 횟수", "en": "number of trades"},
    "win_rate": {"ko": "승률", "en": "win rate"},
    "final_value": {"ko": "최종 평가액", "en": "final value"},
    "benchmark_return": {"ko": "벤치마크 수익률", "en": "benchmark return"},
    "alpha": {"ko": "알파", "en": "alpha"},
    "beta": {"ko": "베타", "en": "beta"},
}


def printed(name: str, value: float) -> str:
    """Percent with one decimal, two where it is small; ratios with two decimals; counts as whole numbers."""
    if name in _COUNTS:
        return f"{value:.0f}"
    if name in _MONEY:
        return f"{value:,.2f}"
    # Adding zero turns -0.0, which nobody reads, into 0.0.
    if name in _PERCENT:
        decimals = 2 if abs(value) < _SMALL else 1
        return f"{round(value * 100, decimals) + 0.0:.{decimals}f}%"
    return f"{round(value, 2) + 0.0:.2f}"


class Facts:
    """The figures by name, and any other words (names, dates) that sentences may use."""

    def __init__(self, metrics: object, words: Json | None = None) -> None:
        given = metrics if isinstance(metrics, dict) else {}
        self.values: dict[str, float] = {name: float(value) for name, value in given.items() if is_number(value)}
        self._texts = {name: printed(name, value) for name, value in self.values.items()}
        self._texts |= {name: text for name, text in (words or {}).items() if isinstance(text, str) and text}

    def get(self, name: str) -> float | None:
        return self.values.get(name)

    def say(self, phrase: Phrase, language: Language) -> str | None:
        """The phrase with its figures; None where one of them is missing."""
        template = phrase[language]
        needed = {field for _, field, _, _ in Formatter().parse(template) if field}
        return template.format(**self._texts) if needed <= self._texts.keys() else None

    def said(self, phrases: Iterable[Phrase], language: Language) -> list[str]:
        return [text for phrase in phrases if (text := self.say(phrase, language)) is not None]
