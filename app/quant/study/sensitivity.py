"""How much a result hangs on one number of the strategy."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import InputError
from app.quant.backtest import DEFAULT_CONFIG, BacktestConfig, Metrics, Progress, measure
from app.quant.market import Bars
from app.quant.ranking import RankableMetric
from app.quant.strategy import Strategy
from app.quant.study.parameters import Tunable, changed, tunable
from app.quant.validation import problems


@dataclass(frozen=True, slots=True)
class SensitivityPoint:
    """`metrics` is None where the strategy makes no sense with this value; `problems` says why."""

    value: float
    metrics: Metrics | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The points in rising order; that of the strategy as it is is one of them."""

    parameter: Tunable
    points: tuple[SensitivityPoint, ...]

    def spread(self, metric: RankableMetric) -> tuple[float, float] | None:
        """The lowest and the highest value of a metric; None where no point has any."""
        values = [getattr(point.metrics, metric) for point in self.points if point.metrics is not None]
        known = [value for value in values if value is not None]
        return (min(known), max(known)) if known else None


def sensitivity(
    strategy: Strategy,
    bars: Bars,
    parameter: str,
    *,
    values: Sequence[float] | None = None,
    config: BacktestConfig = DEFAULT_CONFIG,
    progress: Progress | None = None,
) -> Sensitivity:
    """Backtests with other values of one number; without `values`, with its natural neighbours.

    Raises:
        InputError: there is no such number, it cannot have one of the values, or there is nothing to try.
    """
    varied = tunable(strategy, parameter)
    tried = sorted({varied.value, *(varied.neighbours if values is None else values)})
    if len(tried) == 1:
        raise InputError(f"{parameter} has no natural neighbours to try beside {varied.value:g}; give values")
    variants = [changed(strategy, {parameter: value}) for value in tried]
    points = []
    for done, (value, variant) in enumerate(zip(tried, variants, strict=True), start=1):
        wrong = problems(variant, bars=len(bars))
        points.append(SensitivityPoint(value, None if wrong else measure(variant, bars, config), tuple(wrong)))
        if progress is not None:
            progress(done / len(tried))
    return Sensitivity(varied, tuple(points))
