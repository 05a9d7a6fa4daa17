"""What a backtest found: plain values throughout, so that pydantic writes it as JSON and reads it back."""

from dataclasses import dataclass
from datetime import date

from app.quant.backtest.config import BacktestConfig
from app.quant.backtest.conventions import Conventions
from app.quant.backtest.performance import Performance
from app.quant.backtest.positions import ExitReason


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
