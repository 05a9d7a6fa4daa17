"""JSON values that no server should send, and that some do."""

from typing import Any

from hypothesis import strategies as st

_TEXTS = st.text(st.characters(exclude_categories=()), max_size=6)
"""With lone halves of surrogate pairs."""
_NUMBERS = st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([0, 1, 2**63, 2**64 - 35, -1, 1000.0])
_SCALARS = st.none() | st.booleans() | _NUMBERS | _TEXTS


def json_with(*names: str) -> st.SearchStrategy[Any]:
    """Any JSON, with members of these names, so that it goes where a reader looks."""
    keys = st.sampled_from(names) | _TEXTS
    return st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )


JSON: st.SearchStrategy[Any] = json_with("")
