"""Backtests with their ordered reports, as the API and the command line answer with them."""

from collections.abc import Sequence

from app.quant.backtest.words import assumptions_in_words
from app.quant.words import Language, in_words
from app.schemas.backtests import BacktestResponse, OrderedReport, ResultInfo
from app.schemas.strategies import language_of
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
    """With its words in `language`, or without one in that of the strategy; without trades and curves."""
    run = backtest.order
    spoken = language or language_of(run.strategy)
    return BacktestResponse(
        backtest_id=backtest.backtest_id,
        status=backtest.status,
        progress=backtest.progress,
        strategy_id=backtest.strategy_id,
        strategy_version=backtest.strategy_version,
        strategy=run.strategy,
        rules_in_words=in_words(run.strategy, spoken),
        assumptions_in_words=assumptions_in_words(run.config, spoken),
        symbol=run.symbol,
        start_date=run.start_date,
        end_date=run.end_date,
        config=run.config,
        queued_at=backtest.queued_at,
        started_at=backtest.started_at,
        ended_at=backtest.ended_at,
        failure=backtest.failure,
        result=None if backtest.summary is None else ResultInfo.model_validate_json(backtest.summary),
        report=ordered_report(order),
    )


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
