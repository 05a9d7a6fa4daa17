"""What part a mention plays in its sentence: something is said of it, compared with it, or traded in it."""

import re
from itertools import zip_longest
from types import ModuleType

from app.quant.words import Language
from app.services.gen_ai.fact_check.lexicon.mentions import Called, Mention
from app.services.gen_ai.fact_check.matching import english_roles, korean_roles
from app.services.gen_ai.fact_check.numbers.number import Number
from app.services.gen_ai.fact_check.text import Sentence

FAR = 48
"""Characters: between a number and the name behind it there are only a few words."""
_AFTER_PLACE = 8
_POSSESSIVE_ALONE = re.compile(r"['\u2019]s?\s?(?:[;:.)]|,(?!\swhich))")


class Roles:
    """The mentions of one sentence. `words`: the patterns of its language."""

    def __init__(self, sentence: Sentence, language: Language) -> None:
        self._sentence = sentence
        self._korean = language == "ko"
        self._compared: dict[int, bool] = {}
        self.words: ModuleType = korean_roles if self._korean else english_roles
        self.mentions = [
            mention
            for mention, following in zip_longest(sentence.mentions, sentence.mentions[1:])
            if not self._is_place(mention) and not _is_only_its(mention, following)
        ]

    def governs(self, mention: Mention, number: Number) -> bool:
        """Whether a number that stands after a mention is of it."""
        gap = self.gap(mention.end, number.start)
        return self._governs_korean(mention, number, gap) if self._korean else self._governs(mention, number, gap)

    def is_unsure(self, mention: Mention, number: Number) -> bool:
        """Whether a number after what is compared with may be that one's: "beat the index with 18.4 %"."""
        return not self._korean and bool(english_roles.UNSURE.fullmatch(self.gap(mention.end, number.start)))

    def is_compared(self, mention: Mention) -> bool:
        """Whether something is only compared with whom the mention means, alone or in a row: "than A and B"."""
        found = self._compared.get(mention.start)
        if found is None:
            found = self._compared[mention.start] = self._is_compared(mention)
        return found

    def _is_compared(self, mention: Mention) -> bool:
        place = self.mentions.index(mention) if mention in self.mentions else -1
        if self._korean:
            after = self.gap(mention.end, min(mention.end + FAR, self._sentence.end))
            following = self.mentions[place + 1 : place + 2] if place >= 0 else []
            return bool(korean_roles.COMPARED.match(after) or korean_roles.COMPARED_FIGURE.match(after)) or any(
                korean_roles.ROW.fullmatch(self.gap(mention.end, one.start)) and self.is_compared(one)
                for one in following
            )
        previous = self.mentions[place - 1 : place] if place > 0 else []
        return bool(english_roles.COMPARED.search(self._before(mention))) or any(
            english_roles.ROW.fullmatch(self.gap(one.end, mention.start)) and self.is_compared(one) for one in previous
        )

    def gap(self, start: int, end: int) -> str:
        return self._sentence.text[start:end].replace("\n", " ")

    def has_numbers_between(self, start: int, end: int) -> bool:
        return any(start <= one.start and one.end <= end for one in self._sentence.numbers)

    def _governs(self, mention: Mention, number: Number, gap: str) -> bool:
        if _POSSESSIVE_ALONE.match(gap):
            return False  # "a third of the benchmark's, 20.4 %"
        if mention.called is Called.OTHER and gap.endswith("(") and self._has_counterpart(number):
            return False  # "twice the profit of its sibling (62 % vs 28 %)"
        if not self.is_compared(mention):
            return True
        if gap.endswith("(") and self._has_counterpart(number):
            return False  # "lower than the index (8.5 % vs. 15.0 %)"
        return self._is_attached(mention, number, gap)

    def _governs_korean(self, mention: Mention, number: Number, gap: str) -> bool:
        if korean_roles.COMPARED.match(gap):
            return False
        return bool(korean_roles.SUBJECT.match(gap)) or self._is_attached(mention, number, gap)

    def _is_attached(self, mention: Mention, number: Number, gap: str) -> bool:
        if self.has_numbers_between(mention.end, number.start):
            return "(" in gap and ")" not in gap
        return bool(self.words.ATTACHED.fullmatch(gap))

    def _has_counterpart(self, number: Number) -> bool:
        following = next((one for one in self._sentence.numbers if one.start >= number.end), None)
        return following is not None and bool(self.words.COUNTERPART.search(self.gap(number.end, following.start)))

    def _is_place(self, mention: Mention) -> bool:
        if mention.called is not Called.MARKET:
            return False
        if self._korean:
            return bool(korean_roles.PLACE.match(self.gap(mention.end, mention.end + _AFTER_PLACE)))
        before = self._before(mention)
        return bool(english_roles.PLACE.search(before)) and not english_roles.MONEY_IN.search(before)

    def _before(self, mention: Mention) -> str:
        """The end of what stands before a mention, without articles."""
        return english_roles.ARTICLES.sub("", self.gap(max(self._sentence.start, mention.start - FAR), mention.start))


def _is_only_its(mention: Mention, following: Mention | None) -> bool:
    """In "its benchmark" the benchmark is meant."""
    if mention.called is not Called.PRONOUN or following is None:
        return False
    return following.called is Called.BENCHMARK and following.start - mention.end <= 1
