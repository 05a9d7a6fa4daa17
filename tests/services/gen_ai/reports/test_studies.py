"""What further backtests bring to a report, and where they bring nothing."""

from dataclasses import replace
from datetime import date

import pytest

from app.quant.backtest import BacktestConfig, backtest
from app.quant.market import market_data
from app.quant.strategy import Strategy
from app.quant.study import changed
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.reports.basis import ReportBasis, market_phases, variations
from tests.fakes.report_documents import crossover
from tests.fakes.stored import queued
from tests.fakes.strategies import plan, sma, when

BARS = market_data().bars("GSPC", date(2000, 1, 3), date(2009, 12, 31))
CONFIG = BacktestConfig(commission=0.002, max_position=0.5)


def _finished(strategy: Strategy) -> FinishedBacktest:
    return FinishedBacktest(queued(), strategy, backtest(strategy, BARS, CONFIG))


def test_each_variation_is_the_backtest_with_that_one_number_changed() -> None:
    """Run with the same bars and costs as the backtest itself."""
    strategy = crossover()
    found = variations(_finished(strategy), BARS)
    assert {(each.parameter, each.value) for each in found} == {
        ("sma_period", 18),
        ("sma_period", 25),
        ("sma_period_2", 54),
        ("sma_period_2", 66),
    }
    for each in found:
        period = 20 if each.parameter == "sma_period" else 60
        expected = backtest(changed(strategy, {f"SMA({period}).period": each.value}), BARS, CONFIG).metrics
        assert each.metrics.total_return == expected.total_return
        assert each.metrics.max_drawdown == expected.max_drawdown


def test_at_most_three_numbers_of_the_rules_are_varied_and_no_limit() -> None:
    """Position size and stop loss are a matter of what a person can bear."""
    many = plan(
        [when(sma(5), "above", sma(10)), when(sma(20), "above", sma(40))],
        [when(sma(5), "below", sma(10))],
        stop_loss=0.1,
    )
    found = variations(_finished(many), BARS)
    assert 0 < len({each.parameter for each in found}) <= 3
    assert all(each.parameter.startswith("sma_period") for each in found)


def test_a_strategy_without_numbers_has_no_variations() -> None:
    assert variations(_finished(plan([], [])), BARS) == ()


def test_bars_that_are_no_longer_those_of_the_backtest_bring_nothing() -> None:
    """Its own figures would not be comparable with those of other bars."""
    finished = _finished(crossover())
    assert variations(finished, market_data().bars("GSPC", date(2000, 1, 3), date(2009, 11, 30))) == ()


def test_phases_need_more_than_a_year() -> None:
    result = _finished(crossover()).result
    bull, bear = market_phases(result)
    assert (bull.name, bear.name) == ("bull", "bear")
    assert (bull.days or 0) + (bear.days or 0) == len(result.days) - 252
    short = replace(
        result,
        days=result.days[:252],
        equity=result.equity[:252],
        benchmark_equity=result.benchmark_equity[:252],
    )
    assert market_phases(short) == ()


@pytest.mark.parametrize("with_bars", [True, False])
def test_the_basis_of_a_stored_backtest_has_its_figures_and_without_bars_no_sensitivity(*, with_bars: bool) -> None:
    finished = _finished(crossover())
    basis = ReportBasis.of_finished(finished, BARS if with_bars else None)
    facts = {fact.name: fact.value for fact in basis.subject.facts}
    result = finished.result
    assert facts["total_return"] == result.metrics.total_return
    assert facts["benchmark.max_drawdown"] == result.benchmark.max_drawdown
    assert facts["cvar_99"] == result.metrics.cvar_99
    assert facts["trades"] == result.metrics.total_trades
    assert (facts["date.start"], facts["date.end"]) == (result.first_day, result.last_day)
    assert facts["parameter.sma_period_2"] == 60
    assert any(name.startswith("sensitivity.") for name in facts) is with_bars
    assert basis.backtest_id == "bt_1"
    assert basis.rules("en")[0].startswith("Buys when")
