"""The verifier as a whole: sense, trading, intent, limits, and what an answer is not to blame for."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from app.quant.dry_run import DryRun, dry_run
from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.services.gen_ai.building.prompt import Brief, StrategyAnswer
from app.services.gen_ai.building.verifier import answer_violations, verify_strategy
from tests.fakes.bars import random_bars
from tests.fakes.briefs import GSPC, TRIALS, answer, brief
from tests.fakes.strategies import HIGH_RSI, LOW_RSI, macd, plan, price, roc, rsi, sma, when

NEVER = when(roc(), "above", 500)
IDLE = plan((LOW_RSI, NEVER))


async def _found(said: StrategyAnswer, asked: Brief) -> Sequence[str]:
    return (await verify_strategy(said, asked, TRIALS)).violations


async def test_a_strategy_that_makes_sense_and_trades_passes() -> None:
    assert await _found(answer(), brief()) == []


async def test_everything_is_told_at_once() -> None:
    """What makes no sense, what is longer than the series, the limit, the invented figure, the language."""
    wrong = plan((when(macd(26, 12), "above", 0), when(price(), "above", sma(200))), position_size=0.5)
    said = answer(wrong, explanation="이 전략은 연 42%를 법니다.")
    found = await _found(said, brief(bars=random_bars(1, 100), preferences={"max_position_size": 0.2}))
    assert [violation.split(":")[0] for violation in found] == [
        "entry, condition 1",
        "entry, condition 2",
        "risk.position_size is 0.5; the preferences allow 0.2 at most",
        "explanation",
        "explanation",
    ]
    assert "needs 201 bars before anything can come of it, but there are 100" in found[1]


async def test_a_strategy_that_cannot_trade_is_told_how_often_its_conditions_hold() -> None:
    (violation,) = await _found(answer(IDLE), brief())
    assert "condition 1, RSI(14) below 30, holds on 99 days" in violation
    assert "condition 2, ROC(20) above 500, holds on 0 days" in violation


async def test_the_chosen_series_decides() -> None:
    """On a series that moves less, what trades on the S&P 500 does not."""
    asked = brief(bars=random_bars(1, 400, deviation=0.0001))
    wild = plan((when(roc(5), "above", 3),), (when(roc(5), "below", -3),))
    assert await _found(answer(wild), brief()) == []
    assert len(await _found(answer(wild), asked)) == 2


@pytest.mark.parametrize("intent", ["modify", "explain"])
async def test_what_needs_a_strategy_is_told_that_there_is_none(intent: Any) -> None:
    assert await _found(answer(intent=intent), brief()) == [
        f"intent is {intent}, but there is no existing strategy; give intent create and a strategy"
    ]


@pytest.mark.parametrize("intent", ["create", "optimise"])
async def test_what_needs_no_strategy_may_do_without(intent: Any) -> None:
    assert await _found(answer(intent=intent), brief()) == []


async def _known(existing: Strategy, query: str = "손절을 3%로 바꿔줘", **request: Any) -> Brief:
    asked = brief(query, strategy=existing, language="en", **request)
    known = (await TRIALS.trial(existing, asked.series.bars)).violations
    return Brief(asked.request, asked.language, asked.series, tuple(known))


async def test_what_was_wrong_before_is_no_fault_of_an_answer_that_leaves_it() -> None:
    """The words ask for another stop loss: the entry that never holds is told, but not held against the answer."""
    asked = await _known(IDLE)
    assert len(asked.known_problems) == 1
    changed = IDLE.model_copy(update={"risk": IDLE.risk.model_copy(update={"stop_loss": 0.03})})
    assert await _found(answer(changed, "modify"), asked) == []
    assert await _found(answer(IDLE, "explain"), asked) == []


async def test_what_is_wrong_anew_is_a_fault() -> None:
    asked = await _known(IDLE, "더 자주 사도록 매수 조건을 바꿔줘")
    other = plan((when(rsi(), "below", 1), NEVER))
    assert len(await _found(answer(other, "modify"), asked)) == 1
    assert await _found(answer(plan(), "modify"), asked) == []


async def test_a_new_strategy_is_excused_for_nothing() -> None:
    asked = await _known(IDLE, "Build something like this")
    assert len(await _found(answer(IDLE, "create"), asked)) == 1


@pytest.mark.parametrize("intent", ["explain", "optimise"])
def test_a_strategy_that_is_only_looked_at_may_be_beyond_the_limit(intent: Any) -> None:
    large = plan(position_size=0.5)
    asked = brief("have a look at it", strategy=large, preferences={"max_position_size": 0.2})
    assert answer_violations(answer(large, intent), asked) == []
    changed = answer(plan((LOW_RSI,), (HIGH_RSI,), position_size=0.5, cooldown=1), intent)
    assert any("the preferences allow 0.2 at most" in violation for violation in answer_violations(changed, asked))


async def test_the_dry_run_is_not_on_the_event_loops_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def noting(strategy: Strategy, bars: Bars) -> DryRun:
        threads.append(threading.current_thread())
        return dry_run(strategy, bars)

    monkeypatch.setattr("app.services.gen_ai.building.trials.dry_run", noting)
    verdict = await verify_strategy(answer(), brief(), TRIALS)
    assert verdict.findings == dry_run(plan(), GSPC)
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
