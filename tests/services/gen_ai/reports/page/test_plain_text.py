"""Texts of others lose what would change the text around them, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.reports.page.plain_text import paragraphs, plain
from tests.tables import each_line


def test_marks_that_turn_the_direction_of_writing_are_taken_out() -> None:
    """With U+202E before it 3.21 is shown as 12.3."""
    assert plain("\u202e3.21\u202c and \u2067x\u2069\u200f\u200e\u061c") == "3.21 and x"


def test_controls_are_taken_out_and_halves_of_characters_replaced() -> None:
    assert plain("a\x00b\x1b[31m\x7f\ufeff") == "ab[31m"
    assert plain("half \ud800") == "half \ufffd"


@each_line("end", ["\r\n", "\r", "\n", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"])
def test_every_line_end_becomes_a_line_feed(end: str) -> None:
    assert plain(f"a{end}b") == "a\nb"


def test_words_in_every_script_stay_as_they_are() -> None:
    text = "한국어 שלום العربية 日本語 e\u0301 \U0001f4c8 <b>&amp;</b>\tx"
    assert plain(text) == text


@given(st.text(st.characters(), max_size=60))
def test_a_plain_text_can_be_written_as_utf_8_and_stays_the_same_when_made_plain_again(text: str) -> None:
    once = plain(text)
    once.encode("utf-8")
    assert plain(once) == once


def test_empty_lines_divide_paragraphs_and_other_line_ends_do_not() -> None:
    assert paragraphs("one\ntwo\n \n\nthree\r\n\r\nfour  five ") == ["one two", "three", "four five"]
    assert paragraphs(" \n ") == []
