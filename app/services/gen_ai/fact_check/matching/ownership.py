"""Whose figure a number is, from the names around it."""

import re
from itertools import zip_longest
from types import ModuleType
from typing import NamedTuple

from app.quant.words import Language
from app.services.gen_ai.fact_check.lexicon.mentions import Called, Mention
from app.services.gen_ai.fact_check.matching import english_roles, korean_roles
from app.services.gen_ai.fact_check.matching.focus import Focus
from app.services.gen_ai.fact_check.matching.lists import JOINTS, row_of
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.subjects import Owner
from app.services.gen_ai.fact_check.text import Sentence

Owners = frozenset[Owner]
_POSSESSIVE_ALONE = re.compile(r"['\u2019]s?\s?(?:[;:.)]|,(?!\swhich))")
_INSTEAD = re.compile(r"\b(?:instead of|rather than)\s", re.IGNORECASE)
_FAR = 48
"""Characters: between a number and the name behind it there are only a few words."""


class Belonging(NamedTuple):
    """Everybody whose figure a number can be; `certain`: the sentence says so, and nobody else can be meant."""

    owners: Owners
    certain: bool


class Ownership:
    """The owners of the numbers of one sentence."""

    def __init__(self, sentence: Sentence, focus: Focus, language: Language) -> None:
        self._sentence = sentence
        self._focus = focus
        self._korean = language == "ko"
        self._roles: ModuleType = korean_roles if self._korean else english_roles
        self.mentions = [
            mention
            for mention, following in zip_longest(sentence.mentions, sentence.mentions[1:])
            if not self._is_place(mention) and not _is_only_its(mention, following)
        ]
        self._known: dict[int, Belonging] = {}

    def of(self, number: Number) -> Belonging:
        found = self._known.get(number.start)
        if found is None:
            found = self._find(number)
            self._known[number.start] = found
        return found

    def owners(self, mention: Mention) -> Owners:
        """Whom a mention means; a pronoun means whom the text last spoke about."""
        return self._focus.meaning(mention, self._sentence.mentions)

    @property
    def default(self) -> Owners:
        """Who is meant where the sentence names nobody."""
        return self._focus.default

    @property
    def is_single(self) -> bool:
        return self._focus.is_single

    @property
    def everybody(self) -> Owners:
        """All strategies."""
        return self._focus.everybody

    def spoken_of(self) -> list[Mention]:
        """The mentions of whom something is said, without those that are only compared with."""
        return [mention for mention in self.mentions if not self._is_compared(mention)]

    def _find(self, number: Number) -> Belonging:
        if self._is_in_a_table() or self._roles.NOT_BUT.match(self._gap(number.end, number.end + _FAR)):
            return Belonging(self._focus.anybody, certain=False)
        after = self._named_after(number)
        if after:
            return Belonging(after, certain=True)
        loose = self._counterpart(number) or self._listed(number)
        if loose:
            return Belonging(loose, certain=False)
        before = self._named_before(number)
        if before:
            return before
        later = self._named_later(number)
        # Where nobody is named at all the text still speaks of whom it spoke of before.
        alone = not self._mentions_before(number) if self._focus.is_single else not self.mentions
        return Belonging(later or self._focus.default, certain=alone and not later)

    def _named_after(self, number: Number) -> Owners | None:
        for mention in self.mentions:
            if mention.start >= number.end:
                gap = self._gap(number.end, mention.start)
                close = len(gap) <= _FAR and self._roles.FOLLOWED_BY_OWNER.fullmatch(gap)
                close = close or (number.kind is Kind.RANK and korean_roles.RANK_OF.fullmatch(gap))
                return self.owners(mention) if close and not self._numbers_between(number.end, mention.start) else None
        return None

    def _counterpart(self, number: Number) -> Owners | None:
        """In "0.74 against 0.60" the second is of whom the first is not."""
        previous = max((one for one in self._sentence.numbers if one.end <= number.start), key=_end, default=None)
        if previous is None or previous.kind is not number.kind:
            return None
        gap = self._gap(previous.end, number.start)
        match = self._roles.COUNTERPART.search(gap)
        if match is None or len(gap) > _FAR or self._mentions_between(previous.end + match.start(), number.start):
            return None
        own = self.of(previous).owners
        # "15 % instead of 79 %" may be said of one and the same.
        return self._focus.others(own) | (own if _INSTEAD.search(gap) else frozenset())

    def _listed(self, number: Number) -> Owners | None:
        """In "A, B and C made 1 %, 2 % and 3 %" each number is of the name at its own place in the list."""
        numbers = row_of(number, self._sentence)
        if len(numbers) < 2:  # noqa: PLR2004  a list
            return None
        names = self._names_in_a_row(before=numbers[0].start, many=len(numbers))
        if names is not None:
            return names[numbers.index(number)]
        if self._focus.is_single and len(numbers) == 2 and self.mentions:  # noqa: PLR2004  the strategy and the benchmark
            return self._focus.anybody
        return (
            self._focus.listed(len(numbers), numbers.index(number)) if not self._mentions_before(numbers[0]) else None
        )

    def _named_before(self, number: Number) -> Belonging | None:
        for mention in reversed(self._mentions_before(number)):
            gap = self._gap(mention.end, number.start)
            if gap.count(")") > gap.count("("):
                continue  # said in parentheses that are closed
            if self._governs(mention, number, gap):
                owners = self.owners(mention)
                close = not self._roles.CLAUSE.search(gap) and len(gap) <= self._roles.CLOSE
                return Belonging(owners, certain=len(owners) == 1 and close)
            if not self._korean and english_roles.UNSURE.fullmatch(gap):
                return Belonging(self.owners(mention) | self._focus.default, certain=False)
        return None

    def _named_later(self, number: Number) -> Owners | None:
        """In "with a Sharpe ratio of 1.2, A leads" nobody was named yet."""
        later = [mention for mention in self.mentions if mention.start >= number.end]
        if self._mentions_before(number) or not later or self._focus.is_single or self._korean:
            return None
        if self._is_compared(later[0]):
            return None
        return self.owners(later[0])

    def _governs(self, mention: Mention, number: Number, gap: str) -> bool:  # noqa: PLR0911  a way of saying each
        """Whether a number that stands after a mention is of it."""
        between = self._numbers_between(mention.end, number.start)
        if self._korean:
            if korean_roles.COMPARED.match(gap):
                return False
            if korean_roles.SUBJECT.match(gap):
                return True
            return (bool(korean_roles.ATTACHED.fullmatch(gap)) and not between) or (
                between and self._same_parentheses(gap)
            )
        if _POSSESSIVE_ALONE.match(gap):
            return False  # "a third of the benchmark's, 20.4 %"
        if self._is_compared(mention):
            if gap.endswith("(") and self._has_counterpart(number):
                return False  # "lower than the index (8.5 % vs. 15.0 %)"
            attached = bool(english_roles.ATTACHED.fullmatch(gap))
            return (attached and not between) or (between and self._same_parentheses(gap))
        return True

    def _has_counterpart(self, number: Number) -> bool:
        following = next((one for one in self._sentence.numbers if one.start >= number.end), None)
        return following is not None and bool(self._roles.COUNTERPART.search(self._gap(number.end, following.start)))

    def _is_compared(self, mention: Mention) -> bool:
        """Whether something is only compared with whom the mention means, alone or in a row: "than A and B"."""
        place = self.mentions.index(mention) if mention in self.mentions else -1
        if self._korean:
            after = self._gap(mention.end, min(mention.end + _FAR, self._sentence.end))
            if korean_roles.COMPARED.match(after) or korean_roles.COMPARED_FIGURE.match(after):
                return True
            following = self.mentions[place + 1 : place + 2] if place >= 0 else []
            return any(
                korean_roles.ROW.fullmatch(self._gap(mention.end, one.start)) and self._is_compared(one)
                for one in following
            )
        before = self._gap(max(self._sentence.start, mention.start - _FAR), mention.start)
        if english_roles.COMPARED.search(english_roles.ARTICLES.sub("", before)):
            return True
        previous = self.mentions[place - 1 : place] if place > 0 else []
        return any(
            english_roles.ROW.fullmatch(self._gap(one.end, mention.start)) and self._is_compared(one)
            for one in previous
        )

    def _is_place(self, mention: Mention) -> bool:
        if mention.called is not Called.MARKET:
            return False
        if self._korean:
            return bool(korean_roles.PLACE.match(self._gap(mention.end, mention.end + 8)))
        before = self._gap(max(self._sentence.start, mention.start - _FAR), mention.start)
        before = english_roles.ARTICLES.sub("", before)
        return bool(english_roles.PLACE.search(before)) and not english_roles.MONEY_IN.search(before)

    def _names_in_a_row(self, *, before: int, many: int) -> list[Owners] | None:
        names = [mention for mention in self.mentions if mention.end <= before]
        row: list[Mention] = []
        for mention in reversed(names):
            if row and not self._is_row_gap(self._gap(mention.end, row[0].start)):
                break
            row.insert(0, mention)
        return [self.owners(mention) for mention in row] if len(row) == many else None

    @staticmethod
    def _is_row_gap(gap: str) -> bool:
        return gap.strip() in JOINTS

    def _same_parentheses(self, gap: str) -> bool:
        return "(" in gap and ")" not in gap

    def _is_in_a_table(self) -> bool:
        return self._sentence.said.lstrip().startswith("|")

    def _mentions_before(self, number: Number) -> list[Mention]:
        return [mention for mention in self.mentions if mention.end <= number.start]

    def _mentions_between(self, start: int, end: int) -> bool:
        return any(start <= mention.start < end for mention in self.mentions)

    def _numbers_between(self, start: int, end: int) -> bool:
        return any(start <= one.start and one.end <= end for one in self._sentence.numbers)

    def _gap(self, start: int, end: int) -> str:
        return self._sentence.text[start:end].replace("\n", " ")


def _is_only_its(mention: Mention, following: Mention | None) -> bool:
    """In "its benchmark" the benchmark is meant."""
    if mention.called is not Called.PRONOUN or following is None:
        return False
    return following.called is Called.BENCHMARK and following.start - mention.end <= 1


def _end(number: Number) -> int:
    return number.end
