"""Which series a strategy is tried on, and that the event loop does not wait for it."""

import threading
from datetime import date

import pytest

from app.errors import InputError
from app.quant.market import Bars
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest, StrategyPreferences
from app.services.gen_ai.building.trials import Trials
from tests.fakes.bars import random_bars
from tests.fakes.briefs import ENGLISH, GSPC, TRIALS
from tests.fakes.strategies import plan, roc, when


class SmallMarket:
    """A market with one series of a few bars."""

    def __init__(self, count: int) -> None:
        self._bars = random_bars(1, count)

    def symbols(self) -> tuple[str, ...]:
        return ("GSPC",)

    def bars(self, symbol: str, start: date | None = None, end: date | None = None) -> Bars:
        return self._bars


def _request(symbol: str | None = None, preferred: str | None = None) -> StrategyBuilderRequest:
    preferences = None if preferred is None else StrategyPreferences(symbol=preferred)
    return StrategyBuilderRequest(query=ENGLISH, symbol=symbol, preferences=preferences)


@pytest.mark.parametrize(
    ("symbol", "preferred", "used", "wished"),
    [
        (None, None, "GSPC", None),
        (None, "ixic", "IXIC", None),
        (None, "AAPL", "GSPC", "AAPL"),
        ("IXIC", None, "IXIC", None),
        ("IXIC", "AAPL", "IXIC", None),
        ("gspc", "IXIC", "GSPC", None),
    ],
)
async def test_the_request_goes_before_the_preferences_and_these_before_the_default(
    symbol: str | None, preferred: str | None, used: str, wished: str | None
) -> None:
    """A symbol of the preferences that there are no bars of is told; the request's own must exist."""
    series = await TRIALS.series(_request(symbol, preferred))
    assert (series.bars.symbol, series.wished) == (used, wished)


async def test_a_symbol_of_the_request_without_bars_is_refused() -> None:
    with pytest.raises(InputError, match="no bars of 'AAPL'; there are GSPC, IXIC"):
        await TRIALS.series(_request("AAPL"))


async def test_a_series_of_a_few_bars_is_refused_before_anything_is_paid() -> None:
    with pytest.raises(InputError, match="has 9 bars; a strategy is tried on at least 10"):
        await Trials(SmallMarket(9)).series(_request())
    assert len((await Trials(SmallMarket(10)).series(_request())).bars) == 10


async def test_what_makes_no_sense_is_told_before_what_cannot_trade() -> None:
    contradictory = plan((when(roc(), "above", 500), when(roc(), "below", 400)))
    (problem,) = (await TRIALS.trial(contradictory, GSPC)).violations
    assert "can never hold at the same time" in problem
    (problem,) = (await TRIALS.trial(plan((when(roc(), "above", 500),)), GSPC)).violations
    assert "holds on 0 days" in problem
    assert (await TRIALS.trial(plan(), GSPC)).violations == []


async def test_studies_have_one_thread_of_their_own() -> None:
    threads = {await TRIALS.study(threading.current_thread) for _ in range(3)}
    assert len(threads) == 1
    assert threads != {threading.main_thread()}
