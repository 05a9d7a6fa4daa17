"""Matches each number of a text to a fact."""

import re
from collections.abc import Iterator, Sequence

from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.facts.metrics import Unit
from app.services.gen_ai.fact_check.lexicon.meanings import Meant
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.matching import glosses, levels, reasons, values
from app.services.gen_ai.fact_check.matching.asked import Asked
from app.services.gen_ai.fact_check.matching.binding import Binder
from app.services.gen_ai.fact_check.matching.bound import Binding
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.matching.no_claims import no_claim
from app.services.gen_ai.fact_check.matching.ownership import Belonging, Ownership
from app.services.gen_ai.fact_check.matching.pool import Pool
from app.services.gen_ai.fact_check.matching.said import is_about_parameters, is_said
from app.services.gen_ai.fact_check.matching.scopes import Scopes
from app.services.gen_ai.fact_check.matching.signs import has_sign, has_sign_loosely
from app.services.gen_ai.fact_check.matching.unmistakable import unmistakable
from app.services.gen_ai.fact_check.numbers.number import Kind, Number, WrittenDate
from app.services.gen_ai.fact_check.result import NumberFinding, Status
from app.services.gen_ai.fact_check.subjects import Owner, Subject
from app.services.gen_ai.fact_check.text import Sentence

_YEAR = re.compile(r"(?:19|20)\d\d")
_AMOUNT = 10_000
_MEASURED = frozenset({Kind.PERCENT, Kind.BASIS_POINTS, Kind.MONEY})
"""Numbers that are rarely another's by chance; a count or a multiple often is."""
_SHARES = (Meant("win_rate"), Meant("loss_rate"), Meant("share"))


class Matcher:
    def __init__(self, subjects: Sequence[Subject], pool: Pool) -> None:
        self._subjects = subjects
        self._pool = pool
        self._scopes = Scopes(pool.everything)
        self._earlier: Sequence[Term] = ()
        self._default: frozenset[Owner] = frozenset()
        self._dates = [fact for subject in subjects for fact in subject.facts if fact.unit is Unit.DATE]

    def match(self, sentence: Sentence, ownership: Ownership) -> list[NumberFinding]:
        """A finding for each number and date; call it with the sentences in their order."""
        self._scopes.spoken_in(sentence)
        self._default = ownership.default
        binder = Binder(sentence, self._earlier)
        self._earlier = sentence.terms
        rules = self._scopes.vary or is_about_parameters(sentence)
        asked = [
            self._asked(number, sentence, binder.bind(number), ownership.of(number), rules=rules)
            for number in sentence.numbers
        ]
        return [*(self._date(written) for written in sentence.dates), *self._findings(asked)]

    def _asked(
        self, number: Number, sentence: Sentence, binding: Binding, belonging: Belonging, *, rules: bool
    ) -> Asked:
        scopes = self._scopes.of(number, sentence)
        return Asked(number, sentence, binding, belonging.owners, scopes, rules, belonging.certain)

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
        if glosses.is_unit_move(asked):
            return _finding(number, "no_claim", None, "the move that a beta is explained with")
        betas = self._pool.measured(("beta",))
        matched = self._matched(asked) or glosses.explained_beta(asked, betas, len(self._subjects))
        year = None if matched else self._year(number)
        if matched or year:
            return _finding(number, "matched", matched.fact if matched else year, "")
        why = no_claim(number, asked.sentence, len(self._subjects))
        if why:
            return _finding(number, "no_claim", None, why)
        return _finding(number, "unmatched", None, reasons.why_not(asked, self._pool, self._subjects))

    def _year(self, number: Number) -> Fact | None:
        """A year without a word that dates: "finished 2025 with a gain"."""
        if number.kind is not Kind.PLAIN or not _YEAR.fullmatch(number.text):
            return None
        return next((fact for fact in self._dates if str(fact.value).startswith(number.text)), None)

    def _matched(self, asked: Asked) -> Candidate | None:
        number = asked.number
        meant = levels.narrowed(asked.binding.meant, number, asked.sentence)
        found = self._first(number, meant, asked)
        share = values.share_of(number)
        if not found and share is not None and not self._counts_all_trades(asked):
            found = self._first(share, _SHARES, asked)
        return found or self._loosely_matched(asked) or unmistakable(asked, self._pool)

    def _loosely_matched(self, asked: Asked) -> Candidate | None:
        """A true figure of which no word says that it is of somebody or something else."""
        number = asked.number
        loosely = asked.loosely(frozenset() if len(self._subjects) > 1 and asked.named else self._default)
        plain = number.kind is Kind.PLAIN and (number.step < 1 or number.value >= _AMOUNT)
        share = number.kind is Kind.SHARE and not asked.binding.is_of_trades
        if number.kind not in _MEASURED and not plain and not share:
            return None
        meant = levels.narrowed(loosely.binding.meant, number, asked.sentence)
        signs = loosely.signs(meant)
        for candidate, times in self._pool.written_as(number.kind, signs):
            if (
                (not candidate.is_computed or share or candidate.unit is Unit.MULTIPLE)
                and values.has_value(number, candidate, times)
                and loosely.is_about(candidate, self._subjects)
                and is_said(candidate, number, asked.sentence)
                and has_sign_loosely(
                    candidate, None if signs is None else signs[candidate.metric], number, asked.sentence
                )
            ):
                return candidate
        return None

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
