"""When is a report of the model accepted?

The number of key findings and the kinds of recommendation are part of the answer schema.
"""

from collections.abc import Iterator
from typing import Any

from app.schemas.gen_ai.narrative_report import NarrativeReportRequest
from app.services.gen_ai.prompts.narrative_report import ReportAnswer
from app.services.gen_ai.verifiers.language import language_problems

_FULL = ("performance_analysis", "strategy_insights", "risk_assessment", "recommendations")
_VALUES = {"proceed", "optimise", "reject", "research", "low", "medium", "high"}
"""Words of the schema, English in every report."""


def report_violations(answer: ReportAnswer, request: NarrativeReportRequest) -> list[str]:
    """The report is in its language, has the sections that were asked for, and none that no figure stands behind."""
    backtest = request.backtest
    texts = [text for text in _texts(answer.model_dump()) if text not in _VALUES]
    return [
        *language_problems(texts, request.language, names=(backtest.strategy_name, backtest.symbol)),
        *_missing_sections(answer, request),
        *_unfounded_sections(answer, request),
    ]


def _missing_sections(answer: ReportAnswer, request: NarrativeReportRequest) -> Iterator[str]:
    if request.detail == "brief":
        return
    for name in _FULL:
        if not getattr(answer, name):
            yield f"{name} is empty; a {request.detail} report needs it"


def _unfounded_sections(answer: ReportAnswer, request: NarrativeReportRequest) -> Iterator[str]:
    metrics = request.backtest.metrics
    risk = answer.risk_assessment
    if risk is not None and risk.tail_risk is not None and metrics.var_95 is None and metrics.var_99 is None:
        yield "risk_assessment.tail_risk must be null: neither var_95 nor var_99 was measured"
    if answer.market_context is not None and metrics.benchmark_return is None:
        yield "market_context must be null: benchmark_return was not measured"


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401  any JSON value
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
