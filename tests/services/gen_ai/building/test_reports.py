"""Parameters with their limits, neighbours with their figures, recommendations with their effect."""

import pytest

from app.quant.backtest import backtest
from app.quant.study import changed, tunables
from app.quant.words import Language
from app.services.gen_ai.building.optimising import figures
from app.services.gen_ai.building.review import alternatives, checked_parameters, parameter_effects
from tests.fakes.bars import random_bars
from tests.fakes.briefs import GSPC, answer, choice
from tests.fakes.strategies import HIGH_RSI, plan, rsi, sma, when
from tests.fakes.templates import strategy_from_template

CROSSOVER = strategy_from_template("sma_crossover", {})


def test_each_number_stands_with_the_narrower_of_its_limits() -> None:
    checked = {each.parameter: each for each in checked_parameters(CROSSOVER, "en")}
    assert set(checked) == {each.id for each in tunables(CROSSOVER)}
    assert (checked["SMA(20).period"].lowest, checked["SMA(20).period"].highest) == (2, 50)
    assert (checked["SMA(60).period"].lowest, checked["SMA(60).period"].highest) == (10, 200)
    assert all(each.passes for each in checked.values())
    custom = {each.parameter: each for each in checked_parameters(plan(), "ko")}
    assert (custom["RSI(14).period"].lowest, custom["RSI(14).period"].highest) == (2, 400)
    assert custom["RSI(14).period"].name == "RSI(14)의 기간"


def test_a_number_beyond_its_limits_does_not_pass() -> None:
    wide = plan(
        (when(sma(60), "crosses_above", sma(300)),), (HIGH_RSI,), strategy_from_template("sma_crossover", {}).type
    )
    checked = {each.parameter: each for each in checked_parameters(wide, "en")}
    assert not checked["SMA(60).period"].passes
    assert not checked["SMA(300).period"].passes
    assert checked["RSI(14).period"].passes


def test_alternatives_are_the_nearest_values_that_make_a_difference_with_their_backtests() -> None:
    found = alternatives(CROSSOVER, GSPC, "en")
    assert [(each.setting.parameter, each.setting.before, each.setting.value) for each in found] == [
        ("SMA(20).period", 20, 18),
        ("SMA(20).period", 20, 22),
    ]
    for each in found:
        variant = changed(CROSSOVER, {each.setting.parameter: each.setting.value})
        assert each.figures == figures(backtest(variant, GSPC).metrics)
    assert len({each.figures.total_return for each in found}) == 2


def test_an_alternative_that_makes_no_sense_is_left_out() -> None:
    """A short average that is none, a look-back that the series has not."""
    near = plan((when(sma(19), "crosses_above", sma(20)),), (HIGH_RSI,), CROSSOVER.type)
    assert [each.setting.value for each in alternatives(near, GSPC, "en")] == [17]
    strategy = plan((when(rsi(27), "below", 50),), (when(rsi(27), "above", 50),))
    periods = [each.setting.value for each in alternatives(strategy, random_bars(1, 30), "en")]
    assert 30 not in periods
    assert 24 in periods


def test_a_strategy_without_numbers_in_its_rules_has_no_alternatives() -> None:
    assert alternatives(strategy_from_template("buy_and_hold", {}), GSPC, "en") == []


@pytest.mark.parametrize(("language", "name"), [("en", "period of RSI(14)"), ("ko", "RSI(14)의 기간")])
def test_each_recommendation_comes_with_what_other_values_do(language: Language, name: str) -> None:
    said = answer(parameters=(choice("RSI(14).period", reason="So it is."), choice("risk.position_size", 0.1, 0.2)))
    period, size = parameter_effects(said, GSPC, language)
    assert (period.name, period.value, period.lowest, period.highest, period.reason) == (name, 14, 2, 400, "So it is.")
    assert [point.value for point in period.points] == [7, 10, 13, 14, 15, 16, 18, 21]
    for point in period.points:
        assert point.figures == figures(backtest(changed(said.strategy, {"RSI(14).period": point.value}), GSPC).metrics)
    returns = [point.figures.total_return for point in period.points if point.figures]
    assert (period.lowest_return, period.highest_return) == (min(returns), max(returns))
    assert period.lowest_return != period.highest_return
    assert [point.value for point in size.points] == [0.1, 0.2]


def test_a_value_that_makes_no_sense_is_told_and_has_no_figures() -> None:
    said = answer(CROSSOVER, parameters=(choice("SMA(20).period", 70),))
    (effect,) = parameter_effects(said, GSPC, "en")
    assert effect.points[1].figures is None
    assert any("the first must be the shorter one" in problem for problem in effect.points[1].problems)


def test_only_the_own_value_means_its_neighbours() -> None:
    (effect,) = parameter_effects(answer(parameters=(choice("entry.1.number", 30),)), GSPC, "en")
    assert [point.value for point in effect.points] == [20, 25, 30, 35, 40]
