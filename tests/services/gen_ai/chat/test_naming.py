"""Every strategy of a comparison is called differently, however they are called where they are stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.chat.contenders import distinct_names

NAME = st.sampled_from(["RSI", "rsi", "RSI (A)", "RSI (B)", "RSI (BB)", "x" * 80, "골든크로스"])
WANTED = st.lists(st.tuples(st.none() | NAME, NAME), min_size=2, max_size=5).filter(
    lambda wanted: len(given_names(wanted)) == len(set(given_names(wanted)))
)


def given_names(wanted: list[tuple[str | None, str]]) -> list[str]:
    return [fixed.casefold() for fixed, _ in wanted if fixed]


@pytest.mark.parametrize(
    ("fixed", "stored", "names"),
    [
        ([None, None], ["RSI", "SMA"], ["RSI", "SMA"]),
        ([None, None], ["RSI", "rsi"], ["RSI (A)", "rsi (B)"]),
        (["RSI", None], [None, "RSI"], ["RSI", "RSI (B)"]),
        (["RSI (B)", None, None], [None, "RSI", "RSI"], ["RSI (B)", "RSI (BB)", "RSI (C)"]),
        (["Mine", None], ["RSI", "RSI"], ["Mine", "RSI"]),
    ],
)
def test_a_letter_is_added_where_a_name_is_taken(
    fixed: list[str | None], stored: list[str | None], names: list[str]
) -> None:
    assert distinct_names(fixed, stored) == names


@given(WANTED)
def test_names_differ_and_given_ones_stay(wanted: list[tuple[str | None, str]]) -> None:
    """No two are alike, whatever their case; none is longer than a name may be."""
    names = distinct_names([fixed for fixed, _ in wanted], [stored for _, stored in wanted])
    assert len({name.casefold() for name in names}) == len(wanted)
    assert all(name == fixed for name, (fixed, _) in zip(names, wanted, strict=True) if fixed)
    assert all(len(name) <= 80 for name in names)
