"""The engine against the slow reference: the same trades, whatever the strategy."""

from collections import Counter

import pytest

from app.quant.backtest import BacktestConfig, BacktestResult, backtest
from app.quant.market import Bars
from app.quant.strategy import Strategy
from tests.fakes.bars import random_bars
from tests.fakes.random_strategies import random_strategy
from tests.quant.backtest.reference_engine import Account, reference_backtest

CONFIGS = (
    BacktestConfig(),
    BacktestConfig(max_position=1, commission=0, slippage=0),
    BacktestConfig(initial_cash=1234.5, max_position=0.7, commission=0.01, slippage=0.02),
)
STRATEGIES = 600


def _assert_the_same(result: BacktestResult, account: Account, bars: Bars) -> None:
    assert len(result.trades) == len(account.trades)
    for trade, expected in zip(result.trades, account.trades, strict=True):
        exit_day = None if expected.exit is None else bars.days[expected.exit]
        assert (trade.entry_day, trade.exit_day, trade.exit_reason) == (
            bars.days[expected.entry],
            exit_day,
            expected.reason,
        )
        assert (trade.entry_price, trade.exit_price) == (expected.entry_price, expected.exit_price)
        worth = expected.shares * float(bars.close[-1]) if expected.got is None else expected.got
        assert trade.shares == pytest.approx(expected.shares, rel=1e-11)
        assert trade.profit == pytest.approx(worth - expected.paid, rel=1e-9, abs=1e-9 * result.config.initial_cash)
    assert result.equity == pytest.approx(account.equity, rel=1e-11)


def _case(seed: int) -> tuple[Strategy, Bars, BacktestConfig]:
    bars = random_bars(seed, 2 + seed * 7 % 300, warm_up=seed % 40 if seed % 5 == 0 and seed * 7 % 300 > 45 else 0)
    return random_strategy(seed), bars, CONFIGS[seed % len(CONFIGS)]


def test_every_trade_and_every_close_is_that_of_the_bar_by_bar_reference() -> None:
    seen: Counter[str] = Counter()
    for seed in range(STRATEGIES):
        strategy, bars, config = _case(seed)
        result = backtest(strategy, bars, config)
        try:
            _assert_the_same(result, reference_backtest(strategy, bars, config), bars)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        seen.update(str(trade.exit_reason) for trade in result.trades)
        seen.update(["traded"] if result.trades else ["idle"])
        seen.update(["same day"] if any(trade.days_held == 0 for trade in result.trades) else [])
    assert seen["traded"] > STRATEGIES / 2, seen
    assert min(seen[kind] for kind in ("idle", "signal", "stop_loss", "take_profit", "None", "same day")) > 20, seen
