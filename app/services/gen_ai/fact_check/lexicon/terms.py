"""The words for metrics, in English and in Korean. A Korean report uses both."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.services.gen_ai.fact_check.lexicon.senses import Sense
from app.services.gen_ai.fact_check.lexicon.terms_en import ENGLISH
from app.services.gen_ai.fact_check.lexicon.terms_ko import KOREAN


def _compiled(terms: dict[Sense, str], prefix: str) -> str:
    return "|".join(f"(?P<{prefix}_{sense}>{pattern})" for sense, pattern in terms.items())


_PATTERN = re.compile(
    rf"(?<![A-Za-z])(?=[A-Za-z])(?:{_compiled(ENGLISH, 'en')})(?![A-Za-z])"
    rf"|(?=[가-힣])(?:{_compiled(KOREAN, 'ko')})",
    re.IGNORECASE,
)


class Term(NamedTuple):
    """A word for a metric, where it stands."""

    start: int
    end: int
    text: str
    sense: Sense


def find_terms(text: str) -> Iterator[Term]:
    for match in _PATTERN.finditer(text):
        sense = Sense((match.lastgroup or "").partition("_")[2])
        yield Term(match.start(), match.end(), match.group(), sense)
