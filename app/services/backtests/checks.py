"""Can a backtest be run as somebody wants it? Asked before it waits in a queue for a refusal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.errors import InputError
from app.quant.backtest import BacktestConfig
from app.quant.market import Bars, MarketData
from app.quant.strategy import Strategy, lookback_problems
from app.services.backtests.ports import BacktestOrder, WrongOrderError
from app.services.strategies.ports import StoredStrategy
from app.services.strategies.service import strategy_or_problems

_CLOSED_DAYS = timedelta(days=7)
"""A range may begin or end on days without trading: so little beyond the bars is no mistake."""
_FEWEST_DAYS = 2
"""One to decide, one to act."""

Wrong = tuple[str, str]
"""Where it is, and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what a strategy shall be run, and how. No date: as far as the bars go."""

    symbol: str
    start_date: date | None
    end_date: date | None
    config: BacktestConfig


Source = StoredStrategy | Mapping[str, Any]
"""Where the strategy is from: one that is stored, or rules that nobody has checked yet."""


def order_of(source: Source, terms: Terms, market: MarketData) -> BacktestOrder:
    """What is to be run. Reads the bars, which takes a while when it is the first time.

    Raises:
        WrongOrderError: it cannot be run; everything that is wrong is said.
        ConfigurationError: the symbol's file cannot be used.
    """
    bars, wrong = _bars(terms, market)
    strategy, problems = _strategy(source, None if bars is None else len(bars))
    field = "body.strategy_id" if isinstance(source, StoredStrategy) else "body.strategy"
    wrong += [(field, problem) for problem in problems]
    if bars is None or strategy is None or wrong:
        raise WrongOrderError(wrong)
    return BacktestOrder(
        strategy=strategy,
        symbol=bars.symbol,
        start_date=terms.start_date,
        end_date=terms.end_date,
        config=terms.config,
    )


def _strategy(source: Source, bars: int | None) -> tuple[Strategy | None, list[str]]:
    if not isinstance(source, StoredStrategy):
        return strategy_or_problems(source, bars)
    return source.strategy, [] if bars is None else list(lookback_problems(source.strategy, bars))


def _bars(terms: Terms, market: MarketData) -> tuple[Bars | None, list[Wrong]]:
    """The bars of the range, None where there is none; and what is wrong with symbol and dates."""
    wrong = list(_order_of_dates(terms))
    try:
        whole = market.bars(terms.symbol)
    except InputError as error:
        return None, [("body.symbol", str(error)), *wrong]
    wrong = wrong or list(_beyond(terms, whole))
    if wrong:
        return None, wrong
    try:
        bars = whole.between(terms.start_date, terms.end_date)
    except InputError as error:
        return None, [("body.start_date", str(error))]
    if len(bars) - bars.warm_up < _FEWEST_DAYS:
        return bars, [("body.end_date", f"there is one bar from {bars.first_day} on; a backtest needs {_FEWEST_DAYS}")]
    return bars, []


def _order_of_dates(terms: Terms) -> Iterator[Wrong]:
    if terms.start_date is not None and terms.end_date is not None and terms.end_date <= terms.start_date:
        yield "body.end_date", f"{terms.end_date} must be after start_date ({terms.start_date})"


def _beyond(terms: Terms, bars: Bars) -> Iterator[Wrong]:
    advice = f"{bars.symbol} has bars from {bars.first_day} to {bars.last_day}; take a day of these, or leave it out"
    for name, day in (("start_date", terms.start_date), ("end_date", terms.end_date)):
        if day is None:
            continue
        if day - bars.last_day > _CLOSED_DAYS or bars.first_day - day > _CLOSED_DAYS:
            yield f"body.{name}", f"there are no bars around {day}: {advice}"
