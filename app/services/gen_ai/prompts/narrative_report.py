"""A backtest to a report: what the model is told, and what it must answer."""

from app.schemas.gen_ai.narrative_report import NarrativeReportRequest, Report
from app.services.gen_ai.core import Message
from app.services.gen_ai.prompts.texts import instructions, question


class ReportAnswer(Report):
    """The report as the caller gets it: the model fills all of it, and nothing beside it."""


def report_messages(request: NarrativeReportRequest) -> tuple[Message, ...]:
    words = "백테스트 보고서를 작성해 주세요." if request.language == "ko" else "Write the report on this backtest."
    data = {
        "language": request.language,
        "detail": request.detail,
        "backtest": request.backtest.model_dump(mode="json", exclude_none=True),
    }
    return (instructions("narrative_report", request.language), question(words, data))
