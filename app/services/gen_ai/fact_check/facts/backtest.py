"""The facts of a backtest, from its figures."""

from collections.abc import Iterator, Mapping
from datetime import date

from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.facts.figures import BacktestFigures, Regime, Variation
from app.services.gen_ai.fact_check.facts.metrics import METRICS, Unit
from app.services.gen_ai.fact_check.facts.parameters import parameter_facts

_DAYS_A_YEAR = 365.25


def backtest_facts(figures: BacktestFigures | Mapping[str, object]) -> tuple[Fact, ...]:
    """Every fact that a report on this backtest may state, what follows from others included.

    Raises:
        pydantic.ValidationError: a mapping does not have the fields of `BacktestFigures`.
    """
    if not isinstance(figures, BacktestFigures):
        figures = BacktestFigures.model_validate(figures)
    facts = [
        *_metrics("", _completed(figures.metrics.given(), figures.initial_cash)),
        *_metrics("benchmark.", _worth(_completed(figures.benchmark.given(), None), figures.initial_cash)),
        *_excess(figures),
        *_dates(figures),
        *parameter_facts(figures.parameters),
        Fact("convention.days_per_year", float(figures.days_per_year), Unit.BARS, 0),
        Fact("convention.risk_free_rate", figures.risk_free_rate, Unit.FRACTION, 0),
    ]
    for variation in figures.sensitivity:
        facts += _variation(variation)
    for regime in figures.regimes:
        facts += _regime(regime)
    return tuple(facts)


def _excess(figures: BacktestFigures) -> Iterator[Fact]:
    own, other = figures.metrics.total_return, figures.benchmark.total_return
    if own is not None and other is not None:
        yield from _metrics("", {"excess_return": own - other})


def _metrics(prefix: str, values: Mapping[str, float]) -> Iterator[Fact]:
    for name, value in values.items():
        metric = METRICS[name]
        yield Fact(f"{prefix}{name}", float(value), metric.unit, metric.decimals)


def _completed(values: dict[str, float], initial_cash: float | None) -> dict[str, float]:
    """With what follows by arithmetic; what was given stays as it was given."""
    found = dict(values)
    if initial_cash is not None:
        found["initial_cash"] = initial_cash
        if "final_value" not in found and "total_return" in found:
            found["final_value"] = initial_cash * (1 + found["total_return"])
        if "final_value" in found:
            found["profit"] = found["final_value"] - initial_cash
    if "total_return" in found:
        found["growth_multiple"] = 1 + found["total_return"]
    return _completed_trades(found)


def _worth(values: dict[str, float], initial_cash: float | None) -> dict[str, float]:
    """With what the same money would be worth: the initial cash itself stays the strategy's."""
    if initial_cash is not None and "total_return" in values:
        values["final_value"] = initial_cash * (1 + values["total_return"])
        values["profit"] = initial_cash * values["total_return"]
    return values


def _completed_trades(found: dict[str, float]) -> dict[str, float]:
    trades, wins, losses = found.get("trades"), found.get("wins"), found.get("losses")
    if trades is not None and wins is None and losses is None and "win_rate" in found:
        wins = round(trades * found["win_rate"])
    if trades is None and wins is not None and losses is not None:
        trades = wins + losses
    if trades is not None:
        # Figures that contradict each other leave nothing over: a count is not below 0.
        wins = trades - losses if wins is None and losses is not None and losses <= trades else wins
        losses = trades - wins if losses is None and wins is not None and wins <= trades else losses
    counted = {"trades": trades, "wins": wins, "losses": losses}
    found |= {name: value for name, value in counted.items() if value is not None}
    if wins and losses:
        found |= {"wins_per_loss": wins / losses, "losses_per_win": losses / wins}
    if trades and wins is not None:
        found.setdefault("win_rate", wins / trades)
    if trades and losses is not None:
        found["loss_rate"] = losses / trades
    elif "win_rate" in found:
        found["loss_rate"] = 1 - found["win_rate"]
    return found


def _dates(figures: BacktestFigures) -> Iterator[Fact]:
    start, end = figures.start_date, figures.end_date
    named: dict[str, date | None] = {"start": start, "end": end, **figures.dates}
    for name, day in named.items():
        if day is not None:
            yield Fact(f"date.{name}", day, Unit.DATE, 0)
    if figures.bars is not None:
        yield Fact("bars", float(figures.bars), Unit.BARS, 0)
    if start and end:
        years = (end - start).days / _DAYS_A_YEAR
        yield Fact("years", years, Unit.YEARS, 0)
        if figures.metrics.trades is not None:
            yield from _metrics("", {"trades_per_year": figures.metrics.trades / years})
        if figures.metrics.trades:
            yield from _metrics("", {"years_per_trade": years / figures.metrics.trades})


def _variation(variation: Variation) -> Iterator[Fact]:
    name = f"sensitivity.{variation.parameter}={variation.value:g}"
    (value,) = parameter_facts({variation.parameter: variation.value})
    yield Fact(f"{name}.parameter", value.value, value.unit, value.decimals)
    yield from _metrics(f"{name}.", _completed(variation.metrics.given(), None))


def _regime(regime: Regime) -> Iterator[Fact]:
    name = f"regime.{regime.name}"
    shares = {"days": regime.days, "share": regime.share}
    yield from _metrics(f"{name}.", {key: value for key, value in shares.items() if value is not None})
    yield from _metrics(f"{name}.", _completed(regime.metrics.given(), None))
    yield from _metrics(f"{name}.benchmark.", _completed(regime.benchmark.given(), None))
