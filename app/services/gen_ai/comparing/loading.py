"""From what somebody wants compared to what is known of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.services.backtests.ports import BacktestFilter
from app.services.backtests.service import BacktestService, FinishedBacktest
from app.services.gen_ai.comparing.contender import Contender
from app.services.gen_ai.comparing.errors import NoFinishedBacktestError
from app.services.gen_ai.comparing.naming import distinct_names
from app.services.strategies.errors import StrategyNotFoundError
from app.services.strategies.service import StrategyService
from app.vocabulary import BacktestStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One of three: a stored strategy, whose newest finished backtest counts, a stored backtest, or `metrics`.

    `name`: how it shall be called; None: as it is stored.
    """

    name: str | None = None
    strategy_id: str | None = None
    backtest_id: str | None = None
    metrics: Mapping[str, float | None] | None = None


_Found = tuple[FinishedBacktest, int | None]
"""A backtest, and the version that its stored strategy has now."""


class ContenderLoader:
    def __init__(self, strategies: StrategyService, backtests: BacktestService) -> None:
        self._strategies = strategies
        self._backtests = backtests

    async def load(self, wanted: Sequence[Wanted], caller_id: str) -> list[Contender]:
        """What is known of each, in the order of the wishes, with names that differ.

        Raises:
            StrategyNotFoundError, BacktestNotFoundError: the caller has none with this id.
            NoFinishedBacktestError: the strategy has none.
            BacktestNotDoneError: the backtest has no result, or none yet.
            BacktestsUnavailableError, StrategiesUnavailableError: the store cannot be reached.
        """
        loads = (self._found(one, caller_id) for one in wanted)
        found = _all_of(await asyncio.gather(*loads, return_exceptions=True))
        stored = [None if one is None else one[0].strategy.name for one in found]
        names = distinct_names([one.name for one in wanted], stored)
        return [
            Contender(name, one.metrics or {}) if source is None else Contender.stored(name, *source)
            for name, one, source in zip(names, wanted, found, strict=True)
        ]

    async def _found(self, wanted: Wanted, caller_id: str) -> _Found | None:
        if wanted.strategy_id is not None:
            stored = await self._strategies.get(wanted.strategy_id, caller_id)
            which = BacktestFilter(caller_id, BacktestStatus.DONE, wanted.strategy_id)
            newest, _ = await self._backtests.page(which, limit=1, offset=0)
            if not newest:
                raise NoFinishedBacktestError(wanted.strategy_id)
            return await self._backtests.finished(newest[0].backtest_id, caller_id), stored.version
        if wanted.backtest_id is not None:
            finished = await self._backtests.finished(wanted.backtest_id, caller_id)
            return finished, await self._version(finished.backtest.strategy_id, caller_id)
        return None

    async def _version(self, strategy_id: str | None, caller_id: str) -> int | None:
        if strategy_id is None:
            return None
        try:
            return (await self._strategies.get(strategy_id, caller_id)).version
        except StrategyNotFoundError:
            return None  # it was deleted; its backtests stay


def _all_of(ends: Sequence[_Found | BaseException | None]) -> list[_Found | None]:
    """What was found, or the first error, when all have ended: one that went on behind an error would use the database
    for nobody, also while it is being closed.
    """
    found = []
    for end in ends:
        if isinstance(end, BaseException):
            raise end
        found.append(end)
    return found
