from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.tokenizer import Encoding, beginning, count_tokens, decode, encode, fits

ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

# From the documentation of tiktoken (https://github.com/openai/tiktoken) and its tests.
KNOWN: list[tuple[str, Encoding, list[int]]] = [
    ("hello world", "o200k_base", [24912, 2375]),
    ("hello world", "cl100k_base", [15339, 1917]),
    ("", "o200k_base", []),
    ("", "cl100k_base", []),
]


@pytest.mark.parametrize(("text", "encoding", "tokens"), KNOWN)
def test_tokens_are_the_ones_of_openais_vocabularies(text: str, encoding: Encoding, tokens: list[int]) -> None:
    """The same ids as tiktoken gives."""
    assert encode(text, encoding) == tokens
    assert count_tokens(text, encoding) == len(tokens)


def test_the_newer_vocabulary_is_the_usual_one() -> None:
    """gpt-4o and everything after it."""
    assert encode("hello world") == encode("hello world", "o200k_base")
    assert count_tokens("hello world") == 2
    assert decode([24912, 2375]) == "hello world"


def test_the_newer_vocabulary_is_better_at_other_languages() -> None:
    """Fewer tokens for the same Japanese text: the two are not the same vocabulary under two names."""
    text = "移動平均線が交差したら買います。"
    assert count_tokens(text, "o200k_base") < count_tokens(text, "cl100k_base")


def test_a_cut_character_decodes_to_nothing() -> None:
    """Half of an emoji is no text; nothing is raised."""
    tokens = encode("🧬")
    assert len(tokens) > 1
    assert decode(tokens[:1]) == ""
    assert decode(tokens) == "🧬"


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=st.text(max_size=200))
@settings(max_examples=50, deadline=None)
def test_what_is_encoded_can_be_read_back(text: str, encoding: Encoding) -> None:
    """No text is lost, and the count is the number of tokens."""
    tokens = encode(text, encoding)
    assert decode(tokens, encoding) == text
    assert count_tokens(text, encoding) == len(tokens)


@given(text=st.text(max_size=200))
@settings(max_examples=50, deadline=None)
def test_no_text_has_more_tokens_than_bytes(text: str) -> None:
    """Each token stands for at least one byte of UTF-8: an upper bound for estimates."""
    assert count_tokens(text) <= len(text.encode())


@given(text=st.text(max_size=200) | st.text(alphabet=" a날🧬", max_size=3000), tokens=st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_a_beginning_fits_and_is_all_of_what_fits(text: str, tokens: int) -> None:
    """It begins the text, keeps to the limit, and is the whole where the whole keeps to it."""
    start = beginning(text, tokens)
    assert text.startswith(start)
    assert count_tokens(start) <= tokens
    assert fits(text, tokens) == (count_tokens(text) <= tokens)
    assert (start == text) == fits(text, tokens)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_token_is_longer_than_the_longest(encoding: Encoding) -> None:
    """What has more bytes than so many tokens can have is too long, without being counted."""
    last = 100_256 if encoding == "cl100k_base" else 199_998
    assert max(len(decode([token], encoding).encode()) for token in range(last)) == 128
