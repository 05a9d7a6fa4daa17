"""What follows from the figures of a backtest by arithmetic."""

from datetime import date

import pytest

from app.services.gen_ai.fact_check import BacktestFigures, Fact, Metrics, Unit, Variation, backtest_facts
from tests.tables import each_line

_FIGURES = BacktestFigures(
    strategy_name="Test",
    start_date=date(2015, 1, 1),
    end_date=date(2019, 12, 31),
    initial_cash=1_000,
    metrics=Metrics(total_return=0.5, trades=10, win_rate=0.6, max_drawdown=-0.2),
    benchmark=Metrics(total_return=0.3),
    parameters={"short_window": 20},
    sensitivity=(Variation(parameter="short_window", value=30, metrics=Metrics(total_return=0.4)),),
)


@each_line(
    ("name", "value", "unit"),
    [
        ("final_value", 1_500, Unit.USD),
        ("profit", 500, Unit.USD),
        ("growth_multiple", 1.5, Unit.MULTIPLE),
        ("wins", 6, Unit.COUNT),
        ("losses", 4, Unit.COUNT),
        ("wins_per_loss", 1.5, Unit.MULTIPLE),
        ("loss_rate", 0.4, Unit.FRACTION),
        ("excess_return", 0.2, Unit.FRACTION),
        ("benchmark.final_value", 1_300, Unit.USD),
        ("benchmark.profit", 300, Unit.USD),
        ("parameter.short_window", 20, Unit.BARS),
        ("sensitivity.short_window=30.total_return", 0.4, Unit.FRACTION),
    ],
)
def test_what_follows_from_the_figures_is_a_fact(name: str, value: float, unit: Unit) -> None:
    found = {fact.name: fact for fact in backtest_facts(_FIGURES)}
    assert found[name].number == pytest.approx(value)
    assert found[name].unit is unit


def test_of_more_wins_than_trades_follows_no_number_of_losses() -> None:
    """The figures came from outside, and contradict each other."""
    figures = BacktestFigures(strategy_name="Test", metrics=Metrics(trades=0, wins=1_900))
    assert "losses" not in {fact.name for fact in backtest_facts(figures)}


def test_what_was_not_measured_is_no_fact() -> None:
    names = {fact.name for fact in backtest_facts(BacktestFigures(strategy_name="Test", metrics=Metrics()))}
    assert not {name for name in names if not name.startswith("convention.")}


@pytest.mark.parametrize(
    ("fact", "printed"),
    [
        (Fact("total_return", 0.1234, Unit.FRACTION, 1), "12.3%"),
        (Fact("sharpe_ratio", -0.004, Unit.RATIO, 2), "0.00"),
        (Fact("final_value", 81_150_000, Unit.USD, 0), "USD 81,150,000"),
        (Fact("difference(total_return, benchmark.total_return)", 0.2, Unit.POINTS, 1), "20.0 percentage points"),
        (Fact("date.start", date(2015, 1, 1), Unit.DATE, 0), "2015-01-01"),
    ],
)
def test_a_fact_is_printed_in_its_unit(fact: Fact, printed: str) -> None:
    assert fact.printed == printed
