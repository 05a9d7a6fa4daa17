"""The numbers of a strategy, by name, and what they become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.errors import InputError
from app.quant.strategy import Strategy
from app.quant.study import changed, tunable, tunables
from tests.fakes.random_strategies import random_strategy
from tests.fakes.strategies import HIGH_RSI, atr, band, macd, num, plan, price, roc, rsi, sma, stoch, when
from tests.fakes.templates import strategy_from_template
from tests.tables import each_line

CROSSOVER = strategy_from_template("sma_crossover", {})


def _ids(strategy: Strategy) -> list[str]:
    return [each.id for each in tunables(strategy)]


def test_every_number_has_a_name_and_an_indicator_in_two_places_is_one() -> None:
    strategy = plan(
        (when(sma(20), "above", sma(60)), when(num(30), "above", rsi()), when(price(), "above", band("upper"))),
        (when(price(), "below", sma(20)), when(macd(), "below", macd(line="signal")), when(stoch(), "above", 80)),
        stop_loss=0.05,
    )
    assert _ids(strategy) == [
        "SMA(20).period", "SMA(60).period", "RSI(14).period", "entry.2.number", "BBANDS(20,2).period",
        "BBANDS(20,2).deviations", "MACD(12,26,9).fast", "MACD(12,26,9).slow", "MACD(12,26,9).signal",
        "STOCH(14,3,3).k_period", "STOCH(14,3,3).smoothing", "STOCH(14,3,3).d_period", "exit.3.number",
        "risk.position_size", "risk.stop_loss", "risk.cooldown",
    ]  # fmt: skip


def test_a_change_reaches_every_place_of_the_indicator_and_changes_nothing_else() -> None:
    made = changed(CROSSOVER, {"SMA(20).period": 30, "SMA(60).period": 100, "risk.position_size": 0.5})
    wanted = strategy_from_template("sma_crossover", {"short": 30, "long": 100})
    assert (made.entry, made.exit) == (wanted.entry, wanted.exit)
    assert made.risk.position_size == 0.5


def test_values_can_be_swapped() -> None:
    made = changed(CROSSOVER, {"SMA(20).period": 60, "SMA(60).period": 20})
    assert str(made.entry.conditions[0]) == "SMA(60) crosses above SMA(20)"


def test_numbers_of_conditions_and_limits_change_on_either_side() -> None:
    strategy = plan((when(num(30), "above", rsi()),), (HIGH_RSI,), stop_loss=0.05, take_profit=0.1, cooldown=1)
    made = changed(
        strategy,
        {"entry.1.number": 25, "exit.1.number": 75, "risk.stop_loss": 0.1, "risk.take_profit": 1, "risk.cooldown": 5.0},
    )
    assert str(made.entry.conditions[0]) == "25 above RSI(14)"
    assert str(made.exit.conditions[0]) == "RSI(14) above 75"
    assert (made.risk.stop_loss, made.risk.take_profit, made.risk.cooldown) == (0.1, 1, 5)


@given(st.integers(0, 100_000), st.data())
def test_a_changed_strategy_has_the_shape_of_one_and_comes_back_when_it_is_changed_back(
    seed: int, data: st.DataObject
) -> None:
    strategy = random_strategy(seed)
    chosen = data.draw(st.sampled_from(tunables(strategy)))
    for value in chosen.neighbours:
        made = changed(strategy, {chosen.id: value})
        assert TypeAdapter(Strategy).validate_json(made.model_dump_json()) == made
        assert made != strategy
    assert changed(strategy, {chosen.id: chosen.value}) == strategy
    assert all(chosen.allows(value) for value in (*chosen.neighbours, chosen.value))
    assert list(chosen.neighbours) == sorted(set(chosen.neighbours) - {chosen.value})


@each_line(
    ("strategy", "name", "neighbours"),
    [
        (CROSSOVER, "SMA(20).period", (10, 15, 18, 19, 21, 22, 25, 30)),
        (plan((when(rsi(2), "below", 30),)), "RSI(2).period", (3, 4)),
        (plan((when(rsi(), "below", 30),)), "entry.1.number", (20, 25, 35, 40)),
        (plan((when(rsi(), "below", 5),)), "entry.1.number", (10, 15)),
        (plan((when(roc(), "above", 0),)), "entry.1.number", (-5, -2, -1, 1, 2, 5)),
        (plan((when(roc(), "above", 4),)), "entry.1.number", (2, 3, 3.6, 4.4, 5, 6)),
        (plan((when(roc(), "above", -4),)), "entry.1.number", (-6, -5, -4.4, -3.6, -3, -2)),
        (plan((when(macd(), "above", 0),)), "entry.1.number", ()),
        (plan((when(atr(), "above", 20),)), "entry.1.number", (10, 15, 18, 22, 25, 30)),
        (plan((when(price(), "above", band("upper")),)), "BBANDS(20,2).deviations", (1, 1.5, 1.8, 2.2, 2.5, 3)),
        (plan(cooldown=0), "risk.cooldown", (1, 2)),
        (plan(position_size=1), "risk.position_size", (0.5, 0.75, 0.9)),
    ],
)
def test_neighbours_are_what_one_would_try_next(strategy: Strategy, name: str, neighbours: tuple[float, ...]) -> None:
    assert tunable(strategy, name).neighbours == pytest.approx(neighbours)


def test_a_number_that_there_is_not_is_told_which_there_are() -> None:
    with pytest.raises(InputError, match=r"no number 'EMA\(20\).period' to vary; it has SMA\(20\).period, SMA\(60\)"):
        changed(CROSSOVER, {"EMA(20).period": 10})
    with pytest.raises(InputError, match=r"no number 'risk\.stop_loss' to vary"):
        changed(CROSSOVER, {"risk.stop_loss": 0.1})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SMA(20).period", 401, "cannot be 401; give a whole number from 2 to 400"),
        ("SMA(20).period", 20.5, "cannot be 20.5; give a whole number from 2 to 400"),
        ("risk.position_size", 1.5, "cannot be 1.5; give a number from 0.000001 to 1"),
    ],
)
def test_a_value_beyond_the_limits_is_refused(name: str, value: float, said: str) -> None:
    with pytest.raises(InputError, match=said):
        changed(CROSSOVER, {name: value})


def test_every_number_is_said_in_both_languages() -> None:
    strategy = plan((when(rsi(), "below", 30),), stop_loss=0.1)
    said = {each.id: (each.label_en, each.label_ko) for each in tunables(strategy)}
    assert said["RSI(14).period"] == ("period of RSI(14)", "RSI(14)의 기간")
    assert said["entry.1.number"] == (
        "number that RSI(14) is compared with in the entry",
        "매수 조건에서 RSI(14)의 기준값",
    )
    assert said["risk.stop_loss"] == ("stop loss", "손절 기준")
