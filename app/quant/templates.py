"""The strategy types that the platform names, each as a template: a few numbers that become rules.

The limits of the numbers stand here alone; a strategy that claims to be of a type is held to them as well.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.quant.indicators import Parameter
from app.quant.operands import MovingAverage, Number, Oscillator
from app.quant.strategy import Condition, Rules, StrategyType

SHORT = Parameter("short", "period of the short SMA", "단기 이동평균 기간", 2, 50, 20)
LONG = Parameter("long", "period of the long SMA", "장기 이동평균 기간", 10, 200, 60)
RSI_PERIOD = Parameter("period", "period of the RSI", "RSI 기간", 2, 50, 14)
OVERSOLD = Parameter("oversold", "oversold number", "과매도 기준", 0, 50, 30, whole=False)
OVERBOUGHT = Parameter("overbought", "overbought number", "과매수 기준", 50, 100, 70, whole=False)
ROC_PERIOD = Parameter("period", "period of the rate of change", "변화율 기간", 5, 100, 20)
BUY_ABOVE = Parameter("buy_above", "change in percent to buy above", "매수 기준 변화율(%)", -50, 100, 2, whole=False)
SELL_BELOW = Parameter("sell_below", "change in percent to sell below", "매도 기준 변화율(%)", -90, 100, 0, whole=False)
ALLOCATION = Parameter("allocation", "fraction of the capital", "자본 대비 비중", 0.01, 1, 1, whole=False)


@dataclass(frozen=True, slots=True)
class Made:
    """What a template makes: the rules, and for one that sets it the fraction of the capital in a position."""

    entry: Rules
    exit: Rules
    position_size: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Of two parameters one must be the lower, or at most as high."""

    lower: Parameter
    higher: Parameter
    may_be_equal: bool = False

    def is_kept(self, lower: float, higher: float) -> bool:
        return lower < higher or (self.may_be_equal and lower == higher)


@dataclass(frozen=True, slots=True)
class Template:
    """`make` takes the parameters in their order."""

    type: StrategyType
    name_en: str
    name_ko: str
    description_en: str
    description_ko: str
    parameters: tuple[Parameter, ...]
    make: Callable[..., Made]
    order: Order | None = None


def _sma_crossover(short: int, long: int) -> Made:
    fast, slow = MovingAverage(kind="SMA", period=short), MovingAverage(kind="SMA", period=long)
    return Made(
        entry=_all(Condition(left=fast, comparison="crosses_above", right=slow)),
        exit=_any(Condition(left=fast, comparison="crosses_below", right=slow)),
    )


def _rsi_mean_reversion(period: int, oversold: float, overbought: float) -> Made:
    rsi = Oscillator(kind="RSI", period=period)
    return Made(
        entry=_all(Condition(left=rsi, comparison="below", right=_number(oversold))),
        exit=_any(Condition(left=rsi, comparison="above", right=_number(overbought))),
    )


def _momentum(period: int, buy_above: float, sell_below: float) -> Made:
    change = Oscillator(kind="ROC", period=period)
    return Made(
        entry=_all(Condition(left=change, comparison="above", right=_number(buy_above))),
        exit=_any(Condition(left=change, comparison="below", right=_number(sell_below))),
    )


def _buy_and_hold(allocation: float) -> Made:
    return Made(_all(), _any(), position_size=allocation)


def _all(*conditions: Condition) -> Rules:
    return Rules(combine="all", conditions=conditions)


def _any(*conditions: Condition) -> Rules:
    return Rules(combine="any", conditions=conditions)


def _number(value: float) -> Number:
    return Number(kind="NUMBER", value=value)


TEMPLATES = (
    Template(
        StrategyType.SMA_CROSSOVER,
        "SMA crossover",
        "이동평균 교차",
        "Buys when the short average crosses above the long one, and sells when it crosses back.",
        "단기 이동평균이 장기 이동평균을 상향 돌파하면 매수하고, 하향 돌파하면 매도합니다.",
        (SHORT, LONG),
        _sma_crossover,
        Order(SHORT, LONG),
    ),
    Template(
        StrategyType.RSI_MEAN_REVERSION,
        "RSI mean reversion",
        "RSI 평균회귀",
        "Buys what has fallen fast and sells what has risen fast.",
        "과매도 구간에서 매수하고 과매수 구간에서 매도합니다.",
        (RSI_PERIOD, OVERSOLD, OVERBOUGHT),
        _rsi_mean_reversion,
        Order(OVERSOLD, OVERBOUGHT),
    ),
    Template(
        StrategyType.MOMENTUM,
        "Momentum",
        "모멘텀",
        "Buys what has risen enough and sells when the rise is over.",
        "일정 수준 이상 오른 종목을 매수하고 상승세가 꺾이면 매도합니다.",
        (ROC_PERIOD, BUY_ABOVE, SELL_BELOW),
        _momentum,
        Order(SELL_BELOW, BUY_ABOVE, may_be_equal=True),
    ),
    Template(
        StrategyType.BUY_AND_HOLD,
        "Buy and hold",
        "매수 후 보유",
        "Buys at once and never sells.",
        "바로 매수하고 매도하지 않습니다.",
        (ALLOCATION,),
        _buy_and_hold,
    ),
)
