"""Who is compared: found by name or id, loaded with what is known of each, and how far they move together."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Self

from app.errors import InputError
from app.quant.ranking import RANKABLE
from app.quant.study import correlation
from app.services.backtests.ports import BacktestFilter
from app.services.backtests.service import BacktestService, FinishedBacktest
from app.services.gen_ai.fact_check import BacktestFigures, Metrics, parameters_of
from app.services.strategies.ports import StrategyNotFoundError
from app.services.strategies.service import StrategyService
from app.vocabulary import BacktestStatus


class NoFinishedBacktestError(InputError):
    """`fields` carry the `strategy_id`."""

    status = 409
    code = "no_finished_backtest"
    title = "The strategy has no finished backtest"

    def __init__(self, strategy_id: str) -> None:
        super().__init__(
            f"{strategy_id} has no finished backtest; order one with POST /api/v1/backtests and wait until it is done",
            strategy_id=strategy_id,
        )


# Every strategy of a comparison gets a name of its own: prose can only speak of what is called differently.

_LETTERS = "ABCDE"
_LONGEST = 80


def distinct_names(given: Sequence[str | None], stored: Sequence[str | None]) -> list[str]:
    """The given name of each as it is; without one, the stored name, with the letter of its place if that is taken."""
    wanted = [name or other or _LETTERS[place] for place, (name, other) in enumerate(zip(given, stored, strict=True))]
    often = Counter(name.casefold() for name in wanted)
    taken = {name.casefold() for name in given if name}
    names: list[str] = []
    for place, (fixed, name) in enumerate(zip(given, wanted, strict=True)):
        own = name
        if fixed is None:
            letter = suffix = _LETTERS[place]
            if often[name.casefold()] > 1:
                own = _lettered(name, suffix)
            while own.casefold() in taken:
                suffix += letter
                own = _lettered(name, suffix)
        taken.add(own.casefold())
        names.append(own)
    return names


def _lettered(name: str, suffix: str) -> str:
    ending = f" ({suffix})"
    return f"{name[: _LONGEST - len(ending)].rstrip()}{ending}"


# One of the strategies that are compared.

# What the requests and the results of backtests call otherwise than the facts do.
_FACT_NAMES = {"total_trades": "trades", "winning_trades": "wins", "losing_trades": "losses"}


@dataclass(frozen=True, slots=True)
class Contender:
    """`name` is unlike every other's. `values` are the figures by the names of metrics; None, or none: not measured.

    `finished`: the stored backtest that they are from; None: they were given. `version`: that of the stored strategy
    now; None: there is none.
    """

    name: str
    values: Mapping[str, float | None]
    finished: FinishedBacktest | None = None
    version: int | None = None

    @classmethod
    def stored(cls, name: str, finished: FinishedBacktest, version: int | None) -> Self:
        metrics = finished.result.metrics
        names = (*RANKABLE, *_FACT_NAMES, "beta", "benchmark_return")
        return cls(name, {metric: getattr(metrics, metric) for metric in names}, finished, version)

    @property
    def strategy_id(self) -> str | None:
        return self.finished.backtest.strategy_id if self.finished else None

    @property
    def backtest_id(self) -> str | None:
        return self.finished.backtest.backtest_id if self.finished else None

    @property
    def symbol(self) -> str | None:
        return self.finished.result.symbol if self.finished else None

    def figures(self) -> BacktestFigures:
        """All that may be written about it."""
        values = dict(self.values)
        benchmark = Metrics(total_return=values.pop("benchmark_return", None))
        metrics = Metrics.model_validate({_FACT_NAMES.get(name, name): value for name, value in values.items()})
        if self.finished is None:
            return BacktestFigures(strategy_name=self.name, metrics=metrics, benchmark=benchmark)
        result = self.finished.result
        return BacktestFigures(
            strategy_name=self.name,
            symbol=result.symbol,
            start_date=result.first_day,
            end_date=result.last_day,
            bars=len(result.days),
            initial_cash=result.config.initial_cash,
            metrics=metrics,
            benchmark=benchmark,
            parameters=parameters_of(self.finished.strategy),
        )


# How far the daily returns of each two strategies move together.


@dataclass(frozen=True, slots=True)
class PairCorrelation:
    """`value`: Pearson's, over the days that both curves have; None: a curve is not known or does not vary, or they
    share fewer than three days. `days`: how many they share, 0 where a curve is not known.
    """

    names: tuple[str, str]
    value: float | None
    days: int
    first_day: date | None
    last_day: date | None


def pair_correlations(contenders: Sequence[Contender]) -> list[PairCorrelation]:
    """Of every pair, in their order; the days of one pair do not hang on a third strategy."""
    return [_of(one, other) for one, other in combinations(contenders, 2)]


def _of(one: Contender, other: Contender) -> PairCorrelation:
    names = (one.name, other.name)
    if one.finished is None or other.finished is None:
        return PairCorrelation(names, None, 0, None, None)
    results = {one.name: one.finished.result, other.name: other.finished.result}
    try:
        found = correlation(results)
    except InputError:
        shared = sorted(set(one.finished.result.days) & set(other.finished.result.days))
        return PairCorrelation(names, None, len(shared), *((shared[0], shared[-1]) if shared else (None, None)))
    return PairCorrelation(names, found.matrix[0][1], found.days, found.first_day, found.last_day)


# From what somebody wants compared to what is known of it.


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
