"""A report as the model writes it, as sections of a page."""

from collections.abc import Iterator

from app.quant.words import Language
from app.schemas.gen_ai.narrative_report import Report
from app.services.gen_ai.report_page.document import Block, Items, Paragraph, Section

_LABELS: dict[Language, dict[str, str]] = {
    "en": {
        "executive_summary": "Summary",
        "key_findings": "Key findings",
        "performance_analysis": "Performance",
        "returns": "Return",
        "risk": "Risk",
        "risk_adjusted": "Return for the risk",
        "drawdown": "Drawdown",
        "trades": "Trades",
        "strategy_insights": "The strategy",
        "strengths": "Strengths",
        "weaknesses": "Weaknesses",
        "parameters": "Parameters",
        "risk_assessment": "Risk assessment",
        "volatility": "Volatility",
        "tail_risk": "Tail risk",
        "sensitivity": "Sensitivity to the parameters",
        "regimes": "Rising and falling markets",
        "market_context": "Against the benchmark",
        "recommendations": "Recommendations",
    },
    "ko": {
        "executive_summary": "요약",
        "key_findings": "핵심 결과",
        "performance_analysis": "성과 분석",
        "returns": "수익",
        "risk": "위험",
        "risk_adjusted": "위험 대비 수익",
        "drawdown": "낙폭",
        "trades": "거래",
        "strategy_insights": "전략 분석",
        "strengths": "강점",
        "weaknesses": "약점",
        "parameters": "파라미터",
        "risk_assessment": "위험 평가",
        "volatility": "변동성",
        "tail_risk": "꼬리 위험",
        "sensitivity": "파라미터 민감도",
        "regimes": "강세장과 약세장",
        "market_context": "벤치마크 비교",
        "recommendations": "제안",
    },
}


def sections_of(report: Report, language: Language) -> tuple[Section, ...]:
    """The sections that the report has, the summary first; its title, verdict and risk level stand elsewhere."""
    labels = _LABELS[language]
    summary = report.executive_summary
    findings = Items(tuple(summary.key_findings), labels["key_findings"])
    sections = [Section(labels["executive_summary"], (Paragraph(summary.overview), findings))]
    for name in ("performance_analysis", "strategy_insights", "risk_assessment"):
        part = getattr(report, name)
        if part is not None:
            sections.append(Section(labels[name], tuple(_blocks(part.model_dump(exclude={"level"}), labels))))
    for name in ("sensitivity", "regimes", "market_context"):
        text = getattr(report, name)
        if text is not None:
            sections.append(Section(labels[name], (Paragraph(text),)))
    if report.recommendations:
        sections.append(Section(labels["recommendations"], tuple(_recommendations(report))))
    return tuple(sections)


def _blocks(fields: dict[str, str | list[str] | None], labels: dict[str, str]) -> Iterator[Block]:
    for name, text in fields.items():
        if isinstance(text, str):
            yield Paragraph(text, labels[name])
        elif text:
            yield Items(tuple(text), labels[name])


def _recommendations(report: Report) -> Iterator[Block]:
    for each in report.recommendations:
        yield Paragraph(each.rationale, label=each.action)
        yield Items(tuple(each.next_steps), numbered=True)
