"""What endpoints can ask for; the one file of the API that knows the container."""

from typing import Annotated, Self

from dependency_injector.wiring import Provide
from fastapi import Depends

from app.api.security import LOCAL_CALLER, Caller
from app.background import BackgroundWork
from app.services.backtests.service import BacktestService
from app.services.gen_ai.chat.tools.platform import Readiness
from app.services.gen_ai.chatops_advanced import ChatOpsAdvancedService
from app.services.gen_ai.core import ModelCatalog, ModelResolver, UsageLedger
from app.services.gen_ai.idempotency import Idempotency
from app.services.gen_ai.ledger.budget_standings import BudgetOverview
from app.services.gen_ai.ledger.usage_overview import UsageOverview
from app.services.gen_ai.narrative_report import NarrativeReportService
from app.services.gen_ai.reports.library import ReportBases, ReportLibrary
from app.services.gen_ai.reports.orders import ReportOrders
from app.services.gen_ai.rules.endings import ModelEndings
from app.services.gen_ai.strategy_builder import StrategyBuilderService
from app.services.strategies.builds import StrategyBuilds
from app.services.strategies.service import StrategyService
from containers import Container


async def current_caller() -> Caller:
    """The one dependency that says who calls; tests and, later, authentication replace it."""
    return LOCAL_CALLER


class _Inject(Provide):  # type: ignore[misc, valid-type]  # to type checkers Provide is a variable, at run time a class
    """A marker that FastAPI awaits: it would call the plain one in a thread, a hop of 0.3 ms for each dependency."""

    async def __call__(self) -> Self:
        return self


BackgroundDep = Annotated[BackgroundWork, Depends(_Inject[Container.gen_ai.background])]
BudgetsDep = Annotated[BudgetOverview, Depends(_Inject[Container.services.budgets])]
BacktestsDep = Annotated[BacktestService, Depends(_Inject[Container.services.backtests])]
BuildsDep = Annotated[StrategyBuilds, Depends(_Inject[Container.services.strategy_builds])]
CallerDep = Annotated[Caller, Depends(current_caller)]
CatalogDep = Annotated[ModelCatalog, Depends(_Inject[Container.rules.catalog])]
ChatOpsDep = Annotated[ChatOpsAdvancedService, Depends(_Inject[Container.services.chatops_advanced])]
DatabaseDep = Annotated[Readiness, Depends(_Inject[Container.data.database])]
EndingsDep = Annotated[ModelEndings, Depends(_Inject[Container.rules.endings])]
IdempotencyDep = Annotated[Idempotency, Depends(_Inject[Container.services.idempotency])]
DuplicateWindowDep = Annotated[int, Depends(_Inject[Container.core.settings.provided.duplicate_window])]
LedgerDep = Annotated[UsageLedger, Depends(_Inject[Container.data.ledger])]
NarrativeReportDep = Annotated[NarrativeReportService, Depends(_Inject[Container.services.narrative_report])]
ReportBasesDep = Annotated[ReportBases, Depends(_Inject[Container.services.report_bases])]
ReportLibraryDep = Annotated[ReportLibrary, Depends(_Inject[Container.services.report_library])]
ReportOrdersDep = Annotated[ReportOrders, Depends(_Inject[Container.services.report_orders])]
UsageOverviewDep = Annotated[UsageOverview, Depends(_Inject[Container.services.usage])]
ResolverDep = Annotated[ModelResolver, Depends(_Inject[Container.rules.resolver])]
StrategyBuilderDep = Annotated[StrategyBuilderService, Depends(_Inject[Container.services.strategy_builder])]
StrategiesDep = Annotated[StrategyService, Depends(_Inject[Container.services.strategies])]
