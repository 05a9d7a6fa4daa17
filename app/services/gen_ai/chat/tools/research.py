"""What the chat can look up of a person's own: strategies, backtests, reports."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import orjson
from pydantic import Field

from app.errors import InputError
from app.quant.backtest.result import assumptions_in_words
from app.quant.words import Language, in_words
from app.services.backtests.ports import Backtest, BacktestFilter
from app.services.backtests.service import BacktestService
from app.services.gen_ai.core import Tool, ToolArguments
from app.services.gen_ai.reports.library import ReportLibrary
from app.services.gen_ai.reports.orders import ReportOrders, ordered_report
from app.services.gen_ai.reports.ports import report_item
from app.services.gen_ai.reports.prompt import prose_of
from app.services.gen_ai.wire.messages import Looked
from app.services.strategies.ports import StoredStrategy
from app.services.strategies.service import StrategyService
from app.vocabulary import BacktestStatus

_LIST_STRATEGIES = (
    "Lists the person's stored strategies, the newest first: id, name, type, version, when each was changed. For "
    "questions about which strategies there are, and to find the id of one."
)
_READ_RULES = (
    "Reads one of the person's stored strategies: its rules and risk limits in words, made from the data. For "
    "questions about what a strategy does, when it buys and sells, or how much it risks."
)
_LISTED = 20
"""Strategies that are told in one answer."""
_SEARCHED = 500
"""Strategies among which a name is looked for."""


class StrategiesArguments(ToolArguments):
    offset: Annotated[int, Field(ge=0)] = Field(description=f"How many to leave out: 0 for the first {_LISTED}")


class StrategyRulesArguments(ToolArguments):
    strategy: str = Field(description="The strategy's id, or its name exactly as it is listed")
    language: Language = Field(description="The language of the words: that of the person")


class StrategyTools:
    def __init__(self, strategies: StrategyService) -> None:
        self._strategies = strategies

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [
            Tool("strategies", _LIST_STRATEGIES, StrategiesArguments, partial(self._list, caller_id)),
            Tool("strategy_rules", _READ_RULES, StrategyRulesArguments, partial(self._read, caller_id)),
        ]

    async def _list(self, caller_id: str, arguments: StrategiesArguments) -> Looked:
        found, total = await self._strategies.page(caller_id, limit=_LISTED, offset=arguments.offset)
        return {"strategies_in_all": total, "strategies": [_strategy_entry(stored) for stored in found]}

    async def _read(self, caller_id: str, arguments: StrategyRulesArguments) -> Looked:
        stored = await self._found(arguments.strategy.strip(), caller_id)
        return {
            **_strategy_entry(stored),
            "description": stored.strategy.description,
            "rules_in_words": in_words(stored.strategy, arguments.language),
        }

    async def _found(self, wanted: str, caller_id: str) -> StoredStrategy:
        """The caller's strategy with this id, or the one with this name.

        Raises:
            InputError: there is none, or several have the name.
        """
        found, _ = await self._strategies.page(caller_id, limit=_SEARCHED, offset=0)
        named = [stored for stored in found if stored.strategy.name.casefold() == wanted.casefold()]
        if len(named) > 1:
            ids = ", ".join(stored.strategy_id for stored in named[:_LISTED])
            raise InputError(f"{len(named)} strategies are called that; ask with the id of one: {ids}")
        return named[0] if named else await self._strategies.get(wanted, caller_id)


def _strategy_entry(stored: StoredStrategy) -> dict[str, Any]:
    return {
        "strategy_id": stored.strategy_id,
        "name": stored.strategy.name,
        "type": stored.strategy.type,
        "version": stored.version,
        "updated_at": stored.updated_at,
    }


# The caller's backtests: which there are, how far each is, and what one of them measured; never its curves.

_LIST_BACKTESTS = (
    "Lists the person's backtests, the newest first: id, status, strategy, series, total return, Sharpe ratio and "
    "maximum drawdown as fractions. For questions about which backtests there are and how far they are."
)
_READ_RESULT = (
    "Reads one of the person's backtests: status, progress, every metric (fractions: 0.12 is 12 %), the benchmark's "
    "beside them, what was assumed, the rules that were run, and how far the report that was ordered with it is. For "
    "questions about the result of a backtest."
)

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
            Tool("backtests", _LIST_BACKTESTS, BacktestsArguments, partial(self._list, caller_id)),
            Tool("backtest_result", _READ_RESULT, BacktestResultArguments, partial(self._read, caller_id)),
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
            **_backtest_entry(backtest),
            "failure": backtest.failure,
            "report": None if report is None else report.model_dump(),
            "first_day": result.get("first_day"),
            "last_day": result.get("last_day"),
            "metrics": _rounded(result.get("metrics")),
            "benchmark": _rounded(result.get("benchmark")),
            "assumptions_in_words": assumptions_in_words(order.config, arguments.language),
            "rules_in_words": in_words(order.strategy, arguments.language),
        }


def _backtest_entry(backtest: Backtest) -> dict[str, Any]:
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
    return {**_backtest_entry(backtest), **{name: metrics.get(name) for name in _IN_SHORT}}


def _result(backtest: Backtest) -> dict[str, Any]:
    """The result in short, as it is kept; empty where there is none."""
    return {} if backtest.summary is None else orjson.loads(backtest.summary)


def _rounded(figures: dict[str, float | None] | None) -> dict[str, float | None] | None:
    if figures is None:
        return None
    return {name: None if value is None else round(value, _DECIMALS) for name, value in figures.items()}


# The caller's reports: which there are, and what one of them says.

_LIST_REPORTS = (
    "Lists the person's reports on backtests, the newest first: id, title, backtest, strategy, language, level of "
    "detail, what each recommends. For questions about which reports there are, and to find the id of one."
)
_READ_TEXT = (
    "Reads one of the person's reports: its whole text, section by section, what it recommends, and whether every "
    "number of it was found true. For questions about what a report says."
)


class ReportsArguments(ToolArguments):
    offset: Annotated[int, Field(ge=0)] = Field(description=f"How many to leave out: 0 for the first {_LISTED}")


class ReportTextArguments(ToolArguments):
    report_id: str = Field(description="The report's id")


class ReportTools:
    def __init__(self, library: ReportLibrary) -> None:
        self._library = library

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [
            Tool("reports", _LIST_REPORTS, ReportsArguments, partial(self._list, caller_id)),
            Tool("report_text", _READ_TEXT, ReportTextArguments, partial(self._read, caller_id)),
        ]

    async def _list(self, caller_id: str, arguments: ReportsArguments) -> Looked:
        found, total = await self._library.page(caller_id, limit=_LISTED, offset=arguments.offset)
        return {"reports_in_all": total, "reports": [item.model_dump() for item in found]}

    async def _read(self, caller_id: str, arguments: ReportTextArguments) -> Looked:
        stored = await self._library.get(arguments.report_id.strip(), caller_id)
        checked = stored.fact_check
        return {
            **report_item(stored).model_dump(),
            "numbers_checked": len(checked.numbers),
            "claims_checked": len(checked.claims),
            "all_true": checked.passed,
            "text": prose_of(stored.report),
        }
