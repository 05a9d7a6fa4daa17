"""Runs a strategy over a series."""

from dataclasses import asdict, dataclass

from app.errors import InputError
from app.quant.backtest.config import CONVENTIONS, DEFAULT_CONFIG, BacktestConfig
from app.quant.backtest.performance import alpha_beta, daily_returns, drawdown, equity, performance
from app.quant.backtest.positions import IndicatorValues, Position, Progress, Setting, Signals, positions, signals
from app.quant.backtest.result import BacktestResult, Metrics, Trade
from app.quant.market.bars import Array, Bars
from app.quant.strategy import Strategy


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The positions, and what the account and the market were worth at each close of the range."""

    held: list[Position]
    curve: Array
    market: Array


def backtest(
    strategy: Strategy,
    bars: Bars,
    config: BacktestConfig = DEFAULT_CONFIG,
    *,
    progress: Progress | None = None,
) -> BacktestResult:
    """What the strategy would have brought; the same input always gives the same result.

    Rules are looked at from the first day of the range on, at the close; orders are filled at the next open, so the
    first day is never traded. Fractions of shares are bought, and cash earns nothing.

    Raises:
        InputError: there are fewer than two days.
    """
    course = _course(strategy, bars, config, progress)
    return BacktestResult(
        symbol=bars.symbol,
        first_day=bars.first_day,
        last_day=bars.last_day,
        config=config,
        position_fraction=min(strategy.risk.position_size, config.max_position),
        conventions=CONVENTIONS,
        metrics=metrics(course, bars),
        benchmark=performance(course.market),
        trades=tuple(_trade(position, bars) for position in course.held),
        days=bars.days[bars.warm_up :],
        equity=tuple(course.curve.tolist()),
        drawdown=tuple(drawdown(course.curve).tolist()),
        benchmark_equity=tuple(course.market.tolist()),
    )


def measure(strategy: Strategy, bars: Bars, config: BacktestConfig = DEFAULT_CONFIG) -> Metrics:
    """The metrics of a backtest alone, in half of its time.

    Raises:
        InputError: there are fewer than two days.
    """
    return metrics(_course(strategy, bars, config), bars)


def _course(strategy: Strategy, bars: Bars, config: BacktestConfig, progress: Progress | None = None) -> Course:
    values = IndicatorValues(bars)
    entries, exits = (signals(rules, values, len(bars)) for rules in (strategy.entry, strategy.exit))
    return follow(Setting(bars, strategy.risk, config), entries, exits, progress)


def follow(setting: Setting, entries: Signals, exits: Signals, progress: Progress | None = None) -> Course:
    """What comes of signals.

    Raises:
        InputError: there are fewer than two days.
    """
    bars, cash = setting.bars, setting.config.initial_cash
    if len(bars) - bars.warm_up < 2:  # noqa: PLR2004  one day to decide, one to act
        raise InputError(f"{bars.symbol}: a backtest needs at least two days, but the range is {bars.first_day} alone")
    held = positions(setting, entries, exits, progress)
    closes = bars.close[bars.warm_up :]
    return Course(held, equity(bars, held, cash), closes * (cash / closes[0]))


def metrics(course: Course, bars: Bars) -> Metrics:
    curve, market, held = course.curve, course.market, course.held
    gains = [position.sale.proceeds - position.cost for position in held if position.sale is not None]
    won = sum(gain > 0 for gain in gains)
    days_held = sum((len(bars) if each.sale is None else each.sale.bar) - each.entry for each in held)
    alpha, beta = alpha_beta(daily_returns(curve), daily_returns(market))
    return Metrics(
        **asdict(performance(curve)),
        total_trades=len(gains),
        winning_trades=won,
        losing_trades=sum(gain < 0 for gain in gains),
        win_rate=won / len(gains) if gains else None,
        open_trades=len(held) - len(gains),
        exposure=days_held / len(curve),
        benchmark_return=float(market[-1] / market[0]) - 1,
        alpha=alpha,
        beta=beta,
    )


def _trade(position: Position, bars: Bars) -> Trade:
    sale = position.sale
    worth = position.shares * float(bars.close[-1]) if sale is None else sale.proceeds
    return Trade(
        entry_day=bars.days[position.entry],
        entry_price=position.price,
        shares=position.shares,
        exit_day=None if sale is None else bars.days[sale.bar],
        exit_price=None if sale is None else sale.price,
        exit_reason=None if sale is None else sale.reason,
        days_held=None if sale is None else sale.bar - position.entry,
        profit=worth - position.cost,
        profit_fraction=worth / position.cost - 1,
    )
