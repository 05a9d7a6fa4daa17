"""A strategy that a person sent, checked."""

from collections.abc import Mapping
from typing import Any

from app.quant.strategy import Strategy
from app.quant.strategy_input import read_strategy
from app.services.strategies.errors import InvalidStrategyError

_BEYOND = "a number is far beyond every limit, or the data are nested too deeply; give a strategy of the usual size"


def strategy_or_problems(data: Mapping[str, Any], bars: int | None = None) -> tuple[Strategy | None, list[str]]:
    """As `read_strategy`, whatever the data; the strategy is None exactly where there are problems."""
    try:
        return read_strategy(data, bars=bars)
    except (OverflowError, RecursionError):
        return None, [_BEYOND]


def checked_strategy(data: Mapping[str, Any], where: str) -> Strategy:
    """The strategy; `where` it stood is named in complaints.

    Raises:
        InvalidStrategyError: everything that is wrong with it.
    """
    strategy, wrong = strategy_or_problems(data)
    if strategy is None:
        raise InvalidStrategyError(where, wrong)
    return strategy
