"""Which amount of money a number is."""

import re
from dataclasses import replace

from app.services.gen_ai.fact_check.lexicon.meanings import Meant
from app.services.gen_ai.fact_check.lexicon.senses import AMOUNTS
from app.services.gen_ai.fact_check.matching.beside import Beside
from app.services.gen_ai.fact_check.matching.bound import Binding
from app.services.gen_ai.fact_check.numbers.number import Number
from app.services.gen_ai.fact_check.text import Sentence

_FROM = re.compile(r"\b(?:from|turned|turning|turns)\s$", re.IGNORECASE)
_BECAME = re.compile(
    r"(?:에서|[를을]\s(?:굴려|맡|투자)|로\s시작(?!\s?(?:자금|자본)))|\s(?:shrank|grew|turned|became|dropped|rose|fell|went)\s"
)
_FROM_REACH = 9
_MORE_MONEY = re.compile(r"\s?(?:more|higher|above|richer|in profit|[이을를]?\s?(?:많|늘|불|더))")


def bound_amount(number: Number, found: Binding, sentence: Sentence, beside: Beside) -> Binding:
    """An amount beside its name is that one; elsewhere it is any that the words do not exclude."""
    start = max(0, number.start - _FROM_REACH)
    if _FROM.search(sentence.text, start, number.start) or _BECAME.match(sentence.text, number.end):
        return Binding((Meant("initial_cash"),))
    term = next((term for term, _ in beside.of(number)), None)
    meant = found.meant or ()
    if term is None or term.sense not in AMOUNTS:
        meant = (*meant, Meant("final_value"), Meant("initial_cash"), Meant("profit"))
    elif _MORE_MONEY.match(sentence.text, number.end):
        meant = (*meant, Meant("profit"))
    return replace(found, meant=meant)
