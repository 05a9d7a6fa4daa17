"""What the narrative report asks a model, and what of the answer is prose."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from app.quant.words import Language
from app.schemas.gen_ai.narrative_report import Detail, Report
from app.services.gen_ai.core import Message
from app.services.gen_ai.reports.basis import ReportBasis
from app.services.gen_ai.texts import instructions, question


class ReportAnswer(Report):
    """The report as the caller gets it: the model fills all of it, and nothing beside it."""


def report_messages(basis: ReportBasis, language: Language, detail: Detail) -> tuple[Message, ...]:
    words = "백테스트 보고서를 작성해 주세요." if language == "ko" else "Write the report on this backtest."
    figures = basis.figures
    data = {
        "language": language,
        "detail": detail,
        "backtest": {"strategy_name": figures.strategy_name, "symbol": figures.symbol},
        "facts": [_fact_fields(fact.name, fact.value, fact.unit.value, fact.printed) for fact in basis.subject.facts],
    }
    return (instructions("reports/narrative_report", language), question(words, data))


def _fact_fields(name: str, value: float | date, unit: str, printed: str) -> dict[str, Any]:
    exact = value.isoformat() if isinstance(value, date) else value
    return {"name": name, "value": exact, "unit": unit, "printed": printed}


# The prose of a report: every text in it that the model wrote, by the name of its field.

_WORDS_OF_THE_SCHEMA = frozenset({"recommendation", "level"})
"""English in every report, and no prose."""


def prose_of(report: Report) -> dict[str, str]:
    """The texts in the order of the report, by names such as `recommendations.0.action`."""
    return dict(_texts(report.model_dump(), ""))


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  any JSON value
    match value:
        case str():
            yield where, value
        case dict():
            for name, child in value.items():
                if name not in _WORDS_OF_THE_SCHEMA:
                    yield from _texts(child, f"{where}.{name}" if where else name)
        case list():
            for place, child in enumerate(value):
                yield from _texts(child, f"{where}.{place}")
