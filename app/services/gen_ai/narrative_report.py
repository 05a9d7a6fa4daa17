"""Narrative report: the facts of a backtest to a report that a person can act on, kept to be read again."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from app.schemas.gen_ai.fact_check import FactCheckInfo
from app.schemas.gen_ai.narrative_report import Detail, NarrativeReportRequest
from app.services.gen_ai.core import GenerationTask, OpenAIClientManager, Verdict
from app.services.gen_ai.reports.library import ReportBases, ReportLibrary
from app.services.gen_ai.reports.ports import StoredReport
from app.services.gen_ai.reports.prompt import ReportAnswer, report_messages
from app.services.gen_ai.reports.verifier import verify_report

SERVICE = "narrative_report"
_MAX_OUTPUT_TOKENS: Mapping[Detail, int] = MappingProxyType({"brief": 1600, "standard": 3600, "detailed": 6000})
"""Korean takes about twice the tokens of English; these are for Korean."""
_TEMPERATURE = 0.4


class NarrativeReportService:
    def __init__(self, manager: OpenAIClientManager, bases: ReportBases, library: ReportLibrary) -> None:
        self._manager = manager
        self._bases = bases
        self._library = library

    async def generate_report(
        self, request: NarrativeReportRequest, caller_id: str, report_id: str | None = None
    ) -> StoredReport:
        """A report whose every number is true, with the sections that were asked for; kept under `report_id`, or under
        a new id.

        Raises:
            BacktestNotFoundError: the caller has no backtest with this id.
            BacktestNotDoneError: it has no result, or none yet.
            InvalidModelError: the model may not be used here.
            AnswerRejectedError: the model gave no such report.
            UpstreamError: OpenAI did not answer.
            ReportsUnavailableError: it could not be kept; the error has what was paid for.
        """
        language, detail = request.language, request.detail
        basis = await self._bases.of(request, caller_id)

        async def verify(answer: ReportAnswer) -> Verdict[FactCheckInfo]:
            async with self._bases.computing:
                return await asyncio.to_thread(verify_report, answer, basis, language, detail)

        generated = await self._manager.generate(
            GenerationTask(
                service=SERVICE,
                operation="write_narrative_report",
                caller_id=caller_id,
                messages=report_messages(basis, language, detail),
                answer=ReportAnswer,
                max_output_tokens=_MAX_OUTPUT_TOKENS[detail],
                verify=verify,
                requested_model_id=request.model_id,
                temperature=_TEMPERATURE,
            )
        )
        return await self._library.keep(
            generated.answer,
            basis,
            generated.findings,
            generated.receipt,
            caller_id=caller_id,
            language=language,
            detail=detail,
            report_id=report_id,
        )
