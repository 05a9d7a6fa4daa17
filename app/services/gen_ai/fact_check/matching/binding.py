"""Which metric a number is said of, from the words around it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from app.services.gen_ai.fact_check.lexicon.meanings import Meant, meanings
from app.services.gen_ai.fact_check.lexicon.senses import NOUNS, RETURNS, VERBS, WEAK, Sense
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.matching.amounts import bound_amount
from app.services.gen_ai.fact_check.matching.beside import Beside
from app.services.gen_ai.fact_check.matching.bound import Binding, together
from app.services.gen_ai.fact_check.matching.counted import BARE_COUNTS, Counter
from app.services.gen_ai.fact_check.matching.lists import JOINTS, row_of
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.text import Sentence

_CLAUSE_END = re.compile(r"[.;:)]|,\s(?=\S+\s\S)|\s(?:and|but|while|whereas|yet)\s|[가-힣](?:고|며|지만)\s")
_AGAINST = re.compile(r"\b(?:against|versus|vs\.?)\s$|\s대\s$")
# Between two numbers of which the second is held against the first, or stands in a row with it.
_HELD_AGAINST = re.compile(
    r"[^.;]{0,24}?(?:,\s|\s(?:and|against|versus|vs\.?|compared (?:with|to)|rather than|than|to|대)\s|[와과]\s"
    r"|\s?[/·(]\s?)(?:the\s|its\s|only\s|about\s)*"
)
_GROWS = re.compile(r"doubled?|tripled?|quadrupled?|quintupled?", re.IGNORECASE)
_AT_WORST = re.compile(
    r"\b(?:at (?:times|one (?:point|time)|worst|most)|never|once|worst|deepest|biggest|largest|peak\w*|trough|bottom\w*"
    r"|highs?|low point|setback|sit through|endured?"
    r"|suffer\w*)|한때|고점|저점|최악|시기|최대|견디",
    re.IGNORECASE,
)
_PERCENTAGES = frozenset({Kind.PERCENT, Kind.PLAIN, Kind.POINTS, Kind.BASIS_POINTS, Kind.SHARE})
_UNIT_MATTERS = frozenset({Kind.PERCENT, Kind.POINTS, Kind.BASIS_POINTS, Kind.MONEY, Kind.FOREIGN_MONEY, Kind.PLAIN})


class Binder:
    """Binds the numbers of one sentence. `earlier`: the words for metrics of the sentence before."""

    def __init__(self, sentence: Sentence, earlier: Sequence[Term] = ()) -> None:
        self._sentence = sentence
        self._earlier = earlier
        self._beside = Beside(sentence)
        self._counter = Counter(sentence, self._beside)
        self._terms = self._beside.terms

    def bind(self, number: Number) -> Binding:
        """What the words around a number say that it is."""
        found = self._nearest(number)
        return found if found.certain else replace(found, at_all=self._at_all(number))

    def _at_all(self, number: Number) -> tuple[Meant, ...] | None:
        if not any(term.sense in NOUNS and meanings(term.sense, number.kind) for term in self._terms):
            return None
        spoken_of = (*self._terms, *self._beside.annual, *(term for term in self._earlier if term.sense in NOUNS))
        said = [meanings(term.sense, number.kind) for term in spoken_of]
        return together(
            *said, meanings(Sense.RETURN, number.kind), (Meant("max_drawdown"),) if self._has_fall() else ()
        )

    def _has_fall(self) -> bool:
        return any(term.sense is Sense.DECLINE for term in self._terms)

    def _nearest(self, number: Number) -> Binding:
        counted = self._counter.counted(number)
        if counted:
            return counted
        found = self._in_a_row(number) or self._bound(number)
        if number.kind is Kind.MONEY:
            return bound_amount(number, found, self._sentence, self._beside)
        if number.kind is Kind.RANK:
            return self._counter.rank(found)
        if number.whole is not None and number.kind in BARE_COUNTS:
            return self._counter.part_of_trades(number, found)
        if found.meant and self._speaks_of_the_worst(found, number):
            return replace(found, meant=(*found.meant, Meant("max_drawdown")))
        return found

    def _in_a_row(self, number: Number) -> Binding | None:
        """In "Sharpe and Sortino ratios of 0.38 and 0.53" each number is of the metric at its own place."""
        row = row_of(number, self._sentence)
        if len(row) == 1:
            return None
        before = [term for term in self._terms if term.end <= row[0].start and meanings(term.sense, number.kind)]
        named = [term for term in before if term.sense not in VERBS][-len(row) :]
        if len({term.sense for term in named}) < len(row):
            return None
        term = named[row.index(number)]
        listed = all(self._beside.gap(first.end, second.start).strip() in JOINTS for first, second in pairwise(named))
        own = meanings(term.sense, number.kind)
        return Binding(own if listed else (*own, *(self._bound(number).meant or ())), term)

    def _bound(self, number: Number) -> Binding:
        for term, close in self._beside.of(number):
            meant = meanings(term.sense, number.kind)
            is_noun = term.sense in NOUNS
            if term.sense is Sense.TRADES and number.kind in {Kind.SHARE, Kind.PERCENT}:
                meant = self._counter.outcome_of_trades(meant, term)
            if term.sense is Sense.POSITION and meant:
                # "Half of the capital" is a limit of the rules, or what was lost.
                return Binding(together(meant, self._loosely_bound(number).meant or ()), term)
            if meant or (is_noun and number.kind in _UNIT_MATTERS):
                certain = close and term.sense not in WEAK
                return Binding(self._annualised(meant, term, number), term, names_it=is_noun, certain=certain)
        if number.kind in _PERCENTAGES and self._beside.is_annual(number):
            return Binding(meanings(Sense.ANNUAL, Kind.PERCENT))
        return self._inherited(number) or self._loosely_bound(number)

    def _inherited(self, number: Number) -> Binding | None:
        """In "a Sharpe ratio of 0.79 against 0.45" the second number is of the same metric as the first."""
        kinds = BARE_COUNTS if number.kind in BARE_COUNTS and number.step == 1 else {number.kind}
        before = [one for one in self._sentence.numbers if one.end <= number.start and one.kind in kinds]
        last = next((one for one in reversed(before) if one.part is None), None)
        if last is None or number.kind is Kind.MONEY:
            return None
        between = [term for term in (*self._terms, *self._beside.annual) if last.end <= term.start <= number.start]
        if any(meanings(term.sense, number.kind) for term in between):
            return None
        found = self.bind(last)
        if number.kind in BARE_COUNTS and _AGAINST.search(self._beside.gap(last.end, number.start)):
            return Binding((Meant("wins"), Meant("losses")))
        if not found.meant or _HELD_AGAINST.fullmatch(self._beside.gap(last.end, number.start)):
            return replace(found, certain=False) if found.meant else None
        loose = self._loosely_bound(number).meant or ()
        return replace(
            found,
            meant=together(found.meant, loose, meanings(Sense.RETURN, number.kind)),
            names_it=False,
            certain=False,
        )

    def _loosely_bound(self, number: Number) -> Binding:
        """By all words of the sentence that go with such a number: those before it, else those behind in the clause."""
        fitting = [term for term in self._terms if meanings(term.sense, number.kind)]
        before = [term for term in reversed(fitting) if term.end <= number.start]
        behind = [term for term in fitting if term.start >= number.end]
        chosen = [*before, *behind] if before and before[0].sense in VERBS | {Sense.POSITION} else before
        if not chosen:
            chosen = [term for term in behind if not _CLAUSE_END.search(self._beside.gap(number.end, term.start))][:2]
        if not chosen:
            return self._unbound(number)
        meant = [one for term in chosen for one in self._annualised(meanings(term.sense, number.kind), term, number)]
        return Binding(together(meant), chosen[0])

    def _unbound(self, number: Number) -> Binding:
        """Without any word a percentage is a total return, or what the sentence before spoke of."""
        if number.kind is Kind.PERCENT:
            earlier = [one for term in self._earlier for one in meanings(term.sense, number.kind)]
            return Binding((*earlier, *meanings(Sense.RETURN, number.kind), Meant("parameter")))
        if number.kind is Kind.TIMES and _GROWS.match(number.text):
            return Binding((Meant("growth_multiple"), Meant("total_return")))
        return Binding(None)

    def _annualised(self, meant: tuple[Meant, ...], term: Term, number: Number) -> tuple[Meant, ...]:
        """A return "a year" is the annualised one."""
        if term.sense not in RETURNS or number.kind not in _PERCENTAGES:
            return meant
        annual = tuple(Meant("annualised_return", one.sign) for one in meant if one.metric == "total_return")
        if self._beside.is_annual(number):
            return annual or meant
        return (*meant, *annual) if any(word.end <= number.start for word in self._beside.annual) else meant

    def _speaks_of_the_worst(self, binding: Binding, number: Number) -> bool:
        if number.kind not in _PERCENTAGES or not any(one.sign < 0 for one in binding.meant or ()):
            return False
        return len(self._sentence.dates) > 1 or bool(_AT_WORST.search(self._sentence.said))
