"""Every claim of a text, with its verdict."""

from collections.abc import Sequence

from app.quant.words import Language
from app.services.gen_ai.fact_check.claims import english, korean
from app.services.gen_ai.fact_check.claims.counted import counts
from app.services.gen_ai.fact_check.claims.equalities import equalities
from app.services.gen_ai.fact_check.claims.figures_of import FiguresOf
from app.services.gen_ai.fact_check.claims.implied import after_differences, of_two
from app.services.gen_ai.fact_check.claims.judge import judge
from app.services.gen_ai.fact_check.claims.majorities import majorities
from app.services.gen_ai.fact_check.claims.movements import movements
from app.services.gen_ai.fact_check.claims.places import places
from app.services.gen_ai.fact_check.claims.polarity import polarities
from app.services.gen_ai.fact_check.claims.reader import ClaimReader
from app.services.gen_ai.fact_check.claims.superlatives import superlatives
from app.services.gen_ai.fact_check.claims.topics import Topics
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.matching.ownership import Ownership
from app.services.gen_ai.fact_check.result import ClaimFinding, NumberFinding
from app.services.gen_ai.fact_check.subjects import Subject
from app.services.gen_ai.fact_check.text import Sentence


class ClaimChecker:
    def __init__(self, subjects: Sequence[Subject], everything: Sequence[Candidate], language: Language) -> None:
        self._figures = FiguresOf(everything, subjects)
        self._topics = Topics([fact for subject in subjects for fact in subject.facts])
        self._scopes = frozenset(one.scope for one in everything)
        self._korean = language == "ko"
        self._comparisons = korean.comparisons if language == "ko" else english.comparisons

    def check(self, sentence: Sentence, ownership: Ownership, numbers: Sequence[NumberFinding]) -> list[ClaimFinding]:
        """The claims of a sentence, of which the numbers are known already."""
        reader = ClaimReader(sentence, ownership, self._scopes)
        claimed = list(self._comparisons(reader))
        claimed += after_differences(reader, numbers)
        claimed += of_two(reader, claimed)
        claimed += equalities(reader, korean=self._korean)
        judged = [judge(claim, self._figures) for claim in claimed]
        return [
            *(finding for finding in judged if finding is not None),
            *self._ranks(reader),
            *polarities(reader, self._figures),
            *majorities(reader, self._figures),
            *movements(reader, numbers, self._figures),
            *self._topics.check(sentence),
        ]

    def _ranks(self, reader: ClaimReader) -> list[ClaimFinding]:
        if reader.ownership.is_single or reader.asks:
            return []
        return [
            *superlatives(reader, self._figures),
            *places(reader, self._figures),
            *counts(reader, self._figures),
        ]
