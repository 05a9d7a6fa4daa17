"""Few trades are all listed; of many, those that say most."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.quant.backtest import Trade
from app.services.gen_ai.reports.page.measured import MOST, OF_EACH, chosen_trades


def _trade(gain: float) -> Trade:
    return Trade(
        entry_day=date(2020, 1, 6),
        entry_price=100.0,
        shares=1.0,
        exit_day=None,
        exit_price=None,
        exit_reason=None,
        days_held=None,
        profit=gain * 100,
        profit_fraction=gain,
    )


@given(st.lists(st.floats(-1, 5), max_size=MOST))
def test_few_trades_are_all_listed(gains: list[float]) -> None:
    chosen = chosen_trades([_trade(gain) for gain in gains])
    assert [each.trade.profit_fraction for each in chosen] == gains
    assert [each.number for each in chosen] == list(range(1, len(gains) + 1))
    assert all(each.marks == () for each in chosen)


@given(st.lists(st.floats(-1, 5), min_size=MOST + 1, max_size=200))
def test_of_many_trades_the_first_the_last_the_best_and_the_worst_are_listed(gains: list[float]) -> None:
    chosen = chosen_trades([_trade(gain) for gain in gains])
    assert len(chosen) <= 4 * OF_EACH
    assert [each.number for each in chosen] == sorted({each.number for each in chosen})
    assert all(gains[each.number - 1] == each.trade.profit_fraction for each in chosen)

    def marked(mark: str) -> list[float]:
        return [each.trade.profit_fraction for each in chosen if mark in each.marks]

    assert marked("first") == gains[:OF_EACH]
    assert marked("last") == gains[-OF_EACH:]
    assert sorted(marked("best")) == sorted(gains)[-OF_EACH:]
    assert sorted(marked("worst")) == sorted(gains)[:OF_EACH]
    assert all(each.marks for each in chosen)
