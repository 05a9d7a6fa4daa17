"""What is counted: trades, the winning or the losing ones, or places in a ranking."""

import re
from collections.abc import Iterable

from app.services.gen_ai.fact_check.lexicon.meanings import Meant, meanings
from app.services.gen_ai.fact_check.lexicon.senses import LOSING, WINNING, Sense
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.matching.beside import Beside
from app.services.gen_ai.fact_check.matching.bound import Binding
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.text import Sentence

BARE_COUNTS = frozenset({Kind.PLAIN, Kind.COUNT})
_PREDICATE = re.compile(r"(?:(?!\s(?:and|but)\s)[^,;:.()]){0,28}")
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_BY = re.compile(r"\b(?:by|in|on|for)\s(?:the\s)?$")
_KOREAN_BY = re.compile(r"(?:\s?\([^)]*\))?(?:에서|만|\s?기준|으로는|\s?순위)")


class Counter:
    """Of the numbers of one sentence."""

    def __init__(self, sentence: Sentence, beside: Beside) -> None:
        self._text = sentence.text
        self._beside = beside

    def counted(self, number: Number) -> Binding | None:
        """Trades are trades; "13 trades were profitable" and "won 13 trades" may be winning ones too."""
        if number.part is not None and number.kind in BARE_COUNTS:
            return Binding((Meant("trades"), Meant("strategies"), Meant("regimes")))
        is_counter = number.kind in {Kind.COUNT, Kind.TIMES} and number.noun in {"", "trades"}
        if is_counter and self._beside.is_annual(number):
            return Binding((Meant("trades_per_year"),))
        if number.kind is not Kind.COUNT or not number.noun:
            return None
        meant = [Meant(number.noun)]
        if number.noun == "trades":
            meant += [found for term in self._outcomes(number) for found in meanings(term.sense, Kind.COUNT)]
        return Binding(tuple(dict.fromkeys(meant)), certain=True)

    def part_of_trades(self, number: Number, found: Binding) -> Binding:
        """The a of "a of b trades" counts the winners or the losers, as the words around it say."""
        senses = {term.sense for term in (found.term, *self._outcomes_after(number.end)) if term}
        won, lost = bool(senses & WINNING), bool(senses & LOSING)
        counts = [Meant("wins")] if won or not lost else []
        counts += [Meant("losses")] if lost or not won else []
        other = (one for one in found.meant or () if one.metric != "trades")
        return Binding((*other, *counts, Meant("days")), found.term)

    def rank(self, found: Binding) -> Binding:
        """The place by a metric where it is said so (샤프 비율에서 1위), else that or the place in the ranking."""
        term = found.term
        by = term is not None and (_BY.search(self._text, 0, term.start) or _KOREAN_BY.match(self._text, term.end))
        return found if by else Binding((*(found.meant or ()), Meant("rank")), term)

    def outcome_of_trades(self, meant: tuple[Meant, ...], trades: Term) -> tuple[Meant, ...]:
        """In "a quarter of all trades were winners" the share is that of the winners."""
        senses = {term.sense for term in self._outcomes_after(trades.end)}
        if bool(senses & WINNING) == bool(senses & LOSING):
            return meant
        metric = "win_rate" if senses & WINNING else "loss_rate"
        return tuple(one for one in meant if one.metric == metric)

    def _outcomes(self, number: Number) -> list[Term]:
        before = [term for term in self._beside.terms if term.text.lower() in {"won", "lost"}]
        said_before = (term for term in before if self._beside.stands_before(term, number))
        return [*self._outcomes_after(number.end), *said_before]

    def _outcomes_after(self, position: int) -> Iterable[Term]:
        reach = _PREDICATE.match(self._text, position)
        end = reach.end() if reach else position
        return (term for term in self._beside.terms if position <= term.start < end and _is_outcome(term))


def _is_outcome(term: Term) -> bool:
    """Profitable, lost, 수익; but not an English verb that says what the strategy earned."""
    return term.sense in WINNING | LOSING and (term.sense is not Sense.RETURN or not _LATIN.search(term.text))
