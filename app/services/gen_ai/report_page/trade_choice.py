"""Which trades a page lists: all where they are few, else those that say most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.quant.backtest import Trade

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
