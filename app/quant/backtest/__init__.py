"""Backtests: a strategy, a series and a configuration in; trades, curves and metrics out."""

from app.quant.backtest.config import CONVENTIONS, DEFAULT_CONFIG, BacktestConfig, Conventions
from app.quant.backtest.performance import Performance, performance
from app.quant.backtest.positions import ExitReason, Progress
from app.quant.backtest.result import BacktestResult, Metrics, Trade
from app.quant.backtest.run import backtest, measure

__all__ = [
    "CONVENTIONS",
    "DEFAULT_CONFIG",
    "BacktestConfig",
    "BacktestResult",
    "Conventions",
    "ExitReason",
    "Metrics",
    "Performance",
    "Progress",
    "Trade",
    "backtest",
    "measure",
    "performance",
]
