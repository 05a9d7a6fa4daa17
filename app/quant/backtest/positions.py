"""What the rules of a strategy say at each bar, and the positions that follow from it."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import talib
from numpy.typing import NDArray

from app.quant.backtest.config import BacktestConfig
from app.quant.indicators import PriceField
from app.quant.market.bars import Array, Bars
from app.quant.strategy import AnyIndicator, AnyOperand, Condition, Number, Price, Risk, Rules


class IndicatorValues:
    """One value a bar for each operand; NaN before an indicator has its first one.

    A value at a bar depends on that bar and the earlier ones alone.
    """

    def __init__(self, bars: Bars) -> None:
        self._prices: dict[PriceField, Array] = {
            "open": bars.open,
            "high": bars.high,
            "low": bars.low,
            "close": bars.close,
        }
        self._computed: dict[str, dict[str | None, Array]] = {}

    def of(self, operand: AnyOperand) -> Array | float:
        match operand:
            case Number():
                return operand.value
            case Price():
                return self._prices[operand.field]
            case _:
                if operand.computed not in self._computed:
                    self._computed[operand.computed] = self._lines(operand)
                return self._computed[operand.computed][operand.output]

    def _lines(self, operand: AnyIndicator) -> dict[str | None, Array]:
        """All outputs of an indicator by name: TA-Lib gives them together, in the order of the registry."""
        indicator, chosen = operand.indicator, operand.chosen
        function: Any = getattr(talib, indicator.function)
        inputs = (self._prices[field] for field in indicator.inputs)
        given = function(*inputs, **{keyword: chosen[name] for keyword, name in indicator.arguments})
        if indicator.output_field is None:
            return {None: given}
        return {output.name: np.asarray(line) for output, line in zip(indicator.outputs, given, strict=True)}


# At which closes rules hold.

Signals = NDArray[np.bool_]


def signals(rules: Rules, values: IndicatorValues, bars: int) -> Signals:
    """True at each bar at whose close the rules hold.

    A condition with an operand that has no value yet does not hold; without conditions `all` holds and `any` does not.
    """
    return together(rules, [holds(condition, values, bars) for condition in rules.conditions], bars)


def together(rules: Rules, held: Sequence[Signals], bars: int) -> Signals:
    """Where the rules hold, from where each of their conditions does."""
    if rules.combine == "all":
        return np.logical_and.reduce(held) if held else np.ones(bars, dtype=np.bool_)
    return np.logical_or.reduce(held) if held else np.zeros(bars, dtype=np.bool_)


def holds(condition: Condition, values: IndicatorValues, bars: int) -> Signals:
    """True at each bar at whose close the condition holds."""
    left, right = values.of(condition.left), values.of(condition.right)
    match condition.comparison:
        case "above":
            return _each(np.greater(left, right), bars)
        case "below":
            return _each(np.less(left, right), bars)
        case "crosses_above":
            return _turned(_each(np.greater(left, right), bars), _each(np.less_equal(left, right), bars))
        case "crosses_below":
            return _turned(_each(np.less(left, right), bars), _each(np.greater_equal(left, right), bars))


def _turned(now: Signals, before: Signals) -> Signals:
    """Where `now` holds and `before` held one bar earlier; never on the first bar."""
    turned = np.zeros(len(now), dtype=np.bool_)
    np.logical_and(now[1:], before[:-1], out=turned[1:])
    return turned


def _each(held: Signals | np.bool_, bars: int) -> Signals:
    """One value a bar, also of a comparison of two numbers."""
    return np.broadcast_to(held, (bars,))


# From signals to positions: what is bought and sold, at which bar, at which price.
#
# The time between two trades is jumped over, not walked through; only the trades follow one another in Python.

ExitReason = Literal["signal", "stop_loss", "take_profit"]
Progress = Callable[[float], None]
"""Is told the fraction that is done. What it raises ends the work: so it is cancelled."""

_FIRST_LOOK = 64
"""Bars that are searched for a limit at first; then twice as many, and so on: most limits are hit soon."""


class Sale(NamedTuple):
    """`price`: what is got for a share, slippage included. `proceeds`: for all of them, commission deducted."""

    bar: int
    price: float
    proceeds: float
    reason: ExitReason


class Position(NamedTuple):
    """Bought at the open of bar `entry`, for `price` a share, slippage included; `cost` includes the commission.

    `cash`: what was left beside it. `sale` is None for what is still held after the last bar.
    """

    entry: int
    price: float
    shares: float
    cost: float
    cash: float
    sale: Sale | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What stays the same from the first trade to the last."""

    bars: Bars
    risk: Risk
    config: BacktestConfig


