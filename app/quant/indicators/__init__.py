"""The indicators a strategy can use: one place that says what each is called, takes, gives and measures."""

from app.quant.indicators.definition import Indicator, Output, Parameter, PriceField, Scale
from app.quant.indicators.registry import INDICATORS, indicator, search_indicators

__all__ = ["INDICATORS", "Indicator", "Output", "Parameter", "PriceField", "Scale", "indicator", "search_indicators"]
