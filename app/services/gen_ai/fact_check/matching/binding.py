"""Which metric a number is said of, from the words around it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.services.gen_ai.fact_check.lexicon.senses import (
    AMOUNTS,
    LOSING,
    NOUNS,
    RETURNS,
    VERBS,
    WEAK,
    WINNING,
    Meant,
    Sense,
    meanings,
)
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.matching.beside import Beside
from app.services.gen_ai.fact_check.matching.lists import JOINTS, row_of
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.text import Sentence

_CLAUSE_END = re.compile(r"[.;:)]|,\s(?=\S+\s\S)|\s(?:and|but|while|whereas|yet)\s|[가-힣](?:고|며|지만)\s")
_PREDICATE = re.compile(r"(?:(?!\s(?:and|but)\s)[^,;:.()]){0,28}")
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|turned|turning|turns)\s$", re.IGNORECASE)
_BECAME = re.compile(
    r"(?:에서|[를을]\s(?:굴려|맡|투자)|로\s시작(?!\s?(?:자금|자본)))|\s(?:shrank|grew|turned|became|dropped|rose|fell|went)\s"
)
_FROM_REACH = 9
_AGAINST = re.compile(r"\b(?:against|versus|vs\.?)\s$|\s대\s$")
# Between two numbers of which the second is held against the first, or stands in a row with it.
_HELD_AGAINST = re.compile(
    r"[^.;]{0,24}?(?:,\s|\s(?:and|against|versus|vs\.?|compared (?:with"
    r"|to)|rather than|than|to|대)\s|[와과]\s|\s?[/·(]\s?)"
    r"(?:the\s|its\s|only\s|about\s)*"
)
_BY = re.compile(r"\b(?:by|in|on|for)\s(?:the\s)?$")
_KOREAN_BY = re.compile(r"(?:\s?\([^)]*\))?(?:에서|만|\s?기준|으로는|\s?순위)")
_GROWS = re.compile(r"doubled?|tripled?|quadrupled?|quintupled?", re.IGNORECASE)
_MORE_MONEY = re.compile(r"\s?(?:more|higher|above|richer|in profit|[이을를]?\s?(?:많|늘|불|더))")
_AT_WORST = re.compile(
    r"\b(?:at (?:times|one point|worst|most)|never|worst|peak\w*|trough|bottom\w*|high|setback|sit through|endured?"
    r"|suffer\w*)|한때|고점|저점|최악|시기|최대|견디",
    re.IGNORECASE,
)
_PERCENTAGES = frozenset({Kind.PERCENT, Kind.PLAIN, Kind.POINTS, Kind.BASIS_POINTS, Kind.SHARE})
_UNIT_MATTERS = frozenset({Kind.PERCENT, Kind.POINTS, Kind.BASIS_POINTS, Kind.MONEY, Kind.FOREIGN_MONEY, Kind.PLAIN})
_BARE_COUNTS = frozenset({Kind.PLAIN, Kind.COUNT})


@dataclass(frozen=True, slots=True)
class Binding:
    """`meant`: what the number can be; None: the words say nothing about it, so it can be anything that fits.

    `term` is the word that decided; `names_it`: it is the name of a metric and stands right beside the number.
    `certain`: it stands so close that nothing else can be meant; else `at_all` is what the sentence speaks of at all,
    None where it names no metric.
    """

    meant: tuple[Meant, ...] | None
    term: Term | None = None
    names_it: bool = False
    certain: bool = False
    at_all: tuple[Meant, ...] | None = None

    @property
    def is_of_trades(self) -> bool:
        return self.term is not None and self.term.sense in {Sense.TRADES, Sense.WIN, Sense.LOSE, Sense.WIN_RATE}


class Binder:
    """Binds the numbers of one sentence. `earlier`: the words for metrics of the sentence before."""

    def __init__(self, sentence: Sentence, earlier: Sequence[Term] = ()) -> None:
        self._sentence = sentence
        self._earlier = earlier
        self._beside = Beside(sentence)
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
        return _together(
            *said, meanings(Sense.RETURN, number.kind), (Meant("max_drawdown"),) if self._has_fall() else ()
        )

    def _has_fall(self) -> bool:
        return any(term.sense is Sense.DECLINE for term in self._terms)

    def _nearest(self, number: Number) -> Binding:
        counted = self._counted(number)
        if counted:
            return counted
        found = self._in_a_row(number) or self._bound(number)
        if number.kind is Kind.MONEY:
            return self._money(number, found)
        if number.kind is Kind.RANK:
            return self._rank(found)
        if number.whole is not None and number.kind in _BARE_COUNTS:
            return self._part_of_trades(number, found)
        if found.meant and self._speaks_of_the_worst(found, number):
            return replace(found, meant=(*found.meant, Meant("max_drawdown")))
        return found

    def _counted(self, number: Number) -> Binding | None:
        """Trades are trades; "13 trades were profitable" and "won 13 trades" may be winning ones too."""
        if number.part is not None and number.kind in _BARE_COUNTS:
            return Binding((Meant("trades"), Meant("strategies"), Meant("regimes")))
        if number.kind in {Kind.COUNT, Kind.TIMES} and not number.noun and self._beside.is_annual(number):
            return Binding((Meant("trades_per_year"),))
        if number.kind is not Kind.COUNT or not number.noun:
            return None
        meant = [Meant(number.noun)]
        if number.noun == "trades" and self._beside.is_annual(number):
            return Binding((Meant("trades_per_year"),))
        if number.noun == "trades":
            before = [term for term in self._terms if term.text.lower() in {"won", "lost"}]
            outcomes = [
                *self._outcomes_after(number.end),
                *(term for term in before if self._beside.stands_before(term, number)),
            ]
            meant += [found for term in outcomes for found in meanings(term.sense, Kind.COUNT)]
        return Binding(tuple(dict.fromkeys(meant)), certain=True)

    def _outcomes_after(self, position: int) -> Iterable[Term]:
        reach = _PREDICATE.match(self._sentence.text, position)
        end = reach.end() if reach else position
        return (term for term in self._terms if position <= term.start < end and _is_outcome(term))

    def _part_of_trades(self, number: Number, found: Binding) -> Binding:
        """The a of "a of b trades" counts the winners or the losers, as the words around it say."""
        senses = {term.sense for term in (found.term, *self._outcomes_after(number.end)) if term}
        won, lost = bool(senses & WINNING), bool(senses & LOSING)
        counts = [Meant("wins")] if won or not lost else []
        counts += [Meant("losses")] if lost or not won else []
        other = (one for one in found.meant or () if one.metric != "trades")
        return Binding((*other, *counts, Meant("days")), found.term)

    def _rank(self, found: Binding) -> Binding:
        """The place by a metric where it is said so (샤프 비율에서 1위), else that or the place in the ranking."""
        term, text = found.term, self._sentence.text
        by = term is not None and (_BY.search(text, 0, term.start) or _KOREAN_BY.match(text, term.end))
        return found if by else Binding((*(found.meant or ()), Meant("rank")), term)

    def _outcome_of_trades(self, meant: tuple[Meant, ...], trades: Term) -> tuple[Meant, ...]:
        """In "a quarter of all trades were winners" the share is that of the winners."""
        senses = {term.sense for term in self._outcomes_after(trades.end)}
        if bool(senses & WINNING) == bool(senses & LOSING):
            return meant
        metric = "win_rate" if senses & WINNING else "loss_rate"
        return tuple(one for one in meant if one.metric == metric)

    def _money(self, number: Number, found: Binding) -> Binding:
        """An amount beside its name is that one; elsewhere it is any that the words do not exclude."""
        text = self._sentence.text
        start = max(0, number.start - _FROM_REACH)
        if _FROM.search(text, start, number.start) or _BECAME.match(text, number.end):
            return Binding((Meant("initial_cash"),))
        beside = next((term for term, _ in self._beside.of(number)), None)
        meant = found.meant or ()
        if beside is None or beside.sense not in AMOUNTS:
            meant = (*meant, Meant("final_value"), Meant("initial_cash"), Meant("profit"))
        elif _MORE_MONEY.match(text, number.end):
            meant = (*meant, Meant("profit"))
        return replace(found, meant=meant)

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
                meant = self._outcome_of_trades(meant, term)
            if term.sense is Sense.POSITION and meant:
                # "Half of the capital" is a limit of the rules, or what was lost.
                return Binding(_together(meant, self._loosely_bound(number).meant or ()), term)
            if meant or (is_noun and number.kind in _UNIT_MATTERS):
                certain = close and term.sense not in WEAK
                return Binding(self._annualised(meant, term, number), term, names_it=is_noun, certain=certain)
        if number.kind in _PERCENTAGES and self._beside.is_annual(number):
            return Binding(meanings(Sense.ANNUAL, Kind.PERCENT))
        return self._inherited(number) or self._loosely_bound(number)

    def _inherited(self, number: Number) -> Binding | None:
        """In "a Sharpe ratio of 0.79 against 0.45" the second number is of the same metric as the first."""
        kinds = _BARE_COUNTS if number.kind in _BARE_COUNTS and number.step == 1 else {number.kind}
        before = [one for one in self._sentence.numbers if one.end <= number.start and one.kind in kinds]
        last = next((one for one in reversed(before) if one.part is None), None)
        if last is None or number.kind is Kind.MONEY:
            return None
        between = [term for term in (*self._terms, *self._beside.annual) if last.end <= term.start <= number.start]
        if any(meanings(term.sense, number.kind) for term in between):
            return None
        found = self.bind(last)
        if number.kind in _BARE_COUNTS and _AGAINST.search(self._beside.gap(last.end, number.start)):
            return Binding((Meant("wins"), Meant("losses")))
        if not found.meant or _HELD_AGAINST.fullmatch(self._beside.gap(last.end, number.start)):
            return replace(found, certain=False) if found.meant else None
        loose = self._loosely_bound(number).meant or ()
        return replace(
            found,
            meant=_together(found.meant, loose, meanings(Sense.RETURN, number.kind)),
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
        return Binding(_together(meant), chosen[0])

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
        loss = any(one.sign < 0 for one in binding.meant or ())
        spans = len(self._sentence.dates) > 1 or bool(_AT_WORST.search(self._sentence.said))
        return loss and number.kind in _PERCENTAGES and spans


def _together(*meant: Iterable[Meant]) -> tuple[Meant, ...]:
    return tuple(dict.fromkeys(one for some in meant for one in some))


def _is_outcome(term: Term) -> bool:
    """Profitable, lost, 수익; but not an English verb that says what the strategy earned."""
    return term.sense in WINNING | LOSING and (term.sense is not Sense.RETURN or not _LATIN.search(term.text))
