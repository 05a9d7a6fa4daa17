"""Market data: which series there are, which days they cover, and whether they have gaps."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import structlog
from pydantic import Field

from app.errors import ConfigurationError
from app.quant.market import MarketData
from app.services.gen_ai.core import Tool, ToolArguments
from app.services.gen_ai.core.tools import Looked

log = structlog.get_logger(__name__)

_DESCRIPTION = (
    "Shows the market data that there are: the symbols, and for each the first and the last day, the number of daily "
    "bars, the longest gap between two bars in days, and the last close. For questions about data, symbols, dates and "
    "data quality."
)
_MOST_SERIES = 20
"""Series that are described in one answer; of the others the symbols alone are told."""


class MarketDataArguments(ToolArguments):
    symbol: str | None = Field(description="Only this symbol; null: all")


class MarketTools:
    """Everybody sees the same series."""

    def __init__(self, market: MarketData) -> None:
        self._market = market

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:  # noqa: ARG002  see the class
        return [Tool("market_data", _DESCRIPTION, MarketDataArguments, self._series)]

    async def _series(self, arguments: MarketDataArguments) -> Looked:
        symbols = self._market.symbols() if arguments.symbol is None else (arguments.symbol,)
        # A file that was never asked for is read now, which would hold everybody else up.
        described = await asyncio.to_thread(lambda: [self._described(symbol) for symbol in symbols[:_MOST_SERIES]])
        return {"series": described, "more_symbols": symbols[_MOST_SERIES:]}

    def _described(self, symbol: str) -> dict[str, Any]:
        try:
            bars = self._market.bars(symbol)
        except ConfigurationError as error:
            log.warning("market_data_unusable", symbol=symbol, reason=str(error))  # it names a path of the server
            return {"symbol": symbol, "error": "its file cannot be used; the server's log says why"}
        return {
            "symbol": bars.symbol,
            "first_day": bars.first_day,
            "last_day": bars.last_day,
            "bars": len(bars),
            "longest_gap_days": max(((later - day).days for day, later in pairwise(bars.days)), default=None),
            "last_close": round(float(bars.close[-1]), 4),
        }
