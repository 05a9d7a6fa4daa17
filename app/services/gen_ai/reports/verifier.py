"""Is every figure and claim of a report true?"""

from collections.abc import Iterator, Mapping

from app.quant.words import Language
from app.schemas.gen_ai.fact_check import ClaimInfo, FactCheckInfo, FactInfo, NumberInfo
from app.schemas.gen_ai.narrative_report import Detail
from app.services.gen_ai.core import Verdict
from app.services.gen_ai.fact_check import ClaimFinding, Fact, FactCheck, NumberFinding, Subject, check_text
from app.services.gen_ai.reports.basis import ReportBasis
from app.services.gen_ai.reports.prompt import ReportAnswer, prose_of
from app.services.gen_ai.texts import language_problems


def checked(texts: Mapping[str, str], subject: Subject, language: Language) -> FactCheckInfo:
    """Every number and claim of the texts, which are named by where they stand. Each text is checked by itself."""
    checks = {where: check_text(text, [subject], language) for where, text in texts.items()}
    return FactCheckInfo(
        passed=all(check.passed for check in checks.values()),
        numbers=[_number(where, one) for where, check in checks.items() for one in check.numbers],
        claims=[_claim(where, one) for where, check in checks.items() for one in check.claims],
        violations=[text for where, check in checks.items() for text in _violations(where, check)],
    )


def _violations(where: str, check: FactCheck) -> list[str]:
    return [f"{where}: {violation}" for violation in check.violations]


def _number(where: str, found: NumberFinding) -> NumberInfo:
    return NumberInfo(
        where=where,
        text=found.text,
        start=found.start,
        end=found.end,
        value=found.value,
        status=found.status,
        fact=None if found.fact is None else fact_info(found.fact),
        reason=found.reason,
    )


def _claim(where: str, found: ClaimFinding) -> ClaimInfo:
    return ClaimInfo(
        where=where,
        text=found.text,
        start=found.start,
        end=found.end,
        kind=found.kind,
        agrees=found.agrees,
        reason=found.reason,
    )


def fact_info(fact: Fact) -> FactInfo:
    return FactInfo(
        name=fact.name, value=fact.value, unit=fact.unit.value, printed=fact.printed, decimals=fact.decimals
    )


# When is a report of the model accepted?
#
# The number of key findings and the kinds of recommendation are part of the answer schema. It takes some 100 ms: call
# it
# off the event loop.

_FULL = ("performance_analysis", "strategy_insights", "risk_assessment", "recommendations")


def verify_report(
    answer: ReportAnswer, basis: ReportBasis, language: Language, detail: Detail
) -> Verdict[FactCheckInfo]:
    """The report is in its language, has the sections that were asked for, none that no fact stands behind, and every
    number and claim of its prose is true; which they are is what is found.
    """
    figures, prose = basis.figures, prose_of(answer)
    names = (figures.strategy_name, figures.symbol or "")
    fact_check = checked(prose, basis.subject, language)
    violations = [
        *language_problems(prose.values(), language, names=[name for name in names if name]),
        *_missing_sections(answer, detail),
        *_unfounded_sections(answer, basis),
        *fact_check.violations,
    ]
    return Verdict(violations, fact_check)


def _missing_sections(answer: ReportAnswer, detail: Detail) -> Iterator[str]:
    if detail == "brief":
        return
    for name in _FULL:
        if not getattr(answer, name):
            yield f"{name} is empty; a {detail} report needs it"


def _unfounded_sections(answer: ReportAnswer, basis: ReportBasis) -> Iterator[str]:
    figures = basis.figures
    tail = answer.risk_assessment and answer.risk_assessment.tail_risk
    risks = (figures.metrics.var_95, figures.metrics.var_99, figures.metrics.cvar_95, figures.metrics.cvar_99)
    sections = (
        ("risk_assessment.tail_risk", tail, any(risk is not None for risk in risks), "a value at risk (var_, cvar_)"),
        ("sensitivity", answer.sensitivity, figures.sensitivity, "other parameters (sensitivity.)"),
        ("regimes", answer.regimes, figures.regimes, "rising and falling markets (regime.)"),
        ("market_context", answer.market_context, figures.benchmark.given(), "the benchmark (benchmark.)"),
    )
    for name, text, founded, what in sections:
        if text is not None and not founded:
            yield f"{name} must be null: there are no facts about {what}"
