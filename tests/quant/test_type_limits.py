"""The limits that a type sets to its numbers are those that its checks enforce."""

from app.quant.strategy import StrategyType
from app.quant.validation import LONG, OVERBOUGHT, OVERSOLD, ROC_PERIOD, RSI_PERIOD, SHORT, type_limits
from tests.fakes.strategies import ema, num, plan, price, roc, rsi, sma, when
from tests.fakes.templates import strategy_from_template


def test_a_crossover_has_a_short_and_a_long_average() -> None:
    strategy = strategy_from_template("sma_crossover", {})
    assert type_limits(strategy) == {"SMA(20).period": SHORT, "SMA(60).period": LONG}
    entry = (when(sma(60), "crosses_below", sma(20)), when(price(), "above", sma(200)))
    assert type_limits(plan(entry, (), StrategyType.SMA_CROSSOVER)) == {"SMA(20).period": SHORT, "SMA(60).period": LONG}


def test_a_reversion_has_an_oversold_and_an_overbought_number() -> None:
    strategy = plan(
        (when(rsi(5), "above", 60), when(num(30), "above", rsi(14))),
        (when(rsi(14), "above", 70), when(rsi(14), "above", 80)),
        StrategyType.RSI_MEAN_REVERSION,
    )
    assert type_limits(strategy) == {
        "RSI(14).period": RSI_PERIOD,
        "entry.2.number": OVERSOLD,
        "exit.1.number": OVERBOUGHT,
    }


def test_momentum_has_a_rate_of_change() -> None:
    strategy = plan((when(roc(20), "above", 2), when(price(), "above", ema(50))), (), StrategyType.MOMENTUM)
    assert type_limits(strategy) == {"ROC(20).period": ROC_PERIOD}


def test_other_types_set_no_limits() -> None:
    assert type_limits(plan()) == {}
    assert type_limits(strategy_from_template("buy_and_hold", {})) == {}
