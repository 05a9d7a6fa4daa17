"""Which numbers an optimisation varies, and what it tries for each."""

from collections.abc import Sequence
from math import prod

from app.quant.strategy import Strategy
from app.quant.study import MOST_TRIALS, natural_grid, tunable
from app.services.gen_ai.prompts.strategy_builder import ParameterChoice

Grid = dict[str, tuple[float, ...]]


def grid_for(strategy: Strategy, choices: Sequence[ParameterChoice]) -> Grid:
    """The numbers that were chosen, or else the first of the rules, each with its present value among those to try.

    Never empty: where there is nothing to vary, the strategy as it is is the only one tried.

    Raises:
        InputError: the strategy has no such number.
    """
    grid: Grid = dict(natural_grid(strategy, [choice.parameter for choice in choices]))
    for choice in choices:
        if choice.values:
            own = tunable(strategy, choice.parameter).value
            grid[choice.parameter] = tuple(sorted({own, *choice.values}))
    return grid or {"risk.position_size": (strategy.risk.position_size,)}


def too_large(grid: Grid) -> str | None:
    """What is wrong with the size of a grid."""
    size = prod(map(len, grid.values()))
    if size <= MOST_TRIALS:
        return None
    counts = " x ".join(str(len(values)) for values in grid.values())
    return f"parameters: {counts} = {size} combinations; give at most {MOST_TRIALS}, with fewer numbers or values"
