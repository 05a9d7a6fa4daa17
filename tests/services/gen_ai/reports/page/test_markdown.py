"""The Markdown of a report has everything but the drawing of its charts."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.quant.words import Language
from app.services.gen_ai.reports.page import Items, Measured, to_markdown
from app.services.gen_ai.reports.page.number_style import NOTHING
from app.services.gen_ai.reports.page.plain_text import plain
from tests.fakes.hostile_texts import hostile
from tests.fakes.report_documents import document, small


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _tokens(text: str) -> list[Token]:
    return _parser().parse(text)


def _headings(text: str) -> list[tuple[str, str]]:
    tokens = _tokens(text)
    pairs = pairwise(tokens)
    return [
        (opened.tag, "".join(child.content for child in inside.children or []))
        for opened, inside in pairs
        if opened.type == "heading_open"
    ]


def _levels(text: str) -> list[int]:
    return [int(tag[1]) for tag, _ in _headings(text)]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_headings_are_in_order_and_name_every_part(language: Language) -> None:
    text = to_markdown(document(language))
    levels = _levels(text)
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    names = [name for tag, name in _headings(text) if tag == "h2"]
    assert names == {
        "en": [
            "Summary", "Performance", "The strategy", "Risk assessment", "Against the benchmark", "Recommendations",
            "Figures", "Year by year", "Trades", "What this rests on", "Fact check", "Claims in the text",
            "About this report",
        ],
        "ko": [
            "요약", "성과 분석", "전략 분석", "위험 평가", "벤치마크 비교", "제안", "성과 지표", "연도별 성과",
            "거래 내역", "이 보고서의 근거", "사실 확인", "본문의 서술", "작성 정보",
        ],
    }[language]  # fmt: skip


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_sentence_of_the_report_is_there(language: Language) -> None:
    given_document = document(language)
    shown = "\n".join(
        "".join(child.content for child in token.children or [])
        for token in _tokens(to_markdown(given_document))
        if token.type == "inline"
    )
    sentences = [
        text
        for section in given_document.sections
        for block in section.blocks
        for text in (block.items if isinstance(block, Items) else (block.text,))
    ]
    assert len(sentences) > 15
    for text in (given_document.title, *sentences, *given_document.rules):
        assert text in shown


def test_tables_have_a_row_for_each_figure_and_say_why_one_is_missing() -> None:
    text = to_markdown(document("en"))
    assert "| Figure | Strategy | Benchmark |\n| --- | ---: | ---: |\n| Total return | 47.9% | 104.1% |\n" in text
    assert f"| Win rate | 46.8% | {NOTHING} (b) |" in text
    assert "- (b) The benchmark is bought once and held." in text
    assert "| 104.1% | Benchmark · Total return `benchmark.total_return` | 104.1% | matches |" in text


def test_the_charts_are_told_in_words() -> None:
    assert "**Value of the account:** From 1999-01-04 to 2018-12-31 the account went from 100,000 to" in to_markdown(
        document("en")
    )


def test_who_wrote_it_is_said_first_where_no_language_model_did() -> None:
    text = to_markdown(document("ko"))
    assert "\n> 이 보고서의 본문은 언어 모델이 아니라 내장 시뮬레이터가" in text
    written = replace(document("ko"), provenance=replace(document("ko").provenance, upstream="openai"))
    assert "시뮬레이터" not in to_markdown(written)
    assert "- 본문 작성: OpenAI\n- 모델: gpt-6-luna\n- 비용: USD 0.0004215\n" in to_markdown(written)


def test_a_cost_that_is_not_known_is_no_zero() -> None:
    assert f"- Cost: {NOTHING} (a part of it is not known)\n" in to_markdown(small("x"))


def test_of_a_backtest_without_curves_the_figures_remain() -> None:
    whole = document("en")
    known = Measured(symbol=None, first_day=None, last_day=None, strategy={"total_return": 0.1})
    text = to_markdown(replace(whole, measured=known, fact_check=None, rules=()))
    assert "| Total return | 10.0% |" in text
    assert "\nBacktest report: SMA 20/60\n" in text
    assert "None" not in text
    assert "Text not fact-checked" in text
    names = {name for tag, name in _headings(text) if tag == "h2"}
    assert not names & {"Year by year", "Trades", "What this rests on", "Fact check"}


@settings(max_examples=60)
@given(hostile)
def test_no_text_of_others_changes_what_the_document_is_made_of(text: str) -> None:
    """The same headings, lists and tables whatever the texts are, and no link, image, code or HTML from them."""
    given_text = f"x{' '.join(text.split())}"
    tokens = _tokens(to_markdown(small(given_text)))
    harmless = _tokens(to_markdown(small("x")))
    assert [token.type for token in tokens] == [token.type for token in harmless]
    inside = {child.type for token in tokens for child in token.children or []}
    assert inside == {"text", "strong_open", "strong_close", "code_inline"}
    title = tokens[1]
    assert "".join(child.content for child in title.children or []) == " ".join(plain(given_text).split())
