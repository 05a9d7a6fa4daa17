"""Narrative report: the figures of a backtest to a report that a person can act on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.schemas.gen_ai.narrative_report import Detail, NarrativeReportRequest
from app.services.gen_ai.core import GenerationTask, Receipt
from app.services.gen_ai.gate import Gate
from app.services.gen_ai.prompts.narrative_report import ReportAnswer, report_messages
from app.services.gen_ai.verifiers.narrative_report import report_violations

SERVICE = "narrative_report"
_MAX_OUTPUT_TOKENS: Mapping[Detail, int] = MappingProxyType({"brief": 1200, "standard": 3000, "detailed": 5000})
"""Korean takes about twice the tokens of English; these are for Korean."""
_TEMPERATURE = 0.4


@dataclass(frozen=True, slots=True)
class WrittenReport:
    answer: ReportAnswer
    receipt: Receipt


class NarrativeReportService:
    def __init__(self, manager: Gate) -> None:
        self._manager = manager

    async def generate_report(self, request: NarrativeReportRequest, caller_id: str) -> WrittenReport:
        """A report with the sections that were asked for, and none that no figure stands behind.

        Raises:
            InvalidModelError: the model may not be used here.
            AnswerRejectedError: the model gave no such report.
            UpstreamError: OpenAI did not answer.
        """
        generated = await self._manager.generate(
            GenerationTask(
                service=SERVICE,
                operation="write_narrative_report",
                caller_id=caller_id,
                messages=report_messages(request),
                answer=ReportAnswer,
                max_output_tokens=_MAX_OUTPUT_TOKENS[request.detail],
                verify=lambda answer: report_violations(answer, request),
                requested_model_id=request.model_id,
                temperature=_TEMPERATURE,
            )
        )
        return WrittenReport(generated.answer, generated.receipt)
