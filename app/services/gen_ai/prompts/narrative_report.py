"""A backtest to a report: what the model is told, and what it must answer."""

from datetime import date
from typing import Any

from app.quant.words import Language
from app.schemas.gen_ai.narrative_report import Detail, Report
from app.services.gen_ai.core import Message
from app.services.gen_ai.prompts.texts import instructions, question
from app.services.gen_ai.reports.basis import ReportBasis


class ReportAnswer(Report):
    """The report as the caller gets it: the model fills all of it, and nothing beside it."""


def report_messages(basis: ReportBasis, language: Language, detail: Detail) -> tuple[Message, ...]:
    words = "백테스트 보고서를 작성해 주세요." if language == "ko" else "Write the report on this backtest."
    figures = basis.figures
    data = {
        "language": language,
        "detail": detail,
        "backtest": {"strategy_name": figures.strategy_name, "symbol": figures.symbol},
        "facts": [_told(fact.name, fact.value, fact.unit.value, fact.printed) for fact in basis.subject.facts],
    }
    return (instructions("narrative_report", language), question(words, data))


def _told(name: str, value: float | date, unit: str, printed: str) -> dict[str, Any]:
    exact = value.isoformat() if isinstance(value, date) else value
    return {"name": name, "value": exact, "unit": unit, "printed": printed}
