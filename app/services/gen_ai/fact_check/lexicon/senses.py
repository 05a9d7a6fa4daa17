"""What a word of a report speaks of, and which of these words are alike."""

from enum import StrEnum


class Sense(StrEnum):
    ANNUAL_RETURN = "annual_return"
    TOTAL_RETURN = "total_return"
    RETURN = "return"
    ANNUAL = "annual"
    LOSS = "loss"
    DECLINE = "decline"
    DRAWDOWN = "drawdown"
    VOLATILITY = "volatility"
    SHARPE = "sharpe"
    SORTINO = "sortino"
    CALMAR = "calmar"
    ALPHA = "alpha"
    BETA = "beta"
    CORRELATION = "correlation"
    CVAR = "cvar"
    VAR = "var"
    WIN_RATE = "win_rate"
    LOSS_RATE = "loss_rate"
    WIN = "win"
    LOSE = "lose"
    TRADES = "trades"
    TRADING = "trading"
    FINAL_VALUE = "final_value"
    INITIAL_CASH = "initial_cash"
    ACCOUNT = "account"
    PROFIT = "profit"
    TIME_SHARE = "time_share"
    EXPOSURE = "exposure"
    BARS = "bars"
    COMMISSION = "commission"
    SLIPPAGE = "slippage"
    POSITION = "position"
    STOP = "stop"
    TARGET = "target"
    COOLDOWN = "cooldown"
    RISK_FREE = "risk_free"
    INDICATOR = "indicator"
    EXCESS = "excess"


NOUNS = frozenset(
    {
        Sense.ANNUAL_RETURN, Sense.TOTAL_RETURN, Sense.DRAWDOWN, Sense.VOLATILITY, Sense.SHARPE, Sense.SORTINO,
        Sense.CALMAR, Sense.ALPHA, Sense.BETA, Sense.CVAR, Sense.VAR, Sense.WIN_RATE, Sense.LOSS_RATE, Sense.EXCESS,
        Sense.CORRELATION, Sense.EXPOSURE,
    }
)  # fmt: skip
"""Names of metrics: a number right beside one is of that metric or wrong."""
VERBS = frozenset(
    {
        Sense.RETURN, Sense.LOSS, Sense.DECLINE, Sense.ACCOUNT, Sense.WIN, Sense.LOSE, Sense.TRADES, Sense.TRADING,
    }
)  # fmt: skip
RETURNS = frozenset({Sense.RETURN, Sense.LOSS, Sense.DECLINE, Sense.WIN, Sense.ACCOUNT, Sense.PROFIT})
WINNING = frozenset({Sense.WIN, Sense.WIN_RATE, Sense.RETURN, Sense.PROFIT})
AMOUNTS = frozenset({Sense.FINAL_VALUE, Sense.INITIAL_CASH, Sense.PROFIT})
WEAK = frozenset(
    {
        Sense.ACCOUNT, Sense.POSITION, Sense.INDICATOR, Sense.TRADES, Sense.TIME_SHARE, Sense.WIN,
    }
)  # fmt: skip
"""Words beside which a number may be of something else all the same."""
LOSING = frozenset({Sense.LOSE, Sense.LOSS, Sense.LOSS_RATE})
