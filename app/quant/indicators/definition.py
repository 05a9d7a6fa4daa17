"""What there is to know about an indicator; `app.quant.indicators` lists them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

PriceField = Literal["open", "high", "low", "close"]


@dataclass(frozen=True, slots=True)
class Scale:
    """What values mean, and between which limits they lie; None: there is no limit on that side."""

    name: str
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that is chosen, with its limits; `whole`: without a fraction, mostly a number of bars."""

    name: str
    label_en: str
    label_ko: str
    lowest: float
    highest: float
    default: float
    whole: bool = True

    @property
    def limits(self) -> str:
        return f"{self.lowest:g} to {self.highest:g}"

    def allows(self, value: float) -> bool:
        return self.lowest <= value <= self.highest and (not self.whole or value == int(value))


@dataclass(frozen=True, slots=True)
class Output:
    """One of the lines of an indicator, and how sentences call it."""

    name: str
    label_en: str
    label_ko: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """An indicator.

    `id` is also the `kind` of its operands. `output_field` is the operand's field that chooses among several outputs,
    None where there is one. `function`, `inputs` and `arguments` (its keyword, our parameter) say how TA-Lib computes
    it. `warm_up`, from the parameters: how many bars pass before its first value.
    """

    id: str
    name_en: str
    name_ko: str
    description_en: str
    description_ko: str
    aliases: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    scale: Scale
    function: str
    arguments: tuple[tuple[str, str], ...]
    warm_up: Callable[[Mapping[str, float]], float]
    output_field: str | None = None
    inputs: tuple[PriceField, ...] = ("close",)

    def parameter(self, name: str) -> Parameter:
        return next(parameter for parameter in self.parameters if parameter.name == name)

    def output(self, name: str | None) -> Output:
        """The output of this name; None: the only one."""
        return next(output for output in self.outputs if name in {None, output.name})


PRICE = Scale("a price", lowest=0)
BAND = Scale("a price")
"""DEMA, TEMA and bands overshoot: on wild prices they can go below 0."""
DISTANCE = Scale("a distance between prices")
RANGE = Scale("a distance between prices", lowest=0)
INDEX = Scale("an index from 0 to 100", lowest=0, highest=100)
CHANGE = Scale("a change in percent", lowest=-100)

LONGEST = 400
"""Bars. The limit of the platform: it keeps a strategy computable on two years of daily bars."""


def bars_of(
    name: str, label_en: str, label_ko: str, default: int, *, lowest: int = 2, highest: int = LONGEST
) -> Parameter:
    """A parameter that counts bars."""
    return Parameter(name, label_en, label_ko, lowest, highest, default)


def period(default: int) -> Parameter:
    return bars_of("period", "period", "기간", default)
