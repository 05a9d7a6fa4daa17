"""Recommended and varied numbers exist, may have the values that are named, and are few enough to try."""

import pytest

from app.schemas.gen_ai.strategy_builder import Intent
from app.services.gen_ai.building.prompt import ParameterChoice
from app.services.gen_ai.building.verifier import parameter_violations
from tests.fakes.briefs import answer, choice
from tests.fakes.strategies import macd, plan, when
from tests.fakes.templates import strategy_from_template


def _found(intent: Intent, *parameters: ParameterChoice) -> list[str]:
    return list(parameter_violations(answer(plan(), intent, parameters=parameters)))


@pytest.mark.parametrize("intent", ["create", "modify", "explain"])
def test_other_intents_say_nothing_with_their_parameters(intent: Intent) -> None:
    assert _found(intent, choice("nonsense")) == []


def test_known_numbers_with_allowed_values_pass() -> None:
    assert _found("recommend_parameters", choice("RSI(14).period"), choice("risk.position_size", 0.1)) == []
    assert _found("optimise", choice("RSI(14).period", 7, 21), choice("entry.1.number", 20.5)) == []
    assert _found("optimise") == []


def test_a_recommendation_names_at_least_one_number() -> None:
    (violation,) = _found("recommend_parameters")
    assert "parameters is empty" in violation


def test_everything_that_is_wrong_is_told_at_once() -> None:
    known = "RSI(14).period, entry.1.number, exit.1.number, risk.position_size, risk.cooldown"
    assert _found(
        "optimise",
        choice("RSI(10).period"),
        choice("RSI(14).period", 10.5, 500, reason=" "),
        choice("entry.1.number", *range(13)),
        choice("exit.1.number", 101),
        choice("exit.1.number"),
    ) == [
        f"parameters[0]: the strategy has no number 'RSI(10).period'; it has {known}",
        "parameters[1]: RSI(14).period has no reason; give one in a sentence",
        "parameters[1]: RSI(14).period cannot be 10.5; give a whole number from 2 to 400",
        "parameters[1]: RSI(14).period cannot be 500; give a whole number from 2 to 400",
        "parameters[2]: entry.1.number has 13 values; give at most 12",
        "parameters[3]: exit.1.number cannot be 101; give a number from 0 to 100",
        "parameters: exit.1.number stands twice; give it once",
    ]


@pytest.mark.parametrize("intent", ["recommend_parameters", "optimise"])
@pytest.mark.parametrize("values", [(), (0,)])
def test_a_number_without_natural_neighbours_needs_values(intent: Intent, values: tuple[float, ...]) -> None:
    strategy = plan((when(macd(), "above", 0),))
    (violation,) = parameter_violations(answer(strategy, intent, parameters=(choice("entry.1.number", *values),)))
    assert violation == "parameters[0]: nothing says what a small step of entry.1.number is; give the values to try"
    assert list(parameter_violations(answer(strategy, intent, parameters=(choice("entry.1.number", 1),)))) == []


def test_a_grid_has_at_most_125_combinations() -> None:
    periods, levels = range(5, 16), range(20, 32)
    assert _found("optimise", choice("RSI(14).period", *periods)) == []
    assert _found("optimise", choice("RSI(14).period", *periods), choice("entry.1.number", *levels)) == [
        "parameters: 11 x 12 = 132 combinations; give at most 125, with fewer numbers or values"
    ]


@pytest.mark.parametrize(("intent", "most"), [("recommend_parameters", 12), ("optimise", 6)])
def test_there_are_only_so_many(intent: Intent, most: int) -> None:
    strategy = strategy_from_template("sma_crossover", {})
    found = parameter_violations(answer(strategy, intent, parameters=(choice("SMA(20).period"),) * (most + 1)))
    assert f"parameters has {most + 1} entries; give at most {most}" in list(found)
