"""What the account is worth at each close."""

from collections.abc import Sequence

import numpy as np

from app.quant.backtest.positions import Position
from app.quant.market.bars import Array, Bars


def equity(bars: Bars, held: Sequence[Position], initial_cash: float) -> Array:
    """Cash and shares at the close, of each bar of the range."""
    begins, cash, shares = [bars.warm_up], [initial_cash], [0.0]
    for position in held:
        begins.append(position.entry)
        cash.append(position.cash)
        shares.append(position.shares)
        if position.sale is not None:
            begins.append(position.sale.bar)
            cash.append(position.cash + position.sale.proceeds)
            shares.append(0.0)
    lengths = np.diff([*begins, len(bars)])
    return np.repeat(cash, lengths) + np.repeat(shares, lengths) * bars.close[bars.warm_up :]


def drawdown(values: Array) -> Array:
    """How far each value is below the highest one before, as a negative fraction; 0 at a new high."""
    return values / np.maximum.accumulate(values) - 1
