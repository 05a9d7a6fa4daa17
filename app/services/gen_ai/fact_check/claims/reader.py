"""What the readers of claims have in common: who is spoken of, by which metric, in which part of the backtest."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from app.services.gen_ai.fact_check.lexicon.mentions import Called, Mention
from app.services.gen_ai.fact_check.lexicon.senses import Sense
from app.services.gen_ai.fact_check.lexicon.terms import Term
from app.services.gen_ai.fact_check.matching.candidates import REGIME
from app.services.gen_ai.fact_check.matching.ownership import Ownership
from app.services.gen_ai.fact_check.subjects import Owner, is_benchmark
from app.services.gen_ai.fact_check.text import Sentence

_METRIC_OF: dict[Sense, str] = {
    Sense.ANNUAL_RETURN: "annualised_return",
    Sense.TOTAL_RETURN: "total_return",
    Sense.RETURN: "total_return",
    Sense.PROFIT: "total_return",
    Sense.LOSS: "total_return",
    Sense.DECLINE: "total_return",
    Sense.DRAWDOWN: "max_drawdown",
    Sense.VOLATILITY: "volatility",
    Sense.SHARPE: "sharpe_ratio",
    Sense.SORTINO: "sortino_ratio",
    Sense.CALMAR: "calmar_ratio",
    Sense.ALPHA: "alpha",
    Sense.BETA: "beta",
    Sense.WIN_RATE: "win_rate",
    Sense.TRADES: "trades",
    Sense.TRADING: "trades",
}
_LOSSES = frozenset({Sense.LOSS, Sense.DECLINE})
_DEEP = re.compile(r"deep|shallow|large|small|깊|얕|크|컸|큰|작", re.IGNORECASE)


class Named(NamedTuple):
    """A metric, and whether the word speaks of it as a loss."""

    metric: str
    loss: bool


def metric_named(term: Term) -> Named | None:
    metric = _METRIC_OF.get(term.sense)
    return None if metric is None else Named(metric, term.sense in _LOSSES)


class ClaimReader:
    """The marks of one sentence, as the readers of claims ask for them."""

    def __init__(self, sentence: Sentence, ownership: Ownership, scopes: frozenset[str]) -> None:
        self.sentence = sentence
        self.ownership = ownership
        self.mentions = ownership.mentions
        self.asks = sentence.said.rstrip().endswith("?")
        self._scopes = scopes

    def scope_at(self, position: int) -> str:
        """The regime that the words around a position speak of; "" for the whole backtest."""
        before = [word for word in self.sentence.regimes if word.start <= position and word.name]
        word = before[-1] if before else next((one for one in self.sentence.regimes if one.name), None)
        scope = f"{REGIME}{word.name}" if word else ""
        return scope if scope in self._scopes else ""

    def terms_between(self, start: int, end: int) -> list[Term]:
        """The words for metrics that can be compared."""
        return [term for term in self.sentence.terms if start <= term.start and term.end <= end and metric_named(term)]

    def mention_before(self, position: int, *, but: Iterable[Mention] = ()) -> Mention | None:
        """The last one before a position of whom something is said, not counting those it is compared with."""
        left_out = set(but)
        spoken = [mention for mention in self.ownership.spoken_of() if mention not in left_out]
        return next((mention for mention in reversed(spoken) if mention.end <= position), None)

    def named_before(self, position: int) -> frozenset[Owner]:
        """The strategies that the sentence names before a position, where there are several: "A and B both"."""
        named = [one for one in self.mentions if one.end <= position and one.called is Called.NAME]
        owners = frozenset(owner for one in named for owner in one.owners)
        return owners if len(owners) > 1 else frozenset()

    def one_strategy(self, mention: Mention) -> Owner | None:
        """The strategy that is mentioned, where it is exactly one."""
        owners = [owner for owner in self.ownership.owners(mention) if not is_benchmark(owner)]
        return owners[0] if len(owners) == 1 else None

    def writes_losses_with_a_minus(self, start: int, end: int) -> bool:
        """Whether the number before a claim has a minus; what is deep has none in mind."""
        before = [number for number in self.sentence.numbers if number.end <= start]
        return bool(before) and before[-1].sign < 0 and not _DEEP.search(self.sentence.text, start, end)

    def text(self, start: int, end: int) -> str:
        return self.sentence.text[max(start, self.sentence.start) : min(end, self.sentence.end)]
