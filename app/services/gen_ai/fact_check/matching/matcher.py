"""Matches each number of a text to a fact."""

from collections.abc import Iterator, Sequence

from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.facts.metrics import Unit
from app.services.gen_ai.fact_check.lexicon.senses import Meant
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.matching import levels, reasons, values
from app.services.gen_ai.fact_check.matching.asked import Asked
from app.services.gen_ai.fact_check.matching.binding import Binder
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.matching.no_claims import no_claim
from app.services.gen_ai.fact_check.matching.ownership import Ownership
from app.services.gen_ai.fact_check.matching.pool import Pool
from app.services.gen_ai.fact_check.matching.said import is_about_parameters, is_said
from app.services.gen_ai.fact_check.matching.scopes import Scopes
from app.services.gen_ai.fact_check.matching.signs import has_sign
from app.services.gen_ai.fact_check.numbers.number import Number, WrittenDate
from app.services.gen_ai.fact_check.result import NumberFinding, Status
from app.services.gen_ai.fact_check.subjects import Subject
from app.services.gen_ai.fact_check.text import Sentence

_SHARES = (Meant("win_rate"), Meant("loss_rate"), Meant("share"))


class Matcher:
    def __init__(self, subjects: Sequence[Subject], pool: Pool) -> None:
        self._subjects = subjects
        self._pool = pool
        self._scopes = Scopes(pool.everything)
        self._earlier: Sequence[Term] = ()
        self._dates = [fact for subject in subjects for fact in subject.facts if fact.unit is Unit.DATE]

    def match(self, sentence: Sentence, ownership: Ownership) -> list[NumberFinding]:
        """A finding for each number and date; call it with the sentences in their order."""
        self._scopes.spoken_in(sentence)
        binder = Binder(sentence, self._earlier)
        self._earlier = sentence.terms
        rules = is_about_parameters(sentence)
        asked = [
            Asked(number, sentence, binder.bind(number), ownership.of(number), self._scopes.of(number, sentence), rules)
            for number in sentence.numbers
        ]
        return [*(self._date(written) for written in sentence.dates), *self._findings(asked)]

    def _date(self, written: WrittenDate) -> NumberFinding:
        for fact in self._dates:
            if not isinstance(fact.value, float) and written.is_part_of(fact.value):
                return NumberFinding(written.text, written.start, written.end, None, "matched", fact, "")
        known = ", ".join(f"{fact.metric} {fact.printed}" for fact in self._dates) or "none"
        reason = f"it is not a date of the facts; known dates: {known}"
        return NumberFinding(written.text, written.start, written.end, None, "unmatched", None, reason)

    def _findings(self, asked: Sequence[Asked]) -> Iterator[NumberFinding]:
        for place, one in enumerate(asked):
            finding = self._finding(one)
            if finding.status == "unmatched" and one.number.part is not None:
                # The five of "three of five" states what the three states.
                part = next((other for other in asked[max(0, place - 1) : place + 2] if other.number.whole), None)
                matched = self._matched(part) if part else None
                if matched and matched.unit is Unit.FRACTION:
                    finding = _finding(one.number, "matched", matched.fact, "")
            yield finding

    def _finding(self, asked: Asked) -> NumberFinding:
        number = asked.number
        level = levels.level_of(number, asked.sentence, self._pool.everything)
        if level is not None:
            return _finding(number, "matched", level, "the level of the value at risk")
        matched = self._matched(asked)
        if matched:
            return _finding(number, "matched", matched.fact, "")
        why = no_claim(number, asked.sentence, len(self._subjects))
        if why:
            return _finding(number, "no_claim", None, why)
        return _finding(number, "unmatched", None, reasons.why_not(asked, self._pool, self._subjects))

    def _matched(self, asked: Asked) -> Candidate | None:
        number = asked.number
        meant = levels.narrowed(asked.binding.meant, number, asked.sentence)
        found = self._first(number, meant, asked)
        share = values.share_of(number)
        if found or share is None or self._counts_all_trades(asked):
            return found
        return self._first(share, _SHARES, asked)

    def _first(self, number: Number, meant: tuple[Meant, ...] | None, asked: Asked) -> Candidate | None:
        """The first candidate with the value of the number that the words around it allow."""
        signs = asked.signs(meant)
        for candidate, times in self._pool.written_as(number.kind, signs):
            if (
                values.has_value(number, candidate, times)
                and asked.is_about(candidate, self._subjects)
                and is_said(candidate, number, asked.sentence)
                and any(
                    has_sign(candidate, sign, number, asked.sentence)
                    for sign in ((0,) if signs is None else signs[candidate.metric])
                )
            ):
                return candidate
        return None

    def _counts_all_trades(self, asked: Asked) -> bool:
        """In "39 of 93 trades" the 93 is the number of trades, so that the 39 must be exact."""
        return any(
            one.value == asked.number.whole and asked.is_about(one, self._subjects)
            for one in self._pool.measured(("trades",))
        )


def _finding(number: Number, status: Status, fact: Fact | None, reason: str) -> NumberFinding:
    value = -number.value if number.sign < 0 else number.value
    return NumberFinding(number.text, number.start, number.end, value, status, fact, reason)
