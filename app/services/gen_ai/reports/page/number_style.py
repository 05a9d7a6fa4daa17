"""How figures are written on a page: metrics, money, percentages, dates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from app.quant.figures import figure, rounded
from app.quant.words import Language
from app.services.gen_ai.reports.page.measured import Fact

NOTHING = "\N{EN DASH}"
"""Stands where there is no figure; why there is none is said beside it."""

_SMALL = 0.01
_WHOLE_MONEY = 100
_WHOLE_PRICE = 1

Kind = Literal["fraction", "ratio", "money", "count"]


def percent(fraction: float, decimals: int | None = None) -> str:
    """0.1234 is 12.3%; below 1 %, where a tenth says little, two decimals: 0.0012 is 0.12%."""
    if decimals is None:
        decimals = 2 if 0 < abs(fraction) < _SMALL else 1
    return f"{rounded(fraction * 100, decimals)}%"


def signed_percent(fraction: float) -> str:
    """A change, with one decimal, and with a plus where it is one."""
    text = percent(fraction, 1)
    return f"+{text}" if fraction > 0 and any(digit in text for digit in "123456789") else text


def ratio(value: float) -> str:
    return rounded(value, 2)


def money(value: float) -> str:
    """Whole units from 100 on, else two decimals."""
    return rounded(value, 0 if abs(value) >= _WHOLE_MONEY else 2)


def price(value: float) -> str:
    """Two decimals from 1 on, else four."""
    return rounded(value, 2 if abs(value) >= _WHOLE_PRICE else 4)


def count(value: float) -> str:
    return rounded(value, 0)


def dollars(amount: Decimal) -> str:
    """An exact amount in USD with all its digits."""
    return f"USD {amount.normalize():f}" if amount else "USD 0"


def moment(time: datetime) -> str:
    """To the minute, in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


_PRINTERS: Mapping[Kind, Callable[[float], str]] = MappingProxyType(
    {"fraction": percent, "ratio": ratio, "money": money, "count": count}
)


def printed(value: float, kind: Kind) -> str:
    return _PRINTERS[kind](value)


_POINTS: Mapping[Language, str] = MappingProxyType({"ko": "%p", "en": " percentage points"})
_TIMES: Mapping[Language, str] = MappingProxyType({"ko": "배", "en": " times"})


def printed_fact(fact: Fact, language: Language) -> str:
    """With exactly the decimals of the fact."""
    value, decimals = fact.value, fact.decimals
    if isinstance(value, date):
        return value.isoformat()
    match fact.unit:
        case "fraction" | "relative":
            return percent(value, decimals)
        case "points":
            return rounded(value * 100, decimals) + _POINTS[language]
        case "multiple":
            return rounded(value, decimals) + _TIMES[language]
        case _:
            return rounded(value, decimals)


_AXIS_UNITS: Mapping[Language, tuple[tuple[int, int, str], ...]] = MappingProxyType(
    {
        "ko": ((10**13, 10**12, "조"), (10**9, 10**8, "억"), (10**7, 10**4, "만")),
        "en": ((10**13, 10**12, "T"), (10**10, 10**9, "B"), (10**7, 10**6, "M")),
    }
)
"""From which value on an axis counts in what, and its name."""


def axis_money(value: Decimal, greatest: Decimal, language: Language) -> str:
    """The label of a round value on an axis up to `greatest`: in millions and the like where digits would not fit."""
    for least, unit, name in _AXIS_UNITS[language]:
        if greatest >= least:
            return figure(float(value / unit)) + (name if value else "")
    return figure(float(value))


def axis_percent(value: Decimal) -> str:
    return f"{figure(float(value * 100))}%"


# The figures of the table, in its order, with what stands where there is none.

Group = Literal["return", "risk", "ratio", "trades", "benchmark"]
Absence = Literal[
    "not_measured", "no_trades", "is_benchmark", "years", "one_return", "still", "no_loss", "no_fall", "none_closed"
]
"""Why there is no figure; the words are in `words_*`."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`undefined`: why there is no figure where it was measured and is None."""

    name: str
    kind: Kind
    group: Group
    undefined: Absence = "not_measured"


METRICS = (
    Metric("total_return", "fraction", "return"),
    Metric("annualised_return", "fraction", "return", "years"),
    Metric("final_value", "money", "return"),
    Metric("volatility", "fraction", "risk", "one_return"),
    Metric("max_drawdown", "fraction", "risk"),
    Metric("var_95", "fraction", "risk", "one_return"),
    Metric("var_99", "fraction", "risk", "one_return"),
    Metric("cvar_95", "fraction", "risk", "one_return"),
    Metric("cvar_99", "fraction", "risk", "one_return"),
    Metric("sharpe_ratio", "ratio", "ratio", "still"),
    Metric("sortino_ratio", "ratio", "ratio", "no_loss"),
    Metric("calmar_ratio", "ratio", "ratio", "no_fall"),
    Metric("alpha", "fraction", "benchmark", "still"),
    Metric("beta", "ratio", "benchmark", "still"),
    Metric("total_trades", "count", "trades"),
    Metric("winning_trades", "count", "trades"),
    Metric("losing_trades", "count", "trades"),
    Metric("win_rate", "fraction", "trades", "none_closed"),
    Metric("open_trades", "count", "trades"),
    Metric("exposure", "fraction", "trades"),
)

HEADLINES = ("total_return", "annualised_return", "sharpe_ratio", "max_drawdown")
"""The figures that stand at the top of the page."""

_BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


def metric_named(name: str) -> Metric:
    return _BY_NAME[name]


def absence(metric: Metric, figures: Mapping[str, float | None], *, of_benchmark: bool) -> Absence:
    """Why `figures` have no value of a metric."""
    if metric.name in figures:
        return metric.undefined
    if of_benchmark and metric.group == "trades":
        return "no_trades"
    if of_benchmark and metric.group == "benchmark":
        return "is_benchmark"
    return "not_measured"
