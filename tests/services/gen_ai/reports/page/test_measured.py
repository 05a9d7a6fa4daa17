"""What a page needs is taken from a backtest as it is, and refused where it makes no sense."""

from datetime import date

import pytest

from app.schemas.gen_ai.common import BacktestMetrics
from app.schemas.gen_ai.narrative_report import BacktestSummary
from app.services.gen_ai.reports.page import Curves, Measured
from tests.fakes.report_documents import long_backtest

_DAYS = (date(2020, 1, 6), date(2020, 1, 7), date(2020, 1, 8))


def test_the_drawdown_is_the_one_that_the_backtest_found() -> None:
    result = long_backtest()
    measured = Measured.of_result(result)
    assert measured.curves is not None
    assert measured.curves.drawdown == pytest.approx(result.drawdown, abs=1e-15)


def test_a_backtest_is_taken_whole() -> None:
    result = long_backtest()
    measured = Measured.of_result(result)
    assert (measured.symbol, measured.first_day, measured.last_day) == ("GSPC", result.first_day, result.last_day)
    assert measured.benchmark["total_return"] == result.metrics.benchmark_return
    assert "benchmark_return" not in measured.strategy
    assert (measured.trades, measured.config, measured.conventions) == (
        result.trades,
        result.config,
        result.conventions,
    )


def test_of_a_summary_only_the_given_figures_are_known() -> None:
    summary = BacktestSummary(
        strategy_name="A",
        symbol="X",
        start_date=date(2020, 1, 6),
        end_date=date(2021, 1, 6),
        metrics=BacktestMetrics(total_return=0.1, benchmark_return=0.2),
    )
    measured = Measured.of_summary(summary)
    assert (measured.strategy, measured.benchmark) == ({"total_return": 0.1}, {"total_return": 0.2})
    assert measured.curves is None
    alone = summary.model_copy(update={"metrics": BacktestMetrics(total_return=0.1)})
    assert Measured.of_summary(alone).benchmark == {}


@pytest.mark.parametrize(
    ("days", "equity", "benchmark", "wrong"),
    [
        (_DAYS[:1], (1.0,), None, "at least two days, not 1"),
        (_DAYS[::-1], (1.0, 2.0, 3.0), None, "must rise"),
        ((_DAYS[0], _DAYS[0]), (1.0, 2.0), None, "must rise"),
        (_DAYS, (1.0, 2.0), None, "equity has 2 values for 3 days"),
        (_DAYS, (1.0, 2.0, 3.0), (1.0,), "benchmark has 1 values for 3 days"),
        (_DAYS, (1.0, float("nan"), 3.0), None, "every value of equity must be a number above 0"),
        (_DAYS, (1.0, 2.0, 3.0), (1.0, 0.0, 3.0), "every value of benchmark must be a number above 0"),
    ],
)
def test_a_curve_that_is_none_is_refused(
    days: tuple[date, ...], equity: tuple[float, ...], benchmark: tuple[float, ...] | None, wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        Curves(days, equity, benchmark)
