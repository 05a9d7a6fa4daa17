"""The values of operands on a series, computed by TA-Lib and each computed once."""

from typing import Any

import numpy as np
import talib

from app.quant.indicators import PriceField
from app.quant.market.bars import Array, Bars
from app.quant.operands import AnyIndicator, AnyOperand, Number, Price


class IndicatorValues:
    """One value a bar for each operand; NaN before an indicator has its first one.

    A value at a bar depends on that bar and the earlier ones alone.
    """

    def __init__(self, bars: Bars) -> None:
        self._prices: dict[PriceField, Array] = {
            "open": bars.open,
            "high": bars.high,
            "low": bars.low,
            "close": bars.close,
        }
        self._computed: dict[str, dict[str | None, Array]] = {}

    def of(self, operand: AnyOperand) -> Array | float:
        match operand:
            case Number():
                return operand.value
            case Price():
                return self._prices[operand.field]
            case _:
                if operand.computed not in self._computed:
                    self._computed[operand.computed] = self._lines(operand)
                return self._computed[operand.computed][operand.output]

    def _lines(self, operand: AnyIndicator) -> dict[str | None, Array]:
        """All outputs of an indicator by name: TA-Lib gives them together, in the order of the registry."""
        indicator, chosen = operand.indicator, operand.chosen
        function: Any = getattr(talib, indicator.function)
        inputs = (self._prices[field] for field in indicator.inputs)
        given = function(*inputs, **{keyword: chosen[name] for keyword, name in indicator.arguments})
        if indicator.output_field is None:
            return {None: given}
        return {output.name: np.asarray(line) for output, line in zip(indicator.outputs, given, strict=True)}
