"""Trials of a strategy: which numbers an optimisation varies, and the dry run that each answer must pass."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import prod
from typing import TypeVar

from app.errors import InputError
from app.quant.dry_run import DryRun, dry_run, dry_run_problems
from app.quant.market import Bars, MarketData
from app.quant.strategy import Strategy
from app.quant.study import MOST_TRIALS, natural_grid, tunable
from app.quant.validation import problems
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from app.services.gen_ai.building.prompt import ParameterChoice, Series
from app.services.gen_ai.core import Verdict

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


# Runs strategies over bars, away from the event loop.

DEFAULT_SYMBOL = "GSPC"
"""The S&P 500: what strategies are tried on where nobody names a series that there is."""
_FEWEST_DAYS = 10
"""Enough for an optimisation to have two parts."""

WorkT = TypeVar("WorkT")


class Trials:
    """A dry run takes a millisecond, with thousands of trades ten; a study a few hundred.

    Studies queue for one thread of their own: two at once would take as long, and keep the event loop waiting twice.
    """

    def __init__(self, market: MarketData) -> None:
        self._market = market
        self._studies = ThreadPoolExecutor(1, "strategy-study")

    async def series(self, request: StrategyBuilderRequest) -> Series:
        """The series of the request, or that of the preferences, or else the S&P 500.

        Raises:
            InputError: there are no bars of the symbol that the request names, or too few.
            ConfigurationError: the file of the symbol cannot be used.
        """
        return await asyncio.to_thread(self._series, request)

    def _series(self, request: StrategyBuilderRequest) -> Series:
        preferred = None if request.preferences is None else request.preferences.symbol
        known = preferred is not None and preferred.upper() in self._market.symbols()
        bars = self._market.bars(request.symbol or (preferred if preferred and known else DEFAULT_SYMBOL))
        if len(bars) < _FEWEST_DAYS:
            raise InputError(f"{bars.symbol} has {len(bars)} bars; a strategy is tried on at least {_FEWEST_DAYS}")
        return Series(bars, None if request.symbol or known else preferred)

    async def trial(self, strategy: Strategy, bars: Bars) -> Verdict[DryRun | None]:
        """Everything that is wrong with a strategy, and no dry run; where nothing is, its dry run, and why it cannot
        trade on the series.
        """
        wrong = problems(strategy, len(bars))
        if wrong:
            return Verdict(wrong, None)
        run = await asyncio.to_thread(dry_run, strategy, bars)
        return Verdict(dry_run_problems(strategy, run), run)

    async def study(self, work: Callable[[], WorkT]) -> WorkT:
        """Does what takes many backtests."""
        return await asyncio.get_running_loop().run_in_executor(self._studies, work)
