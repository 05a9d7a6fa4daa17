"""Digits of identifiers count nothing, and the numbers beside them still do."""

import pytest

from app.services.gen_ai.fact_check import Subject, check_text

_SUBJECT = Subject.of(
    {"strategy_name": "Alder", "metrics": {"trades": 12}, "parameters": {"sma_period": 20, "sma_period_2": 50}}
)


@pytest.mark.parametrize(
    ("text", "is_true"),
    [
        ("The run bt_01J8ZK3Q7M2 made 12 trades.", True),
        ("The run bt_...2 made 12 trades.", True),
        ("The parameter sma_period_2 is 50.", True),
        ("The parameter sma_period_2 is 60.", False),
        ("The run bt_12 made 13 trades.", False),
    ],
)
def test_an_identifier_is_no_number(text: str, is_true: bool) -> None:  # noqa: FBT001  a table's column
    assert check_text(text, [_SUBJECT], "en").passed == is_true
