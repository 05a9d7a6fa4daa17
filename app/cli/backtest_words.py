"""What the figures of a backtest are called, in both languages."""

from typing import NamedTuple

from app.quant.words import Language


class Figure(NamedTuple):
    """`name` is the field of the metrics; `form` is how its value is written."""

    name: str
    form: str
    en: str
    ko: str

    def called(self, language: Language) -> str:
        return self.ko if language == "ko" else self.en


_PERCENT, _RATIO, _AMOUNT, _COUNT = "{:.2%}", "{:.2f}", "{:,.2f}", "{:,}"

OF_BOTH = (
    Figure("total_return", _PERCENT, "Total return", "총수익률"),
    Figure("annualised_return", _PERCENT, "Return a year", "연환산 수익률"),
    Figure("volatility", _PERCENT, "Volatility a year", "연환산 변동성"),
    Figure("sharpe_ratio", _RATIO, "Sharpe ratio", "샤프 지수"),
    Figure("sortino_ratio", _RATIO, "Sortino ratio", "소르티노 지수"),
    Figure("calmar_ratio", _RATIO, "Calmar ratio", "칼마 지수"),
    Figure("max_drawdown", _PERCENT, "Maximum drawdown", "최대 낙폭"),
    Figure("var_95", _PERCENT, "Value at risk 95 %, a day", "95% VaR (1일)"),
    Figure("var_99", _PERCENT, "Value at risk 99 %, a day", "99% VaR (1일)"),
    Figure("cvar_95", _PERCENT, "Shortfall 95 %, a day", "95% CVaR (1일)"),
    Figure("cvar_99", _PERCENT, "Shortfall 99 %, a day", "99% CVaR (1일)"),
    Figure("final_value", _AMOUNT, "Final value", "최종 평가액"),
)
"""Figures that the strategy and the benchmark have."""

OF_STRATEGY = (
    Figure("total_trades", _COUNT, "Closed trades", "청산된 거래"),
    Figure("winning_trades", _COUNT, "Won", "이익 거래"),
    Figure("losing_trades", _COUNT, "Lost", "손실 거래"),
    Figure("win_rate", _PERCENT, "Win rate", "승률"),
    Figure("open_trades", _COUNT, "Still held", "보유 중"),
    Figure("exposure", _PERCENT, "Days with something held", "보유 일수 비중"),
    Figure("alpha", _PERCENT, "Alpha a year", "알파 (연)"),
    Figure("beta", _RATIO, "Beta", "베타"),
)
"""Figures that the strategy alone has."""

HEADINGS: dict[Language, tuple[str, str, str]] = {
    "en": ("Figure", "Strategy", "Benchmark"),
    "ko": ("지표", "전략", "벤치마크"),
}
CURVES: dict[Language, tuple[str, str, str]] = {
    "en": ("Equity", "Benchmark", "Drawdown"),
    "ko": ("평가액", "벤치마크", "낙폭"),
}
TRADES: dict[Language, tuple[str, ...]] = {
    "en": ("Bought", "Paid", "Sold", "Got", "Because", "Days", "Profit", "%"),
    "ko": ("매수일", "매수가", "매도일", "매도가", "사유", "일수", "손익", "%"),
}
