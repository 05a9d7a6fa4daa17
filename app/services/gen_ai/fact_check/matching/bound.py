"""What the words around a number say that it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.services.gen_ai.fact_check.lexicon.meanings import Meant
from app.services.gen_ai.fact_check.lexicon.senses import Sense
from app.services.gen_ai.fact_check.lexicon.terms import Term


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


def together(*meant: Iterable[Meant]) -> tuple[Meant, ...]:
    """All of them in their order, each once."""
    return tuple(dict.fromkeys(one for some in meant for one in some))