def positions(setting: Setting, entries: Signals, exits: Signals, progress: Progress | None = None) -> list[Position]:
    """The positions in their order; at most one is held at a time.

    While nothing is held only the entry signals count, and while something is held only the exit signals.
    """
    bars, risk, config = setting.bars, setting.risk, setting.config
    last = len(bars) - 1
    buy_signals: list[int] = np.flatnonzero(entries[:last]).tolist()
    sell_signals: list[int] = np.flatnonzero(exits[:last]).tolist()
    fraction = min(risk.position_size, config.max_position)
    cash, earliest = config.initial_cash, bars.warm_up
    positions: list[Position] = []
    while (found := bisect_left(buy_signals, earliest)) < len(buy_signals):
        entry, cost = buy_signals[found] + 1, cash * fraction
        price = float(bars.open[entry]) * (1 + config.slippage)
        shares = cost / (price * (1 + config.commission))
        sale = _sale(setting, sell_signals, entry, price, shares)
        positions.append(Position(entry, price, shares, cost, cash - cost, sale))
        if sale is None:
            break
        cash = cash - cost + sale.proceeds
        earliest = sale.bar + risk.cooldown
        if progress is not None:
            progress(sale.bar / last)
    if progress is not None:
        progress(1.0)
    return positions


def _sale(setting: Setting, sell_signals: list[int], entry: int, entry_price: float, shares: float) -> Sale | None:
    """How the position ends: at the open after a signal, or at a limit before that."""
    bars, config = setting.bars, setting.config
    found = bisect_left(sell_signals, entry)
    signalled = sell_signals[found] + 1 if found < len(sell_signals) else None
    limit = _limit(setting, entry, len(bars) if signalled is None else signalled, entry_price)
    if limit is not None:
        bar, price, reason = limit
    elif signalled is not None:
        bar, price, reason = signalled, float(bars.open[signalled]), "signal"
    else:
        return None
    got = price * (1 - config.slippage)
    return Sale(bar, got, shares * got * (1 - config.commission), reason)


def _limit(setting: Setting, begin: int, end: int, entry_price: float) -> tuple[int, float, ExitReason] | None:
    """The first bar from `begin`, before `end`, in which a limit is reached, and the price there."""
    bars, risk = setting.bars, setting.risk
    if risk.stop_loss is None and risk.take_profit is None:
        return None
    stop = entry_price * (1 - risk.stop_loss) if risk.stop_loss is not None else 0.0
    target = entry_price * (1 + risk.take_profit) if risk.take_profit is not None else np.inf
    look = _FIRST_LOOK
    while begin < end:
        until = min(begin + look, end)
        reached = (bars.low[begin:until] <= stop) | (bars.high[begin:until] >= target)
        first = int(reached.argmax())
        if reached[first]:
            return begin + first, *_price_at(bars, begin + first, stop, target)
        begin, look = until, look * 2
    return None


def _price_at(bars: Bars, bar: int, stop: float, target: float) -> tuple[float, ExitReason]:
    """A bar that opens beyond a limit is filled at its open; if it reaches both later, the worse comes first."""
    opened = float(bars.open[bar])
    if opened <= stop:
        return opened, "stop_loss"
    if opened >= target:
        return opened, "take_profit"
    return (stop, "stop_loss") if bars.low[bar] <= stop else (target, "take_profit")
