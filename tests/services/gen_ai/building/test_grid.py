"""What an optimisation varies: what was chosen, or else the first numbers of the rules."""

import pytest

from app.errors import InputError
from app.quant.strategy import StrategyType
from app.quant.study import MOST_TRIALS, natural_grid
from app.services.gen_ai.building.trials import grid_for, too_large
from tests.fakes.briefs import choice
from tests.fakes.strategies import macd, plan, rules, when


def test_without_a_choice_the_natural_grid_is_tried() -> None:
    assert grid_for(plan(), []) == natural_grid(plan())


def test_what_was_chosen_is_tried_alone_with_its_values_or_its_neighbours() -> None:
    """The present value is always among them."""
    grid = grid_for(plan(stop_loss=0.05), [choice("RSI(14).period", 7, 21), choice("risk.stop_loss")])
    assert grid["RSI(14).period"] == (7, 14, 21)
    assert set(grid) == {"RSI(14).period", "risk.stop_loss"}
    assert 0.05 in grid["risk.stop_loss"]
    assert len(grid["risk.stop_loss"]) > 3


def test_a_number_without_neighbours_is_varied_with_the_values_that_are_given() -> None:
    strategy = plan((when(macd(), "above", 0),))
    assert grid_for(strategy, [choice("entry.1.number", 5, 10)]) == {"entry.1.number": (0, 5, 10)}


def test_where_there_is_nothing_to_vary_the_strategy_is_tried_as_it_is() -> None:
    holding = plan((), rules("any"), StrategyType.BUY_AND_HOLD, position_size=0.4)
    assert grid_for(holding, []) == {"risk.position_size": (0.4,)}


def test_an_unknown_number_is_refused() -> None:
    with pytest.raises(InputError, match="no number 'SMA"):
        grid_for(plan(), [choice("SMA(5).period", 5)])


def test_a_grid_that_is_too_large_is_told() -> None:
    assert too_large({"a": tuple(range(MOST_TRIALS))}) is None
    said = too_large({"a": tuple(range(21)), "b": tuple(range(6))})
    assert said == "parameters: 21 x 6 = 126 combinations; give at most 125, with fewer numbers or values"


@pytest.mark.parametrize("numbers", [1, 2, 3, 4, 5, 6])
def test_a_grid_of_neighbours_is_never_too_large(numbers: int) -> None:
    strategy = plan(stop_loss=0.05, take_profit=0.1, cooldown=3)
    names = ["RSI(14).period", "entry.1.number", "exit.1.number", "risk.stop_loss", "risk.take_profit", "risk.cooldown"]
    grid = grid_for(strategy, [choice(name) for name in names[:numbers]])
    assert len(grid) == numbers
    assert too_large(grid) is None
