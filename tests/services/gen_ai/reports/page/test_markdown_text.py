"""Any text stays exactly this text in Markdown: checked with a parser of CommonMark and tables."""

from functools import cache

from hypothesis import example, given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.services.gen_ai.reports.page.markdown import code, inline, line
from app.services.gen_ai.reports.page.plain_text import plain
from tests.fakes.hostile_texts import HOSTILE, hostile
from tests.tables import each_line


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _one_line(text: str) -> str:
    return " ".join(plain(text).split())


def _shown(token: Token) -> str:
    """The text of an inline token that holds nothing but text."""
    assert {child.type for child in token.children or []} <= {"text"}, token
    return "".join(child.content for child in token.children or [])


@given(hostile)
@example("a\\")
@example("1)")
@example("1234567890. not a list, it has ten digits")
def test_a_line_is_one_paragraph_with_this_text_and_nothing_else(text: str) -> None:
    tokens = _parser().parse(line(text))
    if not _one_line(text):
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert _shown(tokens[1]) == _one_line(text)


@given(hostile)
def test_an_item_of_a_list_is_this_text(text: str) -> None:
    tokens = [token for token in _parser().parse(f"- {line(text)}\n- {line(text)}") if token.type == "inline"]
    assert [_shown(token) for token in tokens] == ([_one_line(text)] * 2 if _one_line(text) else [])


@given(hostile)
def test_a_heading_is_this_text(text: str) -> None:
    tokens = _parser().parse(f"# {inline(text)}")
    assert [token.type for token in tokens] == ["heading_open", "inline", "heading_close"]
    assert _shown(tokens[1]) == _one_line(text)


@given(hostile)
def test_a_cell_of_a_table_is_this_text_and_stays_one_cell(text: str) -> None:
    tokens = _parser().parse(f"| a | b |\n| --- | --- |\n| {inline(text)} | x |")
    cells = [token for token in tokens if token.type == "inline"]
    assert [_shown(token) for token in cells] == ["a", "b", _one_line(text), "x"]


@given(hostile)
def test_code_in_a_cell_is_this_text(text: str) -> None:
    wanted = _one_line(text)
    tokens = _parser().parse(f"| a |\n| --- |\n| x {code(text)} |")
    (cell,) = [token for token in tokens if token.type == "inline"][1:]
    children = [child for child in cell.children or [] if child.content.strip()]
    if not wanted:
        assert [child.type for child in children] == ["text"]
        return
    assert [child.type for child in children] == ["text", "code_inline"]
    assert children[1].content == wanted


@each_line("text", HOSTILE)
def test_no_bare_address_is_left_that_github_makes_a_link(text: str) -> None:
    for address in ("http://", "https://", "www."):
        assert address not in inline(text)


def test_ordinary_prose_stays_readable_as_it_is() -> None:
    text = "전략의 수익률은 12.3%이고, 샤프 비율은 0.18입니다. It fell by 5% (2008-10-10)!"
    assert line(text) == text
