"""A result comes back from its parts as it was, to the last bit."""

import orjson
import pytest

from app.quant.backtest import backtest
from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.services.backtests.ports import CURVES, put_together, taken_apart, unpacked
from tests.fakes.bars import flat_bars, random_bars
from tests.fakes.random_strategies import random_strategy
from tests.fakes.strategies import plan, when
from tests.fakes.strategies import price as field
from tests.tables import each_line


@each_line("seed", range(20))
def test_a_result_comes_back_as_it_was(seed: int) -> None:
    result = backtest(random_strategy(seed), random_bars(seed, 500))
    assert put_together(taken_apart(result)) == result


@pytest.mark.parametrize(
    ("strategy", "bars"),
    [
        (plan(), flat_bars(5, 5)),
        (plan([when(field(), "above", 0)], [when(field(), "below", 0)]), flat_bars(1, 2, 3, 4)),
    ],
)
def test_so_does_one_with_figures_that_are_not_defined_or_a_trade_that_is_open(strategy: Strategy, bars: Bars) -> None:
    result = backtest(strategy, bars)
    assert put_together(taken_apart(result)) == result


def test_what_is_short_has_nothing_long_in_it() -> None:
    parts = taken_apart(backtest(plan(), random_bars(1, 500)))
    summary, curves, trades = (
        orjson.loads(parts.summary),
        orjson.loads(unpacked(parts.curves)),
        orjson.loads(unpacked(parts.trades)),
    )
    assert not summary.keys() & {*CURVES, "trades"}
    assert tuple(curves) == CURVES
    assert {len(curve) for curve in curves.values()} == {500}
    assert len(trades) == summary["metrics"]["total_trades"] + summary["metrics"]["open_trades"]
