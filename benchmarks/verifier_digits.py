"""Of all figures of the clean reports, each with another last digit: the share that the fact check refuses.

Many more errors than anybody writes by hand, but of one kind, and some of them true by chance (the rival's figure).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.services.gen_ai.fact_check import check_text
from tests.services.gen_ai.fact_check.corpus import PARTS, Case, check, load, subjects

_AWAY = 3


@dataclass(frozen=True, slots=True)
class Digits:
    changed: int
    refused: int


def changed_digits() -> Digits:
    refused = [
        not check_text(text, subjects(case.about), case.language).passed
        for part in PARTS
        for case in load(part)
        if case.doctored is None
        for text in _changed(case)
    ]
    return Digits(len(refused), sum(refused))


def _changed(case: Case) -> Iterator[str]:
    """The text once for each number in digits that states a fact."""
    for number in check(case).numbers:
        digits = list(re.finditer(r"\d", case.line[number.start : number.end]))
        if number.status == "matched" and number.value is not None and digits:
            place = number.start + digits[-1].start()
            other = (int(case.text[place]) + _AWAY) % 10
            yield f"{case.text[:place]}{other}{case.text[place + 1 :]}"
