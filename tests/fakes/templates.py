"""A sound strategy of each type that the platform names, with its usual numbers or others."""

from collections.abc import Mapping

from app.quant.strategy import Condition, Risk, Rules, Strategy, StrategyType
from tests.fakes.strategies import roc, rsi, sma, when

DEFAULT_RISK = Risk(position_size=0.2, stop_loss=None, take_profit=None, cooldown=0)
_NAMES = {
    StrategyType.SMA_CROSSOVER: "SMA crossover",
    StrategyType.RSI_MEAN_REVERSION: "RSI mean reversion",
    StrategyType.MOMENTUM: "Momentum",
    StrategyType.BUY_AND_HOLD: "Buy and hold",
}
USUAL: dict[StrategyType, dict[str, float]] = {
    StrategyType.SMA_CROSSOVER: {"short": 20, "long": 60},
    StrategyType.RSI_MEAN_REVERSION: {"period": 14, "oversold": 30, "overbought": 70},
    StrategyType.MOMENTUM: {"period": 20, "buy_above": 2, "sell_below": 0},
    StrategyType.BUY_AND_HOLD: {},
}


def strategy_from_template(
    kind: StrategyType | str, values: Mapping[str, float], *, risk: Risk | None = None
) -> Strategy:
    """A number that is not given is the usual one. One that only holds puts all the capital into its position."""
    kind = StrategyType(kind)
    entry, exit_ = _rules(kind, USUAL[kind] | dict(values))
    whole = DEFAULT_RISK.model_copy(update={"position_size": 1.0})
    return Strategy(
        name=_NAMES[kind],
        type=kind,
        description=f"{_NAMES[kind]}, as everybody knows it.",
        entry=Rules(combine="all", conditions=entry),
        exit=Rules(combine="any", conditions=exit_),
        risk=risk or (whole if kind is StrategyType.BUY_AND_HOLD else DEFAULT_RISK),
    )


def _rules(kind: StrategyType, values: Mapping[str, float]) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """When it buys, and when it sells."""
    match kind:
        case StrategyType.SMA_CROSSOVER:
            short, long = sma(int(values["short"])), sma(int(values["long"]))
            return (when(short, "crosses_above", long),), (when(short, "crosses_below", long),)
        case StrategyType.RSI_MEAN_REVERSION:
            index = rsi(int(values["period"]))
            return (when(index, "below", values["oversold"]),), (when(index, "above", values["overbought"]),)
        case StrategyType.MOMENTUM:
            change = roc(int(values["period"]))
            return (when(change, "above", values["buy_above"]),), (when(change, "below", values["sell_below"]),)
    return (), ()
