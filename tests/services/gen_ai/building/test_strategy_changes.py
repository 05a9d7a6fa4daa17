"""A changed strategy keeps what nobody asked to change."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.strategy import Strategy
from app.services.gen_ai.building.changes import change_violations
from tests.fakes.briefs import answer, brief, choice
from tests.fakes.random_strategies import random_strategy
from tests.fakes.strategies import HIGH_RSI, LOW_RSI, adx, ema, macd, plan, price, rsi, rules, sma, when
from tests.tables import each_line

RSI = plan(stop_loss=0.05)
SMA = plan((when(sma(20), "crosses_above", sma(50)),), (when(sma(20), "crosses_below", sma(50)),))
LIMITS: dict[str, Any] = {"position_size": 0.37, "stop_loss": 0.037, "take_profit": 0.37, "cooldown": 37}
NAMES = {
    "position_size": ("투자 비중을 줄여줘요", "a smaller position please"),
    "stop_loss": ("손절 기준을 바꿔줘요", "change the stop loss"),
    "take_profit": ("익절을 더 빨리 해줘요", "take profits earlier"),
    "cooldown": ("쿨다운을 길게 해줘요", "a longer cool-down please"),
}


def _found(query: str, existing: Strategy, changed: Strategy, **request: Any) -> list[str]:
    assumptions = ("something was assumed",)
    said = answer(changed, "modify", assumptions=assumptions)
    return list(change_violations(said, brief(query, strategy=existing, **request)))


def _with(strategy: Strategy, **risk: Any) -> Strategy:
    return strategy.model_copy(update={"risk": strategy.risk.model_copy(update=risk)})


@given(st.integers(0, 10_000), st.sampled_from([*LIMITS]), st.sampled_from([*NAMES]), st.integers(0, 1))
def test_a_limit_may_change_exactly_where_the_words_name_it(seed: int, limit: str, named: str, language: int) -> None:
    """Whatever the strategy, the limit and the language."""
    strategy = random_strategy(seed)
    found = _found(NAMES[named][language], strategy, _with(strategy, **{limit: LIMITS[limit]}))
    assert [violation.split()[0] for violation in found] == ([] if limit == named else [f"risk.{limit}"])


@given(st.integers(0, 5_000), st.integers(5_001, 10_000), st.sampled_from([*NAMES]), st.integers(0, 1))
def test_rules_stay_where_the_words_name_a_limit_alone(one: int, other: int, named: str, language: int) -> None:
    """Other entry rules are a violation, and rules that mean the same are none."""
    strategy, entry = random_strategy(one), random_strategy(other).entry
    changed = strategy.model_copy(update={"entry": entry})
    found = _found(NAMES[named][language], strategy, changed)
    same = strategy.entry.combine == entry.combine and set(strategy.entry.conditions) == set(entry.conditions)
    if not same:
        assert any(violation.startswith("entry: its rules were changed") for violation in found)
    assert not any(violation.startswith(("exit", "risk")) for violation in found)


def test_a_violation_says_what_was_there() -> None:
    assert _found("change the stop loss", RSI, _with(RSI, stop_loss=0.03, take_profit=0.1)) == [
        "risk.take_profit was changed from null to 0.1, but the words do not name it; keep null"
    ]
    assert _found("손절을 3%로 바꿔줘", RSI, plan((when(rsi(), "below", 25),), stop_loss=0.05)) == [
        "entry: its rules were changed, but the words do not name them; keep RSI(14) below 30"
    ]
    assert _found("손절을 3%로 바꿔줘", plan(rules("all")), plan()) == [
        "entry: its rules were changed, but the words do not name them; keep no condition"
    ]


@each_line(
    ("query", "existing", "changed"),
    [
        (
            "RSI 기간을 10일로 바꿔줘",
            RSI,
            plan((when(rsi(10), "below", 30),), (when(rsi(10), "above", 70),), stop_loss=0.05),
        ),
        ("매수 기준을 RSI 25로", RSI, plan((when(rsi(), "below", 25),), stop_loss=0.05)),
        ("RSI 과매도 기준을 20으로 수정", RSI, plan((when(rsi(), "below", 20),), stop_loss=0.05)),
        ("sell above 80 instead", RSI, plan(leave=(when(rsi(), "above", 80),), stop_loss=0.05)),
        (
            "make it EMA 20 and EMA 50",
            SMA,
            plan((when(ema(20), "crosses_above", ema(50)),), (when(ema(20), "crosses_below", ema(50)),)),
        ),
        (
            "단기를 15일로 바꿔주세요",
            SMA,
            plan((when(sma(15), "crosses_above", sma(50)),), (when(sma(15), "crosses_below", sma(50)),)),
        ),
        (
            "add an ADX filter",
            SMA,
            plan(
                (when(sma(20), "crosses_above", sma(50)), when(adx(), "above", 25)),
                (when(sma(20), "crosses_below", sma(50)),),
            ),
        ),
        (
            "매수를 MACD 골든크로스로 바꿔",
            RSI,
            plan((when(macd(), "crosses_above", macd(line="signal")),), stop_loss=0.05),
        ),
        (
            "매수를 RSI(10) 기준으로",
            RSI,
            plan((when(rsi(10), "below", 30),), (when(rsi(10), "above", 70),), stop_loss=0.05),
        ),
        ("make it more conservative", RSI, plan((when(rsi(), "below", 20),), position_size=0.1, stop_loss=0.02)),
        ("do it nicely please", RSI, plan((when(rsi(), "below", 20),))),
        ("위험을 줄여 주세요", RSI, plan(position_size=0.05)),
    ],
)
def test_what_the_words_name_may_change(query: str, existing: Strategy, changed: Strategy) -> None:
    assert _found(query, existing, changed) == []


@pytest.mark.parametrize(
    ("query", "existing", "changed", "begins"),
    [
        (
            "sell above 80",
            RSI,
            plan((when(rsi(), "below", 20),), (when(rsi(), "above", 80),), stop_loss=0.05),
            "entry: its rules",
        ),
        (
            "매수 기준을 RSI 25로",
            RSI,
            plan((when(rsi(), "below", 25),), (when(rsi(), "above", 75),), stop_loss=0.05),
            "exit: its rules",
        ),
        (
            "add an ADX filter",
            SMA,
            plan((when(adx(), "above", 25),), (when(sma(20), "crosses_below", sma(50)),)),
            "entry: the words only add something, but SMA(20) crosses above SMA(50) is gone",
        ),
        (
            "조건을 추가해줘: 200일선 위",
            RSI,
            plan((when(price(), "above", sma(200)),), stop_loss=0.05),
            "entry: the words only add something",
        ),
        (
            "RSI(10)을 써 주세요",
            SMA,
            plan((when(ema(20), "above", ema(50)),), (when(sma(20), "crosses_below", sma(50)),)),
            "entry: its rules",
        ),
        (
            "only sell by RSI 80",
            plan((LOW_RSI, when(price(), "above", sma(200))), (HIGH_RSI,)),
            plan(rules("any", LOW_RSI, when(price(), "above", sma(200))), (when(rsi(), "above", 80),)),
            "entry: its rules",
        ),
    ],
)
def test_what_the_words_do_not_name_may_not(query: str, existing: Strategy, changed: Strategy, begins: str) -> None:
    (violation,) = _found(query, existing, changed)
    assert violation.startswith(begins)


def test_periods_may_change_where_something_is_added() -> None:
    before = plan((when(price(), "above", sma(200)),), (when(price(), "below", sma(200)),))
    after = plan((when(price(), "above", sma(150)), LOW_RSI), (when(price(), "below", sma(150)),))
    assert _found("장기를 150일로, RSI 30 이하 조건 추가", before, after) == []


def test_a_limit_may_become_what_the_preferences_want() -> None:
    large = plan(position_size=0.5, stop_loss=0.1)
    preferences = {"max_position_size": 0.2, "take_profit": 0.3}
    changed = _with(large, position_size=0.2, stop_loss=0.05, take_profit=0.3)
    assert _found("손절을 5%로 바꿔줘", large, changed, preferences=preferences) == []
    other = _with(changed, take_profit=0.2)
    assert len(_found("손절을 5%로 바꿔줘", large, other, preferences=preferences)) == 1


def test_the_context_may_name_parts_as_well() -> None:
    changed = _with(RSI, cooldown=5)
    assert _found("손절을 5%로 바꿔줘", RSI, changed, context="쿨다운도 필요합니다") == []


def test_a_change_of_nothing_needs_an_excuse() -> None:
    asked = brief("손절을 5%로 바꿔줘", strategy=RSI)
    assert list(change_violations(answer(RSI, "modify", assumptions=("It is 5 % already.",)), asked)) == []
    (violation,) = change_violations(answer(RSI, "modify"), asked)
    assert violation == (
        "intent is modify, but nothing was changed; change what the words name, or say in assumptions why not"
    )


@pytest.mark.parametrize("intent", ["explain", "optimise"])
def test_what_is_only_looked_at_stays_as_it_is(intent: Any) -> None:
    asked = brief("please have a look", strategy=RSI)
    assert list(change_violations(answer(RSI, intent), asked)) == []
    assert list(change_violations(answer(plan(), intent), asked)) == [
        f"intent is {intent}, but the strategy was changed; repeat the existing strategy exactly as it is"
    ]


def test_a_recommendation_changes_only_numbers_that_it_lists() -> None:
    asked = brief("which RSI period is good?", strategy=RSI)
    better = plan((when(rsi(10), "below", 25),), (when(rsi(10), "above", 70),), stop_loss=0.05)
    listed = answer(better, "recommend_parameters", parameters=(choice("RSI(10).period"), choice("entry.1.number")))
    assert list(change_violations(listed, asked)) == []
    half = answer(better, "recommend_parameters", parameters=(choice("RSI(10).period"),))
    assert list(change_violations(half, asked)) == [
        "entry.1.number is 25 instead of 30, but parameters does not list it; give a reason for it there, or keep 30"
    ]
    more = answer(plan((LOW_RSI, when(adx(), "above", 25))), "recommend_parameters")
    (violation,) = change_violations(more, asked)
    assert "more than numbers was changed" in violation


def test_a_recommendation_may_take_a_limit_of_the_preferences_without_a_word() -> None:
    large = plan(position_size=0.5)
    asked = brief("which RSI period?", strategy=large, preferences={"max_position_size": 0.2})
    assert list(change_violations(answer(plan(), "recommend_parameters"), asked)) == []


def test_without_an_existing_strategy_and_for_a_new_one_there_is_nothing_to_keep() -> None:
    assert list(change_violations(answer(plan(), "modify"), brief())) == []
    assert list(change_violations(answer(SMA, "create"), brief(strategy=RSI))) == []
