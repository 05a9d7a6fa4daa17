"""Holds texts to the facts of a backtest. It takes its time: call it off the event loop."""

from collections.abc import Mapping

from app.quant.words import Language
from app.schemas.gen_ai.fact_check import ClaimInfo, FactCheckInfo, FactInfo, NumberInfo
from app.services.gen_ai.fact_check import ClaimFinding, Fact, FactCheck, NumberFinding, Subject, check_text


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
