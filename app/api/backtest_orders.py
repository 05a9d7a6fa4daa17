"""Ordering a backtest: the same under every path that takes such an order."""

from typing import Any

from fastapi import Response

from app.quant.words import Language
from app.schemas.backtests import BacktestRequest, BacktestResponse
from app.services.backtests.checks import Terms
from app.services.gen_ai.reports.orders import ReportOrders, backtest_response

BACKTESTS_PATH = "/api/v1/backtests"
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "It waits, or runs already",
        "headers": {"Location": {"description": "Where to ask for it", "schema": {"type": "string"}}},
    }
}


async def ordered(
    request: BacktestRequest,
    orders: ReportOrders,
    caller_id: str,
    language: Language | None,
    response: Response,
) -> BacktestResponse:
    """Queues the backtest, and the report that is wanted; says in the header `Location` where to ask for it."""
    terms = Terms(
        symbol=request.symbol,
        start_date=request.start_date,
        end_date=request.end_date,
        config=request.config,
    )
    strategy = request.strategy_id or request.strategy or {}
    backtest, order = await orders.submit(strategy, terms, request.wish, caller_id, language)
    response.headers["Location"] = f"{BACKTESTS_PATH}/{backtest.backtest_id}"
    return backtest_response(backtest, order, language)
