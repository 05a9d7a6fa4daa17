"""What a report is about, measured: its series and metrics, what was checked, and which trades are listed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import accumulate, pairwise
from math import isfinite
from typing import Literal, Self

from app.quant.backtest import BacktestConfig, BacktestResult, Conventions, Trade
from app.schemas.gen_ai.narrative_report import BacktestSummary

Unit = Literal[
    "fraction",  # 0.12 is 12 %
    "ratio",
    "money",  # in the currency of the prices
    "count",
    "bars",
    "years",
    "date",
    "level",  # a mark on an indicator's scale
    "points",  # a difference between two fractions
    "multiple",  # one value over another of the same kind
    "relative",  # by how much one value is more than another, as a fraction
    "rank",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` is a path such as `benchmark.total_return`; `decimals` count in the printed form (of percent too)."""

    name: str
    value: float | date
    unit: Unit
    decimals: int


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """`text`: the number as the prose prints it. `fact` is None unless it matched one; `reason` says why it did not."""

    text: str
    status: Literal["matched", "no_claim", "unmatched"]
    fact: Fact | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim without a number, such as "outperformed the benchmark"; `reason` says what the facts say."""

    text: str
    agrees: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FactCheckList:
    """In the order of the prose."""

    numbers: tuple[CheckedNumber, ...]
    claims: tuple[CheckedClaim, ...] = ()

    @property
    def matched(self) -> int:
        return sum(number.status == "matched" for number in self.numbers)

    @property
    def wrong(self) -> int:
        """Numbers and claims that no fact bears out."""
        unmatched = sum(number.status == "unmatched" for number in self.numbers)
        return unmatched + sum(not claim.agrees for claim in self.claims)


# What a backtest measured, as far as a page shows it.


@dataclass(frozen=True, slots=True)
class Curves:
    """One value a day, all of them above 0. `benchmark` None: nothing to compare with.

    Raises:
        ValueError: fewer than two days, days out of order, a curve of another length, or a value that is none.
    """

    days: tuple[date, ...]
    equity: tuple[float, ...]
    benchmark: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.days) < 2:  # noqa: PLR2004  a line has two ends
            raise ValueError(f"a curve needs at least two days, not {len(self.days)}")
        if any(later <= earlier for earlier, later in pairwise(self.days)):
            raise ValueError("the days of a curve must rise")
        for name, values in (("equity", self.equity), ("benchmark", self.benchmark)):
            if values is None:
                continue
            if len(values) != len(self.days):
                raise ValueError(f"{name} has {len(values)} values for {len(self.days)} days")
            if not all(isfinite(value) and value > 0 for value in values):
                raise ValueError(f"every value of {name} must be a number above 0")

    @property
    def drawdown(self) -> tuple[float, ...]:
        return drawdown(self.equity)

    @property
    def benchmark_drawdown(self) -> tuple[float, ...] | None:
        return None if self.benchmark is None else drawdown(self.benchmark)


def drawdown(values: Sequence[float]) -> tuple[float, ...]:
    """How far each value is below the highest one before, as a negative fraction."""
    return tuple(value / highest - 1 for value, highest in zip(values, accumulate(values, max), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Figures by the names that `app.quant.backtest` gives them. A name that is missing was not measured; None: it
    was, and is not defined. Of the rest, what is None or empty is not known and left out of the page.
    """

    symbol: str | None
    first_day: date | None
    last_day: date | None
    strategy: Mapping[str, float | None]
    benchmark: Mapping[str, float | None] = field(default_factory=dict)
    curves: Curves | None = None
    trades: tuple[Trade, ...] = ()
    config: BacktestConfig | None = None
    conventions: Conventions | None = None

    @classmethod
    def of_result(cls, result: BacktestResult) -> Self:
        figures = asdict(result.metrics)
        figures.pop("benchmark_return")  # the benchmark's own total return
        return cls(
            symbol=result.symbol,
            first_day=result.first_day,
            last_day=result.last_day,
            strategy=figures,
            benchmark=asdict(result.benchmark),
            curves=Curves(result.days, result.equity, result.benchmark_equity),
            trades=result.trades,
            config=result.config,
            conventions=result.conventions,
        )

    @classmethod
    def of_summary(cls, backtest: BacktestSummary) -> Self:
        """Of a backtest of which nothing but its figures is known."""
        figures = backtest.metrics.given()
        benchmark = {"total_return": figures.pop("benchmark_return")} if "benchmark_return" in figures else {}
        return cls(
            symbol=backtest.symbol,
            first_day=backtest.start_date,
            last_day=backtest.end_date,
            strategy=figures,
            benchmark=benchmark,
        )


# Which trades a page lists: all where they are few, else those that say most.

Mark = Literal["first", "last", "best", "worst"]

MOST = 24
"""Trades that are all listed."""
OF_EACH = 5
"""Of more than that: so many of the first, of the last, of the best and of the worst."""


@dataclass(frozen=True, slots=True)
class ChosenTrade:
    """`number` counts all trades from 1, in their order; `marks` say why it is listed, none where all are."""

    number: int
    trade: Trade
    marks: tuple[Mark, ...] = ()


def chosen_trades(trades: Sequence[Trade]) -> list[ChosenTrade]:
    """In their order. Best and worst go by the fraction that was gained, of equal ones the earlier."""
    if len(trades) <= MOST:
        return [ChosenTrade(number, trade) for number, trade in enumerate(trades, start=1)]
    places = range(len(trades))
    by_gain = sorted(places, key=lambda place: trades[place].profit_fraction)
    by_loss = sorted(places, key=lambda place: -trades[place].profit_fraction)
    groups: dict[Mark, Sequence[int]] = {
        "first": places[:OF_EACH],
        "last": places[-OF_EACH:],
        "best": by_loss[:OF_EACH],
        "worst": by_gain[:OF_EACH],
    }
    listed = sorted({place for group in groups.values() for place in group})
    return [
        ChosenTrade(place + 1, trades[place], tuple(mark for mark, group in groups.items() if place in group))
        for place in listed
    ]
