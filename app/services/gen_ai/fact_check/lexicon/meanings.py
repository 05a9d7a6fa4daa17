"""What a word of a report can mean: the metrics that a number beside it may be."""

from typing import NamedTuple

from app.services.gen_ai.fact_check.lexicon.senses import Sense
from app.services.gen_ai.fact_check.numbers.number import Kind


class Meant(NamedTuple):
    """A metric that a number can be, and the sign that the word gives to it: -1 for a loss, 0 for none."""

    metric: str
    sign: int = 0


_RETURN = (Meant("total_return"),)
_ANNUAL = (Meant("annualised_return"),)
_LOSS = (Meant("total_return", -1),)
_TAIL = (Meant("var_95"), Meant("var_99"), Meant("cvar_95"), Meant("cvar_99"))
_MONEY = (Meant("final_value"), Meant("initial_cash"), Meant("profit"))

_FRACTIONS: dict[Sense, tuple[Meant, ...]] = {
    Sense.ANNUAL_RETURN: _ANNUAL,
    Sense.TOTAL_RETURN: _RETURN,
    Sense.EXCESS: (Meant("excess_return"),),
    Sense.RETURN: _RETURN,
    Sense.ANNUAL: (*_ANNUAL, Meant("volatility"), Meant("alpha")),
    Sense.LOSS: (*_LOSS, Meant("loss_rate"), *_TAIL),
    Sense.DECLINE: (*_LOSS, Meant("max_drawdown")),
    Sense.DRAWDOWN: (Meant("max_drawdown"),),
    Sense.VOLATILITY: (Meant("volatility"),),
    Sense.ALPHA: (Meant("alpha"),),
    Sense.CVAR: (Meant("cvar_95"), Meant("cvar_99")),
    Sense.VAR: (Meant("var_95"), Meant("var_99")),
    Sense.WIN_RATE: (Meant("win_rate"),),
    Sense.LOSS_RATE: (Meant("loss_rate"),),
    Sense.WIN: (Meant("win_rate"), Meant("total_return")),
    Sense.LOSE: (Meant("loss_rate"), *_LOSS, *_TAIL),
    Sense.TRADES: (Meant("win_rate"), Meant("loss_rate")),
    Sense.PROFIT: _RETURN,
    Sense.ACCOUNT: (*_RETURN, Meant("max_drawdown")),
    Sense.TIME_SHARE: (Meant("share"), Meant("exposure")),
    Sense.EXPOSURE: (Meant("exposure"),),
    Sense.COMMISSION: (Meant("commission"),),
    Sense.SLIPPAGE: (Meant("slippage"),),
    Sense.POSITION: (Meant("position"), Meant("exposure")),
    Sense.STOP: (Meant("stop"),),
    Sense.TARGET: (Meant("take"),),
    Sense.RISK_FREE: (Meant("risk_free_rate"),),
}
_RATIOS: dict[Sense, tuple[Meant, ...]] = {
    Sense.SHARPE: (Meant("sharpe_ratio"),),
    Sense.SORTINO: (Meant("sortino_ratio"),),
    Sense.CALMAR: (Meant("calmar_ratio"),),
    Sense.BETA: (Meant("beta"),),
    Sense.CORRELATION: (Meant("correlation"),),
}
_COUNTS: dict[Sense, tuple[Meant, ...]] = {
    Sense.TRADES: (Meant("trades"),),
    Sense.TRADING: (Meant("trades"),),
    Sense.WIN: (Meant("wins"),),
    Sense.RETURN: (Meant("wins"),),
    Sense.PROFIT: (Meant("wins"),),
    Sense.LOSE: (Meant("losses"),),
    Sense.LOSS: (Meant("losses"),),
    Sense.WIN_RATE: (Meant("wins"), Meant("trades")),
}
_DURATIONS: dict[Sense, tuple[Meant, ...]] = {
    Sense.INDICATOR: (Meant("parameter"),),
    Sense.COOLDOWN: (Meant("cooldown"),),
    Sense.BARS: (Meant("bars"), Meant("days")),
}
_AMOUNTS: dict[Sense, tuple[Meant, ...]] = {
    Sense.FINAL_VALUE: (Meant("final_value"),),
    Sense.INITIAL_CASH: (Meant("initial_cash"),),
    Sense.PROFIT: (Meant("profit"),),
    Sense.ACCOUNT: (*_MONEY, Meant("growth_multiple")),
    Sense.RETURN: (Meant("profit"), Meant("final_value"), Meant("growth_multiple")),
    Sense.LOSS: (Meant("profit", -1), Meant("final_value")),
    Sense.DECLINE: (Meant("profit", -1), Meant("final_value")),
}
_ODDS = (Meant("wins_per_loss"), Meant("losses_per_win"))
_MULTIPLES: dict[Sense, tuple[Meant, ...]] = {
    Sense.RETURN: (Meant("growth_multiple"), Meant("total_return")),
    Sense.TOTAL_RETURN: (Meant("growth_multiple"), Meant("total_return")),
    Sense.ACCOUNT: (Meant("growth_multiple"), Meant("final_value")),
    Sense.FINAL_VALUE: (Meant("growth_multiple"), Meant("final_value")),
    Sense.INITIAL_CASH: (Meant("growth_multiple"),),
    Sense.LOSS: (Meant("total_return"), Meant("losses"), Meant("max_drawdown")),
    Sense.DECLINE: (Meant("total_return"), Meant("max_drawdown")),
    Sense.PROFIT: (Meant("profit"), Meant("total_return"), Meant("growth_multiple")),
    Sense.TRADES: (Meant("trades"), *_ODDS),
    Sense.WIN: (Meant("wins"), Meant("win_rate"), *_ODDS),
    Sense.LOSE: (Meant("losses"), Meant("loss_rate"), *_ODDS),
    Sense.INDICATOR: (Meant("parameter"),),
}
_ANY_NUMBER = (
    _FRACTIONS
    | _RATIOS
    | _DURATIONS
    | {
        Sense.TRADES: _COUNTS[Sense.TRADES],
        Sense.TRADING: _COUNTS[Sense.TRADING],
        Sense.WIN: (*_COUNTS[Sense.WIN], Meant("win_rate"), Meant("total_return")),
        Sense.LOSE: (*_COUNTS[Sense.LOSE], Meant("loss_rate"), *_LOSS),
        Sense.WIN_RATE: (Meant("win_rate"), *_COUNTS[Sense.WIN_RATE]),
        Sense.RETURN: (*_RETURN, Meant("wins"), Meant("growth_multiple")),
        Sense.LOSS: (*_FRACTIONS[Sense.LOSS], Meant("losses")),
        Sense.FINAL_VALUE: _AMOUNTS[Sense.FINAL_VALUE],
        Sense.INITIAL_CASH: _AMOUNTS[Sense.INITIAL_CASH],
        Sense.ACCOUNT: (*_MONEY, *_RETURN, Meant("growth_multiple")),
        Sense.PROFIT: (Meant("profit"), *_RETURN, Meant("wins")),
    }
)
_DIFFERENCES = _FRACTIONS | {
    Sense.ANNUAL_RETURN: (*_ANNUAL, *_RETURN),
    Sense.RISK_FREE: (),
    Sense.EXCESS: (Meant("excess_return"), *_RETURN, *_ANNUAL),
}

_BY_KIND: dict[Kind, dict[Sense, tuple[Meant, ...]]] = {
    Kind.PERCENT: _FRACTIONS,
    Kind.BASIS_POINTS: _FRACTIONS,
    Kind.SHARE: _FRACTIONS | _RATIOS | {
        Sense.TRADES: (Meant("win_rate"), Meant("loss_rate"), Meant("trades")),
        Sense.RETURN: (*_RETURN, Meant("growth_multiple")),
    },
    Kind.POINTS: _DIFFERENCES,
    Kind.COUNT: _COUNTS,
    Kind.TIMES: _FRACTIONS | _RATIOS | _COUNTS | _MULTIPLES,
    Kind.MONEY: _AMOUNTS,
    Kind.DAYS: _DURATIONS,
    Kind.PLAIN: _ANY_NUMBER,
    Kind.RANK: _COUNTS | _FRACTIONS | _RATIOS,
}  # fmt: skip


def meanings(sense: Sense, kind: Kind) -> tuple[Meant, ...]:
    """The metrics that a number of a kind can be where it stands by a word of a sense; none: it cannot belong to it."""
    return _BY_KIND.get(kind, {}).get(sense, ())
