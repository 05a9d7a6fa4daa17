"""The words for metrics right beside a number, from the one that belongs to it most."""

import re
from collections.abc import Iterable, Iterator, Sequence

from app.services.gen_ai.fact_check.lexicon.senses import NOUNS, VERBS, Sense
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.numbers.number import Kind, Number
from app.services.gen_ai.fact_check.text import Sentence

_ARTICLE = (
    r"(?:an?|the|only|just|about|roughly|some|merely|around|nearly|almost|over|under|more than|less than|minus|a mere)"
)
# "Sharpe 0.79", "Sharpe: 0.79", "샤프 비율은 0.79".
_LEFT_TIGHT = re.compile(r"[은는이가도의을를]?\s?[:=(]?\s?")
# "A Sharpe ratio of only 0.79", "volatility came in at 21 %", "변동성은 연 21%".
_LEFT = re.compile(
    r"(?:\s(?:ratios?|rate|figure|level|value|number|returns?))?(?:\s(?:of|is|was|are|were|at|to|by|be|stands? at"
    r"|stood at|came(?: in)? (?:at|to)|comes (?:in at|to)|reach(?:ed|es)|amounts? to|equals?|remain(?:s|ed)"
    rf"|stay(?:s|ed)(?: at)?|stop(?:s|ped) at|has been|being|with|from|{_ARTICLE})){{0,3}}[,:]?\s*\(?"
    r"|(?:[은는이가도의을를로]|으로는?|로는|에서도?)?\s?(?:(?:연|약|총|모두|전부|하루|무려|단|각각|다시|대략|고작|겨우|불과)\s){0,2}\(?"
)
# "0.79 Sharpe", "12.6% drawdown", "42%의 수익".
_RIGHT_TIGHT = re.compile(
    r"(?:\s|-|의\s?|[을를이가]\s?|나\s|만\s?|씩\s|\s?\()?(?:(?:an?|annual|annuali[sz]ed|daily|maximum|max\.?|of|in)\s)?"
)
# "13 of them were profitable", "57% closed with a profit", "22회만 이익".
_RIGHT = re.compile(
    r"(?:\s(?:of|them|its|the|their|all|these|those|was|were|are|is|closed|ended|end|ends|with|in|at|an?|each|which|every"
    r"|also|[a-z]+ed))*\s|[가-힣]{0,3}\s(?:[가-힣]+\s)?"
)
_ANNUAL = re.compile(
    r"\s?\(?|(?:으로는?|로는?|[은는])\s(?:환산하면\s)?|\s(?:환산하면|따지면|보면)\s|\sbasis,?\s(?:\w+\s){0,2}"
    r"|,?\s(?:it|this|that)\s(?:is|was|comes to|amounts to|makes|equals)\s"
)
_ANNUAL_BEHIND = re.compile(r"\s?\(?(?:on\san\s)?")
_NAME = re.compile(r"\s?\x00+(?:['\u2019]s|쪽이|[은는이가의도과와])?")
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
# English words that name a number which stands before them; other forms are verbs, and their number stands behind.
_NOUN_FORMS = frozenset(
    {
        "return", "returns", "gain", "gains", "loss", "losses", "profit", "profits", "decline", "fall", "drop",
        "performance", "account",
    }
)  # fmt: skip
_CHANGES = ("늘", "올", "오르", "상승", "감소", "떨어")
_PREDICATES = frozenset(
    {
        Sense.WIN, Sense.LOSE, Sense.LOSS, Sense.TRADES, Sense.POSITION, Sense.TIME_SHARE, Sense.BARS, Sense.COOLDOWN,
        Sense.PROFIT,
    }
)  # fmt: skip
_CONNECTIVES = ("고", "며", "어", "해", "서")
_ENGLISH_VERBS = frozenset({Sense.RETURN, Sense.LOSS, Sense.DECLINE, Sense.ACCOUNT})


class Beside:
    """The words of one sentence."""

    def __init__(self, sentence: Sentence) -> None:
        self._words = sentence.words
        numbers = sentence.numbers
        terms = [term for term in sentence.terms if not _is_inside(term, numbers)]
        self.terms: Sequence[Term] = [term for term in terms if term.sense is not Sense.ANNUAL]
        self.annual: Sequence[Term] = [term for term in terms if term.sense is Sense.ANNUAL]

    def of(self, number: Number) -> Iterator[tuple[Term, bool]]:
        """Each with whether it stands so close that nothing else can be meant."""
        left = next((term for term in reversed(self.terms) if term.end <= number.start), None)
        right = next((term for term in self.terms if term.start >= number.end), None)
        before = "" if left is None else self.gap(left.end, number.start)
        after = "" if right is None else self.gap(number.end, right.start)
        if left and self._is_overridden(left, before, number):
            left = None
        if left and _LEFT_TIGHT.fullmatch(before):
            yield left, True
        if right and number.kind is Kind.COUNT and right.text.startswith(_CHANGES):
            right = None  # 63회로 늘어난다
        if right and _RIGHT_TIGHT.fullmatch(after) and _can_stand_behind(right):
            yield right, True
        if left and _LEFT.fullmatch(before) and ("," not in before or left.sense in NOUNS):
            yield left, True
        if right and _RIGHT.fullmatch(after) and _is_predicate(right):
            yield right, False

    def is_annual(self, number: Number) -> bool:
        """Whether a word like "a year" stands right beside the number."""
        return any(
            _ANNUAL.fullmatch(self.gap(word.end, number.start))
            if word.end <= number.start
            else _ANNUAL_BEHIND.fullmatch(self.gap(number.end, word.start))
            for word in self.annual
        )

    def stands_before(self, term: Term, number: Number) -> bool:
        return term.end <= number.start and bool(_LEFT.fullmatch(self.gap(term.end, number.start)))

    def gap(self, start: int, end: int) -> str:
        """What stands between, without names and the particles that follow them."""
        gap = self._words[start:end]
        return _NAME.sub("", gap) if "\x00" in gap else gap

    def _is_overridden(self, left: Term, before: str, number: Number) -> bool:
        """In "EMA Half wins: 5.6 %" it is not what it wins, nor in 잃고 다섯 번; in "20.9 % in total, 1 % a year" the
        total is over.
        """
        if left.sense in VERBS and (":" in before or left.text.endswith(_CONNECTIVES)):
            return True
        return left.sense is Sense.TOTAL_RETURN and bool(before) and self.is_annual(number)


def _is_inside(term: Term, numbers: Iterable[Number]) -> bool:
    return any(one.start <= term.start and term.end <= one.end for one in numbers)


def _can_stand_behind(term: Term) -> bool:
    is_verb = term.sense in _ENGLISH_VERBS and bool(_LATIN.search(term.text))
    return not is_verb or term.text.lower() in _NOUN_FORMS


def _is_predicate(term: Term) -> bool:
    """Whether the word can be said of a number before it: 13 of them "were profitable", 22회만 이익."""
    if term.sense in {Sense.DECLINE, Sense.RETURN}:
        return not _LATIN.search(term.text)
    return term.sense in _PREDICATES
