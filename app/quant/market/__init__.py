"""Price series: what one is, where they come from."""

from app.quant.market.bars import Bars
from app.quant.market.market_data import FolderMarketData, MarketData, market_data

__all__ = ["Bars", "FolderMarketData", "MarketData", "market_data"]
