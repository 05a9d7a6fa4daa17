"""A backtest as one would do it by hand: bar by bar, slowly, from what the engine's documentation says.

It shares the values of the indicators with the engine, which other tests hold against plain loops, and nothing else.
"""

from dataclasses import dataclass, field
from math import isnan

from app.quant.backtest import BacktestConfig
from app.quant.backtest.positions import IndicatorValues
from app.quant.market import Bars
from app.quant.strategy import AnyOperand, Condition, Rules, Strategy


@dataclass
class ReferenceTrade:
    entry: int
    entry_price: float
    shares: float
    paid: float
    exit: int | None = None
    exit_price: float | None = None
    got: float | None = None
    reason: str | None = None


@dataclass
class Account:
    cash: float
    trades: list[ReferenceTrade] = field(default_factory=list)
    equity: list[float] = field(default_factory=list)

    @property
    def held(self) -> ReferenceTrade | None:
        return self.trades[-1] if self.trades and self.trades[-1].exit is None else None


def reference_backtest(strategy: Strategy, bars: Bars, config: BacktestConfig) -> Account:
    values = IndicatorValues(bars)
    account = Account(config.initial_cash)
    order: str | None = None
    for bar in range(bars.warm_up, len(bars)):
        if order == "buy":
            _buy(account, bar, strategy, bars, config)
        elif order == "sell":
            _sell(account, bar, float(bars.open[bar]), "signal", config)
        if account.held is not None:
            _watch(account, bar, strategy, bars, config)
        held = account.held
        account.equity.append(account.cash + (held.shares * float(bars.close[bar]) if held else 0.0))
        order = None
        if held is not None:
            if _holds(strategy.exit, values, bar):
                order = "sell"
        elif _may_buy(account, bar, strategy.risk.cooldown) and _holds(strategy.entry, values, bar):
            order = "buy"
    return account


def _may_buy(account: Account, bar: int, cooldown: int) -> bool:
    """Whether the next bar is late enough after the last sale: `cooldown` bars without a purchase lie between."""
    if not account.trades:
        return True
    sold = account.trades[-1].exit
    assert sold is not None
    return bar + 1 > sold + cooldown


def _buy(account: Account, bar: int, strategy: Strategy, bars: Bars, config: BacktestConfig) -> None:
    price = float(bars.open[bar]) * (1 + config.slippage)
    paid = account.cash * min(strategy.risk.position_size, config.max_position)
    account.trades.append(ReferenceTrade(bar, price, paid / (price * (1 + config.commission)), paid))
    account.cash -= paid


def _sell(account: Account, bar: int, price: float, reason: str, config: BacktestConfig) -> None:
    trade = account.trades[-1]
    trade.exit, trade.exit_price, trade.reason = bar, price * (1 - config.slippage), reason
    trade.got = trade.shares * trade.exit_price * (1 - config.commission)
    account.cash += trade.got


def _watch(account: Account, bar: int, strategy: Strategy, bars: Bars, config: BacktestConfig) -> None:
    trade, risk = account.trades[-1], strategy.risk
    opened, low, high = float(bars.open[bar]), float(bars.low[bar]), float(bars.high[bar])
    stop = None if risk.stop_loss is None else trade.entry_price * (1 - risk.stop_loss)
    target = None if risk.take_profit is None else trade.entry_price * (1 + risk.take_profit)
    if stop is not None and opened <= stop:
        _sell(account, bar, opened, "stop_loss", config)
    elif target is not None and opened >= target:
        _sell(account, bar, opened, "take_profit", config)
    elif stop is not None and low <= stop:
        _sell(account, bar, stop, "stop_loss", config)
    elif target is not None and high >= target:
        _sell(account, bar, target, "take_profit", config)


def _holds(rules: Rules, values: IndicatorValues, bar: int) -> bool:
    held = [_condition_holds(condition, values, bar) for condition in rules.conditions]
    return all(held) if rules.combine == "all" else any(held)


def _condition_holds(condition: Condition, values: IndicatorValues, bar: int) -> bool:
    now = _difference(condition, values, bar)
    if now is None:
        return False
    if condition.comparison in {"above", "below"}:
        return now > 0 if condition.comparison == "above" else now < 0
    before = _difference(condition, values, bar - 1) if bar > 0 else None
    if before is None:
        return False
    return now > 0 >= before if condition.comparison == "crosses_above" else now < 0 <= before


def _difference(condition: Condition, values: IndicatorValues, bar: int) -> int | None:
    """1 where the left side is above the right one, 0 where they are equal, -1 below; None without both values."""
    left, right = _at(condition.left, values, bar), _at(condition.right, values, bar)
    if isnan(left) or isnan(right):
        return None
    return (left > right) - (left < right)


def _at(operand: AnyOperand, values: IndicatorValues, bar: int) -> float:
    value = values.of(operand)
    return value if isinstance(value, float) else float(value[bar])
