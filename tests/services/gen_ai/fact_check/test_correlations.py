"""A correlation is a fact of two strategies, where it is known."""

import pytest

from app.quant.words import Language
from app.services.gen_ai.fact_check import Correlated, Subject, check_text

_SUBJECTS = [
    Subject.of({"strategy_name": name, "metrics": {"total_return": value}})
    for name, value in (("Alder", 0.2), ("Birch", 0.3), ("Cedar", 0.1))
]
_KNOWN = [
    Correlated(("Alder", "Birch"), 0.314),
    Correlated(("Alder", "Cedar"), -0.12),
    Correlated(("Birch", "Cedar"), 0.62),
]


@pytest.mark.parametrize(
    ("language", "text", "fact"),
    [
        ("en", "The correlation between Alder and Birch is 0.31.", "correlation(Alder.returns, Birch.returns)"),
        ("en", "The returns of Birch and Cedar are correlated (0.62).", "correlation(Birch.returns, Cedar.returns)"),
        ("en", "Alder and Cedar have a correlation of -0.12.", "correlation(Alder.returns, Cedar.returns)"),
        ("ko", "Alder와 Birch의 상관계수는 0.31입니다.", "correlation(Alder.returns, Birch.returns)"),
        ("en", "The correlation between Alder and Birch is 0.62.", None),
        ("en", "Alder and Cedar have a correlation of 0.12.", None),
        ("ko", "Alder와 Birch의 상관계수는 0.13입니다.", None),
    ],
)
def test_a_correlation_is_that_of_the_two_who_are_named(language: Language, text: str, fact: str | None) -> None:
    """The true one is listed with its fact; that of another pair, another sign and another digit are refused."""
    found = check_text(text, _SUBJECTS, language, _KNOWN)
    assert [one.fact.name if one.fact else None for one in found.numbers] == [fact]
    assert found.passed == (fact is not None)


def test_a_correlation_that_nobody_computed_is_refused() -> None:
    assert check_text("The correlation between Alder and Birch is 0.31.", _SUBJECTS, "en").violations


def test_a_correlation_of_somebody_else_is_an_error() -> None:
    with pytest.raises(ValueError, match="Dogwood"):
        check_text("Nothing.", _SUBJECTS, "en", [Correlated(("Alder", "Dogwood"), 0.5)])
