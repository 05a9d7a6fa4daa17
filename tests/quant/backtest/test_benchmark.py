"""The benchmark of the backtests measures strategies that make sense and that trade."""

from app.quant.backtest import backtest
from app.quant.market import market_data
from app.quant.validation import problems
from benchmarks.backtests import COMPARED, strategies
from benchmarks.backtests_bt import LONG, SHORT


def test_what_is_measured_makes_sense_and_trades_and_bt_is_given_the_same_averages() -> None:
    bars, lanes = market_data().bars("GSPC"), strategies()
    for name, strategy in lanes.items():
        assert "worst" in name or problems(strategy, len(bars)) == []
        assert backtest(strategy, bars).trades
    assert str(lanes[COMPARED].entry.conditions[0]) == f"SMA({SHORT}) crosses above SMA({LONG})"
