"""The indicators as their definitions read, in plain loops: slow, and written without a look at TA-Lib.

None before the first value. What has to be agreed upon is agreed upon as everywhere: an EMA begins with the mean of
its first `period` values, and Wilder's averages begin with the mean of theirs.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt

Values = Sequence[float]
Line = list[float | None]


def sma(values: Values, period: int) -> Line:
    return _over(values, period, lambda last: sum(last) / period)


def wma(values: Values, period: int) -> Line:
    weights = range(1, period + 1)
    return _over(values, period, lambda last: sum(w * v for w, v in zip(weights, last, strict=True)) / sum(weights))


def ema(values: Sequence[float | None], period: int) -> Line:
    return _smoothed(values, period, 2 / (period + 1))


def wilder(values: Sequence[float | None], period: int) -> Line:
    return _smoothed(values, period, 1 / period)


def dema(values: Values, period: int) -> Line:
    once = ema(values, period)
    return _combined(lambda one, two: 2 * one - two, once, ema(once, period))


def tema(values: Values, period: int) -> Line:
    once = ema(values, period)
    twice = ema(once, period)
    return _combined(lambda one, two, three: 3 * one - 3 * two + three, once, twice, ema(twice, period))


def roc(values: Values, period: int) -> Line:
    return _over(values, period + 1, lambda last: (last[-1] / last[0] - 1) * 100)


def rsi(values: Values, period: int) -> Line:
    moves = [after - before for before, after in pairwise(values)]
    up: Line = [None, *(max(move, 0.0) for move in moves)]
    down: Line = [None, *(max(-move, 0.0) for move in moves)]
    return _combined(
        lambda rise, fall: 100 * rise / (rise + fall) if rise + fall else 0.0, wilder(up, period), wilder(down, period)
    )


def bollinger(values: Values, period: int, deviations: float) -> tuple[Line, Line, Line]:
    middle = sma(values, period)

    def deviation(last: Values) -> float:
        mean = sum(last) / period
        return sqrt(sum((value - mean) ** 2 for value in last) / period)

    width = _over(values, period, deviation)
    return (
        _combined(lambda mean, wide: mean + deviations * wide, middle, width),
        middle,
        _combined(lambda mean, wide: mean - deviations * wide, middle, width),
    )


def macd(values: Values, fast: int, slow: int, signal: int) -> tuple[Line, Line, Line]:
    """The fast average begins with the same bar as the slow one: with the mean of the bars just before."""
    late = [value if bar >= slow - fast else None for bar, value in enumerate(values)]
    line = _combined(lambda one, other: one - other, ema(late, fast), ema(values, slow))
    signals = ema(line, signal)
    histogram = _combined(lambda one, other: one - other, line, signals)
    shown: Line = [value if later is not None else None for value, later in zip(line, signals, strict=True)]
    return shown, signals, histogram


def true_range(high: Values, low: Values, close: Values) -> Line:
    ranges: Line = [None]
    for bar in range(1, len(close)):
        before = close[bar - 1]
        ranges.append(max(high[bar] - low[bar], abs(high[bar] - before), abs(low[bar] - before)))
    return ranges


def atr(high: Values, low: Values, close: Values, period: int) -> Line:
    return wilder(true_range(high, low, close), period)


def stochastic(
    high: Values, low: Values, close: Values, *, k_period: int, smoothing: int, d_period: int
) -> tuple[Line, Line]:
    raw: Line = [None] * len(close)
    for bar in range(k_period - 1, len(close)):
        lowest, highest = min(low[bar - k_period + 1 : bar + 1]), max(high[bar - k_period + 1 : bar + 1])
        raw[bar] = 100 * (close[bar] - lowest) / (highest - lowest) if highest > lowest else 0.0
    k = _mean(raw, smoothing)
    d = _mean(k, d_period)
    return [value if later is not None else None for value, later in zip(k, d, strict=True)], d


def adx(high: Values, low: Values, close: Values, period: int) -> Line:
    """Wilder, New Concepts in Technical Trading Systems (1978): sums that begin with `period` - 1 movements."""
    up: list[float] = [0.0]
    down: list[float] = [0.0]
    for bar in range(1, len(close)):
        rise, fall = high[bar] - high[bar - 1], low[bar - 1] - low[bar]
        up.append(rise if rise > fall and rise > 0 else 0.0)
        down.append(fall if fall > rise and fall > 0 else 0.0)
    ranges = [0.0 if value is None else value for value in true_range(high, low, close)]
    sums = [_wilder_sums(values, period) for values in (up, down, ranges)]
    strengths: Line = [None] * len(close)
    for bar in range(period, len(close)):
        plus, minus, whole = (line[bar] for line in sums)
        total = plus + minus
        strengths[bar] = 100 * abs(plus - minus) / total if whole and total else 0.0
    return wilder(strengths, period)


def _wilder_sums(values: Values, period: int) -> list[float]:
    sums = [0.0] * len(values)
    if len(values) < period:
        return sums
    sums[period - 1] = sum(values[1:period])
    for bar in range(period, len(values)):
        sums[bar] = sums[bar - 1] - sums[bar - 1] / period + values[bar]
    return sums


def _over(values: Values, count: int, of: Callable[[Values], float]) -> Line:
    return [of(values[end - count : end]) if end >= count else None for end in range(1, len(values) + 1)]


def _mean(values: Sequence[float | None], count: int) -> Line:
    line: Line = []
    for end in range(1, len(values) + 1):
        last = [value for value in values[max(0, end - count) : end] if value is not None]
        line.append(sum(last) / count if len(last) == count else None)
    return line


def _smoothed(values: Sequence[float | None], period: int, weight: float) -> Line:
    line: Line = []
    first: list[float] = []
    now: float | None = None
    for value in values:
        if value is None:
            line.append(None)
            continue
        if now is None:
            first.append(value)
            now = sum(first) / period if len(first) == period else None
        else:
            now += weight * (value - now)
        line.append(now)
    return line


def _combined(of: Callable[..., float], *lines: Line) -> Line:
    return [None if None in row else of(*row) for row in zip(*lines, strict=True)]
