"""Whose figure a number is, from the names around it."""

import re
from typing import NamedTuple

from app.quant.words import Language
from app.services.gen_ai.fact_check.lexicon.mentions import Called, Mention
from app.services.gen_ai.fact_check.matching import korean_roles
from app.services.gen_ai.fact_check.matching.focus import Focus
from app.services.gen_ai.fact_check.matching.lists import JOINTS, row_of
from app.services.gen_ai.fact_check.matching.roles import FAR, Roles
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.subjects import Owner
from app.services.gen_ai.fact_check.text import Sentence

Owners = frozenset[Owner]
_INSTEAD = re.compile(r"\b(?:instead of|rather than)\s", re.IGNORECASE)
_PAIR = 2


class Belonging(NamedTuple):
    """Everybody whose figure a number can be; `certain`: the sentence says so, and nobody else can be meant."""

    owners: Owners
    certain: bool


class Ownership:
    """The owners of the numbers of one sentence."""

    def __init__(self, sentence: Sentence, focus: Focus, language: Language) -> None:
        self._sentence = sentence
        self._focus = focus
        self._roles = Roles(sentence, language)
        self._gap = self._roles.gap
        self._korean = language == "ko"
        self._known: dict[int, Belonging] = {}

    @property
    def mentions(self) -> list[Mention]:
        """Those of whom something can be said or who can be compared with, in their order."""
        return self._roles.mentions

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

    def of(self, number: Number) -> Belonging:
        found = self._known.get(number.start)
        if found is None:
            found = self._find(number)
            self._known[number.start] = found
        return found

    def owners(self, mention: Mention) -> Owners:
        """Whom a mention means; a pronoun means whom the text last spoke about."""
        return self._focus.meaning(mention, self._sentence.mentions)

    def spoken_of(self) -> list[Mention]:
        """The mentions of whom something is said, without those that are only compared with."""
        return [mention for mention in self.mentions if not self._roles.is_compared(mention)]

    def _find(self, number: Number) -> Belonging:
        of_row = self._row_of_a_table()
        if of_row:
            return Belonging(of_row, certain=True)
        if self._is_in_a_table() or self._roles.words.NOT_BUT.match(self._gap(number.end, number.end + FAR)):
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
        return Belonging(
            later or self._focus.default, certain=alone and not later and not self._is_held_against(number)
        )

    def _is_held_against(self, number: Number) -> bool:
        """Whether something is compared with the number itself: "less than the 53.1 %", 53.1%에 못 미친다."""
        before = self._gap(max(self._sentence.start, number.start - FAR), number.start)
        after = self._gap(number.end, min(number.end + FAR, self._sentence.end))
        return bool(self._roles.words.AGAINST.search(before) or self._roles.words.HELD_AGAINST.match(after))

    def _named_after(self, number: Number) -> Owners | None:
        mention = next((one for one in self.mentions if one.start >= number.end), None)
        if mention is None or self._roles.has_numbers_between(number.end, mention.start):
            return None
        gap = self._gap(number.end, mention.start)
        close = len(gap) <= FAR and self._roles.words.FOLLOWED_BY_OWNER.fullmatch(gap)
        has_place = number.kind is Kind.RANK and korean_roles.RANK_OF.fullmatch(gap)
        return self.owners(mention) if close or has_place else None

    def _counterpart(self, number: Number) -> Owners | None:
        """In "0.74 against 0.60" the second is of whom the first is not."""
        previous = max((one for one in self._sentence.numbers if one.end <= number.start), key=_end, default=None)
        if previous is None or previous.kind is not number.kind:
            return None
        gap = self._gap(previous.end, number.start)
        match = self._roles.words.COUNTERPART.search(gap)
        if match is None or len(gap) > FAR or self._is_anybody_between(previous.end + match.start(), number.start):
            return None
        own = self.of(previous).owners
        # "15 % instead of 79 %" may be said of one and the same.
        return self._focus.others(own) | (own if _INSTEAD.search(gap) else frozenset())

    def _listed(self, number: Number) -> Owners | None:
        """In "A, B and C made 1 %, 2 % and 3 %" each number is of the name at its own place in the list."""
        numbers = row_of(number, self._sentence)
        many, place = len(numbers), numbers.index(number)
        if many < _PAIR:
            return None
        names = self._names_in_a_row(before=numbers[0].start, many=many)
        if names is not None:
            return names[place]
        slash = self._gap(numbers[0].end, numbers[-1].start).strip() == "/"
        if self._focus.is_single and many == _PAIR and (self.mentions or slash):
            return self._focus.anybody  # the strategy and the benchmark, in either order
        return None if self._mentions_before(numbers[0]) else self._focus.listed(many, place)

    def _named_before(self, number: Number) -> Belonging | None:
        for mention in reversed(self._mentions_before(number)):
            gap = self._gap(mention.end, number.start)
            if gap.count(")") > gap.count("("):
                continue  # said in parentheses that are closed
            if self._roles.governs(mention, number):
                owners = self.owners(mention)
                close = not self._roles.words.CLAUSE.search(gap) and len(gap) <= self._roles.words.CLOSE
                return Belonging(owners, certain=len(owners) == 1 and close)
            if self._roles.is_unsure(mention, number):
                return Belonging(self.owners(mention) | self._focus.default, certain=False)
        return None

    def _named_later(self, number: Number) -> Owners | None:
        """In "with a Sharpe ratio of 1.2, A leads" nobody was named yet."""
        later = [mention for mention in self.mentions if mention.start >= number.end]
        if self._mentions_before(number) or not later or self._focus.is_single or self._korean:
            return None
        return None if self._roles.is_compared(later[0]) else self.owners(later[0])

    def _names_in_a_row(self, *, before: int, many: int) -> list[Owners] | None:
        names = [mention for mention in self.mentions if mention.end <= before]
        row: list[Mention] = []
        for mention in reversed(names):
            if row and self._gap(mention.end, row[0].start).strip() not in JOINTS:
                break
            row.insert(0, mention)
        return [self.owners(mention) for mention in row] if len(row) == many else None

    def _is_in_a_table(self) -> bool:
        return self._sentence.said.lstrip().startswith("|")

    def _row_of_a_table(self) -> Owners | None:
        """Whose row it is, where there are several strategies and one of them stands in the first cell."""
        named = [one for one in self._sentence.mentions if one.called is Called.NAME]
        if self._focus.is_single or len(named) != 1 or not self._is_in_a_table():
            return None
        return named[0].owners if "|" not in self._gap(self._sentence.start, named[0].start).lstrip()[1:] else None

    def _mentions_before(self, number: Number) -> list[Mention]:
        return [mention for mention in self.mentions if mention.end <= number.start]

    def _is_anybody_between(self, start: int, end: int) -> bool:
        return any(start <= mention.start < end for mention in self.mentions)


def _end(number: Number) -> int:
    return number.end
