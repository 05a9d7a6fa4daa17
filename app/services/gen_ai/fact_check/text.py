"""A text as the checks see it: sentences, each with its numbers, dates, words for metrics, and names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from app.services.gen_ai.fact_check.lexicon.mentions import Mention, MentionFinder
from app.services.gen_ai.fact_check.lexicon.regimes import RegimeWord, find_regimes
from app.services.gen_ai.fact_check.lexicon.terms import Term, find_terms
from app.services.gen_ai.fact_check.numbers.finder import NoClaim, find_numbers
from app.services.gen_ai.fact_check.numbers.number import Number, WrittenDate
from app.services.gen_ai.fact_check.subjects import Subject

# A line break ends a sentence before a blank line or a list marker; elsewhere it only wraps.
_ENDS = re.compile(
    r"(?<=[.!?。])(?<!p\.a\.)(?<!i\.e\.)(?<!e\.g\.)(?<!vs\.)(?<!approx\.)(?<!max\.)(?<!Max\.)(?<!cf\.)(?<!no\.)[\"'”\u2019)]*\s+"
    r"|\n\s*\n|\n(?=[ \t]*(?:[-*•■□▪◆○●▶#|]+\s|\(?\d{1,2}[.)]\s|[①-⑳]))"
)
_WRAPS = re.compile(r"(?<!\n)\n(?!\n|[ \t]*(?:[-*•■□▪◆○●▶#|]+\s|\(?\d{1,2}[.)]\s|[①-⑳]))")


@dataclass
class Sentence:
    """Positions are those of the whole text; `words` is the whole text with the names blanked out."""

    start: int
    end: int
    text: str
    words: str
    numbers: list[Number] = field(default_factory=list)
    dates: list[WrittenDate] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    regimes: list[RegimeWord] = field(default_factory=list)

    @cached_property
    def said(self) -> str:
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Reading:
    sentences: tuple[Sentence, ...]
    no_claims: tuple[NoClaim, ...]


def read(text: str, subjects: Sequence[Subject]) -> Reading:
    text = _WRAPS.sub(" ", text)
    finder = MentionFinder(subjects)
    mentions = list(finder.find(text))
    names = [(mention.start, mention.end) for mention in mentions if mention.is_name]
    words = _blanked(text, names)
    found = find_numbers(text, names)
    sentences = [Sentence(start, end, text, words) for start, end in _spans(text)]
    items = (
        ("numbers", found.numbers),
        ("dates", found.dates),
        ("terms", tuple(find_terms(words))),
        ("mentions", tuple(mentions)),
        ("regimes", tuple(find_regimes(words))),
    )
    for name, marks in items:
        _distribute(sentences, name, marks)
    return Reading(tuple(sentences), found.no_claims)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _ENDS.finditer(text):
        if text[start : end.start()].strip():
            yield start, end.start()
        start = end.end()
    if text[start:].strip():
        yield start, len(text)


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\x00" * (end - start) + text[end:]
    return text


def _distribute(
    sentences: Sequence[Sentence],
    name: str,
    marks: Sequence[Number] | Sequence[WrittenDate] | Sequence[Term] | Sequence[Mention] | Sequence[RegimeWord],
) -> None:
    place = 0
    for mark in marks:
        while place < len(sentences) - 1 and mark.start >= sentences[place].end:
            place += 1
        getattr(sentences[place], name).append(mark)
