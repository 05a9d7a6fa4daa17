"""What cannot be run is refused before it waits: everything that is wrong, and where."""

from datetime import date
from typing import Any

import pytest

from app.quant.backtest import DEFAULT_CONFIG
from app.quant.market import Bars, market_data
from app.services.backtests.checks import Source, Terms, order_of
from app.services.backtests.ports import BacktestOrder, WrongOrderError
from tests.fakes.bars import random_bars
from tests.fakes.stored import stored_strategy
from tests.fakes.strategies import plan, rules, sma, when

LONG = plan([when(sma(300), "crosses_above", sma(400))], [when(sma(300), "crosses_below", sma(400))])
SAMPLES = market_data()


def _terms(symbol: str = "GSPC", start: str | None = None, end: str | None = None) -> Terms:
    days = [None if day is None else date.fromisoformat(day) for day in (start, end)]
    return Terms(symbol=symbol, start_date=days[0], end_date=days[1], config=DEFAULT_CONFIG)


def _wrong(terms: Terms, source: Source) -> list[tuple[str, str]]:
    with pytest.raises(WrongOrderError) as caught:
        order_of(source, terms, SAMPLES)
    return [(error["where"], error["message"]) for error in caught.value.fields["errors"]]


def test_an_order_has_the_symbol_as_the_data_write_it() -> None:
    assert order_of(stored_strategy(), _terms(" gspc "), SAMPLES) == BacktestOrder(
        strategy=stored_strategy().strategy, symbol="GSPC", start_date=None, end_date=None, config=DEFAULT_CONFIG
    )


def test_rules_are_read_and_checked() -> None:
    assert order_of(plan().model_dump(mode="json"), _terms(), SAMPLES).strategy == plan()


def test_an_unknown_symbol_is_told_what_there_is() -> None:
    assert _wrong(_terms("AAPL"), stored_strategy()) == [
        ("body.symbol", "there are no bars of 'AAPL'; there are GSPC, IXIC")
    ]


def test_everything_is_said_at_once() -> None:
    """Symbol, dates and rules, each with its place."""
    rules_of = plan().model_dump(mode="json") | {"entry": rules("all").model_dump(mode="json"), "name": ""}
    wrong = _wrong(_terms("AAPL", "2010-01-04", "2010-01-04"), rules_of)
    assert [where for where, _ in wrong] == ["body.symbol", "body.end_date", "body.strategy", "body.strategy"]
    assert wrong[1][1] == "2010-01-04 must be after start_date (2010-01-04)"


@pytest.mark.parametrize(
    ("start", "end", "fields"),
    [
        ("1998-12-27", None, ["body.start_date"]),
        (None, "2019-01-08", ["body.end_date"]),
        ("1990-01-01", "2030-01-01", ["body.start_date", "body.end_date"]),
        ("2030-01-01", "2031-01-01", ["body.start_date", "body.end_date"]),
    ],
)
def test_dates_beyond_the_bars_are_refused(start: str | None, end: str | None, fields: list[str]) -> None:
    wrong = _wrong(_terms("GSPC", start, end), stored_strategy())
    assert [where for where, _ in wrong] == fields
    assert all("GSPC has bars from 1999-01-04 to 2018-12-31" in message for _, message in wrong)


@pytest.mark.parametrize(("start", "end"), [("1998-12-28", None), (None, "2019-01-07"), ("1999-01-01", "2018-12-31")])
def test_a_range_may_end_on_days_without_trading(start: str | None, end: str | None) -> None:
    """New Year's Day is no trading day, and nobody means a mistake by it."""
    order_of(stored_strategy(), _terms("GSPC", start, end), SAMPLES)


def test_a_range_without_a_bar_is_refused() -> None:
    (wrong,) = _wrong(_terms("GSPC", "2018-12-22", "2018-12-23"), stored_strategy())
    assert wrong[0] == "body.start_date"
    assert "no bars from 2018-12-22 to 2018-12-23" in wrong[1]


def test_a_single_day_is_too_short() -> None:
    assert _wrong(_terms("GSPC", "2018-12-31", None), stored_strategy()) == [
        ("body.end_date", "there is one bar from 2018-12-31 on; a backtest needs 2")
    ]


@pytest.mark.parametrize(
    ("source", "field"),
    [(stored_strategy(strategy=LONG), "body.strategy_id"), (LONG.model_dump(mode="json"), "body.strategy")],
)
def test_a_look_back_that_is_longer_than_the_data_is_refused(source: Source, field: str) -> None:
    """The bars before the range count: they warm the indicators up."""
    wrong = _wrong(_terms("GSPC", end="1999-12-31"), source)
    assert [where for where, _ in wrong] == [field, field]
    assert "needs 402 bars before anything can come of it, but there are 252" in wrong[0][1]
    order_of(source, _terms("GSPC", "2018-12-24"), SAMPLES)


class _OneSeries:
    def symbols(self) -> tuple[str, ...]:
        return ("TEST",)

    def bars(self, symbol: str, start: Any = None, end: Any = None) -> Bars:
        return random_bars(1, 400)


def test_the_market_that_is_asked_is_the_one_that_was_given() -> None:
    with pytest.raises(WrongOrderError, match="there are 400"):
        order_of(stored_strategy(strategy=LONG), _terms("TEST"), _OneSeries())
