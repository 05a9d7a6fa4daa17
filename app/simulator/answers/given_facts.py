"""The facts of a backtest as a prompt lists them: `{"name": "total_return", "value": 0.184, ...}`."""

from app.simulator.answers.schema_check import is_number
from app.simulator.answers.tokens import Json

_METRICS = {
    "trades": "total_trades",
    "wins": "winning_trades",
    "losses": "losing_trades",
    "benchmark.total_return": "benchmark_return",
}
_DATES = {"date.start": "start_date", "date.end": "end_date"}


class GivenFacts:
    """What is no list of facts is read as none."""

    def __init__(self, given: object) -> None:
        listed = [fact for fact in given if isinstance(fact, dict)] if isinstance(given, list) else []
        self._all: dict[str, object] = {str(fact["name"]): fact.get("value") for fact in listed if "name" in fact}

    @property
    def metrics(self) -> Json:
        """Those of the whole backtest, by the names that sentences use."""
        return {_METRICS.get(name, name): value for name, value in self._all.items() if is_number(value)}

    @property
    def dates(self) -> Json:
        return {_DATES[name]: value for name, value in self._all.items() if name in _DATES}

    @property
    def has_parameters(self) -> bool:
        """Whether the numbers of the strategy's rules are known."""
        return any(name.startswith("parameter.") for name in self._all)

    def parameter(self, name: str) -> float | None:
        """A number of the strategy's rules."""
        value = self._all.get(f"parameter.{name}")
        return float(value) if is_number(value) else None

    def under(self, prefix: str) -> dict[str, dict[str, float]]:
        """The facts named `PREFIX.THING.METRIC`, by thing and metric."""
        found: dict[str, dict[str, float]] = {}
        for name, value in self._all.items():
            if name.startswith(f"{prefix}.") and is_number(value):
                thing, _, metric = name.removeprefix(f"{prefix}.").rpartition(".")
                found.setdefault(thing, {})[metric] = float(value)
        return found
