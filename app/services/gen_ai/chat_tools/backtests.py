"""The caller's backtests: which there are, how far each is, and what one of them measured; never its curves."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import orjson
from pydantic import Field

from app.quant.backtest.words import assumptions_in_words
from app.quant.words import Language, in_words
from app.services.backtests.ports import Backtest, BacktestFilter
from app.services.backtests.service import BacktestService
from app.services.gen_ai.core import Tool, ToolArguments
from app.services.gen_ai.core.tools import Looked
from app.services.gen_ai.report_orders.answers import ordered_report
from app.services.gen_ai.report_orders.service import ReportOrders
from app.vocabulary import BacktestStatus

_LIST = (
    "Lists the person's backtests, the newest first: id, status, strategy, series, total return, Sharpe ratio and "
    "maximum drawdown as fractions. For questions about which backtests there are and how far they are."
)
_READ = (
    "Reads one of the person's backtests: status, progress, every metric (fractions: 0.12 is 12 %), the benchmark's "
    "beside them, what was assumed, the rules that were run, and how far the report that was ordered with it is. For "
    "questions about the result of a backtest."
)
_LISTED = 20
_IN_SHORT = ("total_return", "sharpe_ratio", "max_drawdown")
_DECIMALS = 6


class BacktestsArguments(ToolArguments):
    status: BacktestStatus | None = Field(description="Only those of this status; null: all")
    strategy_id: str | None = Field(description="Only those of this stored strategy; null: all")
    offset: Annotated[int, Field(ge=0)] = Field(description=f"How many to leave out: 0 for the first {_LISTED}")


class BacktestResultArguments(ToolArguments):
    backtest_id: str = Field(description="The backtest's id")
    language: Language = Field(description="The language of the words: that of the person")


class BacktestTools:
    def __init__(self, backtests: BacktestService, orders: ReportOrders) -> None:
        self._backtests = backtests
        self._orders = orders

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [
            Tool("backtests", _LIST, BacktestsArguments, partial(self._list, caller_id)),
            Tool("backtest_result", _READ, BacktestResultArguments, partial(self._read, caller_id)),
        ]

    async def _list(self, caller_id: str, arguments: BacktestsArguments) -> Looked:
        which = BacktestFilter(caller_id, arguments.status, arguments.strategy_id)
        found, total = await self._backtests.page(which, limit=_LISTED, offset=arguments.offset)
        return {"backtests_in_all": total, "backtests": [_in_short(backtest) for backtest in found]}

    async def _read(self, caller_id: str, arguments: BacktestResultArguments) -> Looked:
        backtest = await self._backtests.get(arguments.backtest_id.strip(), caller_id)
        order, result = backtest.order, _result(backtest)
        report = ordered_report((await self._orders.of([backtest])).get(backtest.backtest_id))
        return {
            **_told(backtest),
            "failure": backtest.failure,
            "report": None if report is None else report.model_dump(),
            "first_day": result.get("first_day"),
            "last_day": result.get("last_day"),
            "metrics": _rounded(result.get("metrics")),
            "benchmark": _rounded(result.get("benchmark")),
            "assumptions_in_words": assumptions_in_words(order.config, arguments.language),
            "rules_in_words": in_words(order.strategy, arguments.language),
        }


def _told(backtest: Backtest) -> dict[str, Any]:
    return {
        "backtest_id": backtest.backtest_id,
        "status": backtest.status,
        "progress_percent": round(backtest.progress * 100, 1),
        "strategy_id": backtest.strategy_id,
        "strategy_name": backtest.order.strategy.name,
        "symbol": backtest.order.symbol,
        "queued_at": backtest.queued_at,
    }


def _in_short(backtest: Backtest) -> dict[str, Any]:
    metrics = _rounded(_result(backtest).get("metrics")) or {}
    return {**_told(backtest), **{name: metrics.get(name) for name in _IN_SHORT}}


def _result(backtest: Backtest) -> dict[str, Any]:
    """The result in short, as it is kept; empty where there is none."""
    return {} if backtest.summary is None else orjson.loads(backtest.summary)


def _rounded(figures: dict[str, float | None] | None) -> dict[str, float | None] | None:
    if figures is None:
        return None
    return {name: None if value is None else round(value, _DECIMALS) for name, value in figures.items()}
