"""Checks a text against facts: every number, every direction, and what is talked about."""

from collections.abc import Sequence

from app.quant.words import Language
from app.services.gen_ai.fact_check.claims.checker import ClaimChecker
from app.services.gen_ai.fact_check.facts.correlations import Correlated
from app.services.gen_ai.fact_check.matching.candidates import candidates
from app.services.gen_ai.fact_check.matching.focus import Focus
from app.services.gen_ai.fact_check.matching.matcher import Matcher
from app.services.gen_ai.fact_check.matching.ownership import Ownership
from app.services.gen_ai.fact_check.matching.pool import Pool
from app.services.gen_ai.fact_check.result import ClaimFinding, FactCheck, NumberFinding
from app.services.gen_ai.fact_check.subjects import Subject
from app.services.gen_ai.fact_check.text import read


def check_text(
    text: str, subjects: Sequence[Subject], language: Language, correlated: Sequence[Correlated] = ()
) -> FactCheck:
    """Every number and every claim of a text about one strategy, or about several that are compared.

    `correlated`: what is known of how far two of them move together; any other correlation is refused.

    Raises:
        ValueError: there is no subject, or a correlation of somebody who is none.
    """
    if not subjects:
        raise ValueError("a text is checked against the facts of at least one subject")
    reading = read(text, subjects)
    pool = Pool(candidates(subjects, correlated))
    focus, matcher, checker = (
        Focus(subjects),
        Matcher(subjects, pool),
        ClaimChecker(subjects, pool.everything, language),
    )
    numbers = [
        NumberFinding(item.text, item.start, item.end, None, "no_claim", None, item.reason)
        for item in reading.no_claims
    ]
    claims: list[ClaimFinding] = []
    for sentence in reading.sentences:
        ownership = Ownership(sentence, focus, language)
        matched = matcher.match(sentence, ownership)
        claims += checker.check(sentence, ownership, matched)
        numbers += matched
        focus.after(sentence, ownership.spoken_of())
    numbers.sort(key=_start)
    claims.sort(key=_start)
    return FactCheck(tuple(numbers), tuple(claims), tuple(_violations(numbers, claims)))


def _start(finding: NumberFinding | ClaimFinding) -> int:
    return finding.start


def _violations(numbers: Sequence[NumberFinding], claims: Sequence[ClaimFinding]) -> list[str]:
    wrong: list[NumberFinding | ClaimFinding] = [finding for finding in numbers if finding.status == "unmatched"]
    wrong += [claim for claim in claims if not claim.agrees]
    return [f"{finding.text.strip()!r}: {finding.reason}" for finding in sorted(wrong, key=_start)]
