"""Backtests with their ordered reports, as the API and the command line answer with them."""

from collections.abc import Sequence

from app.quant.words import Language
from app.schemas.backtests import BacktestResponse, OrderedReport
from app.services.backtests.ports import Backtest
from app.services.gen_ai.report_orders.ports import ReportOrder, ReportOrderStatus
from app.services.gen_ai.report_orders.service import ReportOrders


async def backtest_responses(
    backtests: Sequence[Backtest], orders: ReportOrders, language: Language | None
) -> list[BacktestResponse]:
    """Each backtest without trades and curves, with what has become of the report that was ordered with it.

    Raises:
        ReportsUnavailableError: the orders cannot be read.
    """
    ordered = await orders.of(backtests)
    return [backtest_response(each, ordered.get(each.backtest_id), language) for each in backtests]


def backtest_response(backtest: Backtest, order: ReportOrder | None, language: Language | None) -> BacktestResponse:
    return BacktestResponse.of(backtest, language, ordered_report(order))


def ordered_report(order: ReportOrder | None) -> OrderedReport | None:
    """What has become of an order; None: there was none."""
    if order is None:
        return None
    return OrderedReport(
        status=order.status.value,
        language=order.language,
        detail=order.detail,
        model_id=order.model_id,
        report_id=order.report_id if order.status is ReportOrderStatus.WRITTEN else None,
        failure=order.failure,
    )
