"""Whom a text speaks about from one sentence to the next."""

from collections.abc import Sequence

from app.services.gen_ai.fact_check.lexicon.mentions import Called, Mention
from app.services.gen_ai.fact_check.subjects import Owner, Subject, benchmark_of, is_benchmark
from app.services.gen_ai.fact_check.text import Sentence

Owners = frozenset[Owner]
_PRONOUNS = frozenset({Called.PRONOUN, Called.GENERIC})


class Focus:
    """Follows the sentences in their order."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = frozenset(range(len(subjects)))
        self._benchmarks = frozenset(benchmark_of(place) for place in self._subjects)
        self._last: Owners = self._subjects
        self._said: Owners = self._subjects
        self._row: list[Owner] = []
        self._rows: set[tuple[Owner, ...]] = set()

    @property
    def is_single(self) -> bool:
        return len(self._subjects) == 1

    @property
    def default(self) -> Owners:
        """Who is meant where nobody is named."""
        return self._subjects if self.is_single else self._said

    @property
    def everybody(self) -> Owners:
        return self._subjects

    @property
    def anybody(self) -> Owners:
        return self._subjects | self._benchmarks

    def meaning(self, mention: Mention, in_sentence: Sequence[Mention]) -> Owners:
        """The owners of a mention; for a pronoun and its like whoever was last spoken about."""
        if mention.owners:
            return mention.owners
        if mention.called in {Called.FORMER, Called.LATTER} and self._row:
            return frozenset({self._row[0 if mention.called is Called.FORMER else -1]})
        if mention.called is Called.OTHER:
            own = self._antecedent(mention, in_sentence)
            return (self._benchmarks if self.is_single else self._subjects - own) or self.anybody
        if mention.called is Called.GENERIC and self.is_single:
            return self._subjects
        return self._antecedent(mention, in_sentence)

    def others(self, owners: Owners) -> Owners:
        """Who a number is of that is held against one of these owners."""
        return (self.anybody - owners) or self.anybody

    def listed(self, many: int, place: int) -> Owners | None:
        """The one at a place of the last sentence that named several, where it named as many as there are numbers.

        Where the text named the same ones in several orders, it can be any of them.
        """
        if len(self._row) != many:
            return None
        in_another_order = any(set(row) == set(self._row) and row != tuple(self._row) for row in self._rows)
        return frozenset(self._row) if in_another_order else frozenset({self._row[place]})

    def after(self, sentence: Sentence, spoken_of: Sequence[Mention]) -> None:
        """Moves on to the next sentence. `spoken_of`: the mentions that something is said of, not compared with."""
        owners = [(mention, self.meaning(mention, sentence.mentions)) for mention in spoken_of]
        if not owners:
            return
        first = owners[0]
        self._last = first[1]
        row = [owner for mention in sentence.mentions for owner in sorted(mention.owners) if not is_benchmark(owner)]
        self._row = list(dict.fromkeys(row)) if len(set(row)) > 1 else self._row
        self._rows.add(tuple(self._row))
        spoken = frozenset[Owner]().union(*(found for _, found in owners)) & self._subjects
        self._said = spoken or self._said

    def _antecedent(self, mention: Mention, in_sentence: Sequence[Mention]) -> Owners:
        alone = self._subjects if self.is_single else frozenset[Owner]()
        before = [other for other in in_sentence if other.end <= mention.start and other.owners]
        if mention.called in _PRONOUNS and before:
            # "A lost at most 11 %; its volatility": the first of the sentence, or the one right before.
            earlier = any(other.called in _PRONOUNS and other.end <= before[0].start for other in in_sentence)
            return before[0].owners | before[-1].owners | alone | (self._last if earlier else frozenset())
        return self._last | alone
