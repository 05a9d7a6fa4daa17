"""What a backtest brought, and the words for its assumptions and exits."""

from dataclasses import dataclass
from datetime import date

from app.quant.backtest.config import CONVENTIONS, BacktestConfig, Conventions
from app.quant.backtest.performance import Performance
from app.quant.backtest.positions import ExitReason
from app.quant.figures import figure, percent
from app.quant.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One purchase and its sale; the four exit fields are None for what is still held on the last day.

    Prices contain the slippage. `profit`: after all costs; of an open trade, at the last close. `profit_fraction`:
    of what was paid. `days_held`: bars from purchase to sale, 0 within a day.
    """

    entry_day: date
    entry_price: float
    shares: float
    exit_day: date | None
    exit_price: float | None
    exit_reason: ExitReason | None
    days_held: int | None
    profit: float
    profit_fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics(Performance):
    """Trades are the closed ones; a trade without gain or loss is neither won nor lost.

    `win_rate`: won ones as a fraction of all. `exposure`: fraction of the days with something held at the close.
    """

    total_trades: int
    winning_trades: int
    losing_trades: int
    win_rate: float | None
    open_trades: int
    exposure: float
    benchmark_return: float
    alpha: float | None
    beta: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """`position_fraction`: the fraction of the capital that went into each position. The curves, one value a day, are
    what the account was worth, how far below its highest value that is, and what the benchmark was worth.
    """

    symbol: str
    first_day: date
    last_day: date
    config: BacktestConfig
    position_fraction: float
    conventions: Conventions
    metrics: Metrics
    benchmark: Performance
    trades: tuple[Trade, ...]
    days: tuple[date, ...]
    equity: tuple[float, ...]
    drawdown: tuple[float, ...]
    benchmark_equity: tuple[float, ...]


# What a backtest assumes, and why its trades ended, in sentences of both languages.

_REASONS_EN: dict[ExitReason | None, str] = {
    "signal": "exit rule",
    "stop_loss": "stop loss",
    "take_profit": "take profit",
    None: "still held",
}
_REASONS_KO: dict[ExitReason | None, str] = {
    "signal": "매도 조건",
    "stop_loss": "손절",
    "take_profit": "익절",
    None: "보유 중",
}


def exit_reason_in_words(reason: ExitReason | None, language: Language) -> str:
    return (_REASONS_KO if language == "ko" else _REASONS_EN)[reason]


def assumptions_in_words(config: BacktestConfig, language: Language) -> list[str]:
    """How it was traded, what it cost, and what the yearly figures rest on."""
    year, risk_free = CONVENTIONS.days_per_year, percent(CONVENTIONS.risk_free_rate)
    cash, most = figure(config.initial_cash), percent(config.max_position)
    commission, slippage = percent(config.commission), percent(config.slippage)
    if language == "ko":
        return [
            f"현금 {cash}에서 시작하며, 한 번에 자본의 {most}까지만 투입합니다.",
            "종가에서 판단하여 다음 날 시가에 체결합니다.",
            "손절과 익절은 장중에 체결하며, 같은 날 둘 다 닿으면 손절로 봅니다.",
            f"체결할 때마다 수수료 {commission}와 슬리피지 {slippage}를 반영합니다.",
            f"1년은 {year}거래일, 무위험 수익률은 연 {risk_free}이며, 보유 현금에는 이자가 없습니다.",
            "벤치마크는 같은 종목을 첫날 종가에 사서 비용 없이 끝까지 보유한 결과입니다.",
        ]
    return [
        f"Starts with {cash} in cash and puts at most {most} of the capital into a position.",
        "Decides at the close and is filled at the next open.",
        "A stop loss or take profit is filled within the day; where a day reaches both, the stop loss counts.",
        f"Each fill costs a commission of {commission}, and slippage makes its price {slippage} worse.",
        f"A year has {year} trading days, the risk-free rate is {risk_free} a year, and cash earns nothing.",
        "The benchmark is the same series, bought at the first close and held to the end without costs.",
    ]
