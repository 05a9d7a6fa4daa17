"""A fact: one value that a report may state."""

from dataclasses import dataclass
from datetime import date

from app.services.gen_ai.fact_check.facts.metrics import Unit

_PERCENT = 100
_BENCHMARK = "benchmark"


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` is stable: `sharpe_ratio`, `benchmark.total_return`, `regime.bull.benchmark.total_return`,
    `sensitivity.rsi_period=7.trades`, `parameter.rsi_period`, `date.start`. What was computed from two facts names
    both: `difference(total_return, benchmark.total_return)`. `decimals` count in the printed form.
    """

    name: str
    value: float | date
    unit: Unit
    decimals: int

    @property
    def metric(self) -> str:
        """What was measured: the last part of the name."""
        return self._first_name.rpartition(".")[2]

    @property
    def _first_name(self) -> str:
        """The name itself, or for what was computed from two facts that of the first."""
        return self.name.partition("(")[2].partition(",")[0] if self.is_computed else self.name

    @property
    def is_computed(self) -> bool:
        return "(" in self.name

    @property
    def scope(self) -> str:
        """Of what part it was measured: "" for the whole backtest, `regime.bull`, `sensitivity.rsi_period=7`."""
        parts = self.name.split(".")[:-1] if "=" not in self.name else [self.name.rpartition(".")[0]]
        return ".".join(part for part in parts if part != _BENCHMARK)

    @property
    def is_benchmark(self) -> bool:
        return _BENCHMARK in self.name.split(".")[:-1]

    @property
    def number(self) -> float:
        """The value, where it is a number; a date has none.

        Raises:
            TypeError: the fact is a date.
        """
        if isinstance(self.value, date):
            raise TypeError(f"{self.name} is a date, not a number")
        return self.value

    @property
    def printed(self) -> str:
        """The value as a report prints it, the same in Korean and in English."""
        if isinstance(self.value, date):
            return self.value.isoformat()
        match self.unit:
            case Unit.FRACTION | Unit.RELATIVE:
                return f"{_rounded(self.value * _PERCENT, self.decimals)}%"
            case Unit.POINTS:
                return f"{_rounded(self.value * _PERCENT, self.decimals)} percentage points"
            case Unit.USD:
                return f"USD {_rounded(self.value, self.decimals)}"
            case Unit.MULTIPLE:
                return f"{_rounded(self.value, self.decimals)} times"
            case _:
                return _rounded(self.value, self.decimals)


def _rounded(value: float, decimals: int) -> str:
    # Adding zero turns -0.0, which nobody reads, into 0.0.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"
