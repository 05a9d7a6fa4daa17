"""A report before it has a form: its sections and what stands in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.quant.words import Language
from app.schemas.gen_ai.narrative_report import Report
from app.services.gen_ai.reports.page.measured import FactCheckList, Measured


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text, in which an empty line begins a new paragraph. `label` is a small heading above it."""

    text: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list; without items it is left out, its label too."""

    items: tuple[str, ...]
    label: str | None = None
    numbered: bool = False


Block = Paragraph | Items


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    blocks: tuple[Block, ...]

    def parts(self) -> tuple[tuple[str | None, tuple[Block, ...]], ...]:
        """The blocks that say something, by their labels: what has none of its own belongs to the label before."""
        found: list[tuple[str | None, list[Block]]] = []
        for block in self.blocks:
            if not (block.items if isinstance(block, Items) else block.text.strip()):
                continue
            if not found or block.label is not None:
                found.append((block.label, []))
            found[-1][1].append(block)
        return tuple((label, tuple(blocks)) for label, blocks in found)


Verdict = Literal["proceed", "optimise", "reject", "research"]
RiskLevel = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who wrote the prose, `upstream` as `Settings.upstream` names it.

    `cost_usd` is the exact cost of all attempts in USD, None where a part is not known.

    Raises:
        ValueError: `generated_at` has no time zone.
    """

    model_id: str
    upstream: str
    operation_id: str
    generated_at: datetime
    cost_usd: Decimal | None
    attempts: int = 1

    def __post_init__(self) -> None:
        if self.generated_at.tzinfo is None:
            raise ValueError("generated_at has no time zone; give a UTC time")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """A report and all that belongs to it.

    `rules`: the strategy in words, in the language of the report. The first of the `sections` stands before the
    charts, the others behind them. `fact_check` is None where nobody has checked the prose.
    """

    language: Language
    title: str
    strategy_name: str
    rules: tuple[str, ...]
    measured: Measured
    sections: tuple[Section, ...]
    fact_check: FactCheckList | None
    provenance: Provenance
    verdict: Verdict | None = None
    risk_level: RiskLevel | None = None


# A report as the model writes it, as sections of a page.

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
