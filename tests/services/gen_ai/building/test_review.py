"""Each intent brings what was asked for, and every answer its dry run, its checks and its confidence."""

from typing import Any

import pytest

from app.quant.backtest import backtest
from app.schemas.gen_ai.strategy_review import BuildReview
from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.building.review import reviewed
from tests.fakes.briefs import GSPC, MARKET, answer, brief, choice
from tests.fakes.scripted_gate import receipt
from tests.fakes.strategies import LOW_RSI, plan, roc, when
from tests.fakes.templates import strategy_from_template

IDLE = plan((LOW_RSI, when(roc(), "above", 500)))


def _review(said: StrategyAnswer, **request: Any) -> BuildReview:
    return reviewed(said, brief(**request), receipt(), None)[1]


@pytest.mark.parametrize(
    ("intent", "brings"),
    [
        ("create", (True, False, False)),
        ("modify", (True, False, False)),
        ("explain", (False, False, False)),
        ("recommend_parameters", (False, True, False)),
        ("optimise", (False, False, True)),
    ],
)
def test_each_intent_brings_what_was_asked_for(intent: Any, brings: tuple[bool, bool, bool]) -> None:
    said = answer(plan(), intent, parameters=(choice("RSI(14).period", 10),))
    review = _review(said, strategy=plan())
    assert (bool(review.alternatives), bool(review.parameter_effects), bool(review.optimisation)) == brings


def test_the_dry_run_is_the_backtest_of_the_strategy() -> None:
    run, metrics = _review(answer()).dry_run, backtest(plan(), GSPC).metrics
    assert (run.symbol, run.first_day, run.last_day, run.days) == ("GSPC", GSPC.first_day, GSPC.last_day, 5030)
    assert (run.total_return, run.total_trades, run.open_trades) == (metrics.total_return, 16, 1)
    assert (run.benchmark_return, run.exposure, run.position_fraction) == (
        metrics.benchmark_return,
        metrics.exposure,
        0.2,
    )
    assert (run.entry.days, run.exit.days, run.note) == (99, 267, None)
    assert run.entry.conditions[0].condition == "RSI(14) below 30"


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("Buy when RSI is below 30 and sell above 70", "There are no bars of AAPL, so it was tried on GSPC."),
        ("RSI 30 이하에서 사고 70 이상에서 팔아줘", "AAPL의 일봉 데이터가 없어 GSPC(으)로 시험했습니다."),
    ],
)
def test_another_series_than_the_one_that_was_wished_is_told(query: str, note: str) -> None:
    review = _review(answer(), query=query, wished="AAPL")
    assert review.dry_run.note == note
    assert any("AAPL" in reason for reason in review.confidence.reasons)


def test_what_was_wrong_with_an_explained_strategy_is_told_and_costs_confidence() -> None:
    review = _review(answer(IDLE, "explain"), query="How does it work?", strategy=IDLE)
    assert len(review.validation.problems) == 1
    assert review.dry_run.total_trades == 0
    assert review.confidence.value == 0.6
    assert _review(answer()).validation.problems == []


def test_an_optimised_strategy_is_the_one_that_everything_is_said_of() -> None:
    """The dry run and the parameters are those of the best numbers, where these were taken over."""
    ixic = MARKET.bars("IXIC")
    crossover = strategy_from_template("sma_crossover", {})
    said, review = reviewed(answer(crossover, "optimise"), brief(bars=ixic), receipt(), None)
    assert review.optimisation is not None
    assert review.optimisation.adopted
    assert {"SMA(10).period", "SMA(75).period"} < {each.parameter for each in review.validation.parameters}
    assert review.dry_run.total_return == backtest(said.strategy, ixic).metrics.total_return
