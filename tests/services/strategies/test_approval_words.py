"""Why a person must approve, from the data, in both languages."""

from typing import Any

import pytest

from app.quant.words import Language
from app.services.strategies.builds import approval_reasons, only_explained, waived
from tests.fakes.strategies import plan


@pytest.mark.parametrize(
    ("assumptions", "risk", "said"),
    [
        (0, {"stop_loss": 0.1}, 1),
        (2, {"stop_loss": 0.1}, 2),
        (0, {}, 2),
        (0, {"stop_loss": 0.1, "position_size": 0.5}, 1),
        (3, {"position_size": 0.51}, 4),
    ],
)
def test_both_languages_say_as_much(assumptions: int, risk: dict[str, Any], said: int) -> None:
    for language in ("ko", "en"):
        assert len(approval_reasons(plan(**risk), assumptions, language)) == said


def test_figures_are_those_of_the_data() -> None:
    english, korean = (approval_reasons(plan(position_size=0.75), 2, language) for language in ("en", "ko"))
    assert english[1] == "The model made 2 assumptions where the query left something open."
    assert english[-1] == "It puts 75% of the capital into one position."
    assert "2가지" in korean[1]
    assert "75%" in korean[-1]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_other_reasons_are_in_the_language_too(language: Language) -> None:
    for sentence in (waived(language), only_explained(language)):
        assert sentence.isascii() == (language == "en")
