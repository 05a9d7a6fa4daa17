"""The HTML page is one whole, correct file that runs and fetches nothing."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings

from app.quant.words import Language
from app.services.gen_ai.reports.page import Items, Measured, to_html
from app.services.gen_ai.reports.page.plain_text import plain
from tests.fakes.hostile_texts import hostile
from tests.fakes.html_tree import Element, read_html
from tests.fakes.report_documents import document, small

_LANGUAGES: tuple[Language, ...] = ("ko", "en")
_FETCHING = {
    "script",
    "link",
    "img",
    "iframe",
    "object",
    "embed",
    "video",
    "audio",
    "source",
    "form",
    "a",
    "base",
    "use",
}

_NAMING = ("aria-labelledby", "aria-describedby")


@pytest.fixture(params=_LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


@pytest.fixture
def page(language: Language) -> Element:
    return read_html(to_html(document(language)))


def test_the_file_says_its_language_its_letters_and_its_title(page: Element, language: Language) -> None:
    assert to_html(document(language)).startswith("<!DOCTYPE html>\n")
    assert page.one("html").attributes["lang"] == language
    assert page.all("meta")[0].attributes == {"charset": "utf-8"}
    (title,) = [each for each in page.one("head").children if isinstance(each, Element) and each.tag == "title"]
    assert title.text == page.one("h1").text == document(language).title


def test_nothing_runs_and_nothing_is_fetched(page: Element, language: Language) -> None:
    text = to_html(document(language))
    assert "://" not in text
    assert "url(" not in text
    elements = page.all()
    assert not {each.tag for each in elements} & _FETCHING
    names = {name for each in elements for name in each.attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"href", "src", "style", "srcset"}
    policy = next(each for each in page.all("meta") if "http-equiv" in each.attributes)
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_headings_descend_one_level_at_a_time(page: Element) -> None:
    levels = [int(each.tag[1]) for each in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_every_table_says_what_its_cells_belong_to(page: Element) -> None:
    tables = page.all("table")
    assert len(tables) == 5
    for table in tables:
        assert page.by_id(table.attributes["aria-labelledby"]).tag == "h2"
        columns = table.one("thead").all("th")
        assert {each.attributes["scope"] for each in columns} == {"col"}
        for row in (row for body in table.all("tbody") for row in body.all("tr")):
            cells = row.all("th", "td")
            if cells[0].attributes["scope"] == "rowgroup":
                assert int(cells[0].attributes["colspan"]) == len(columns)
            else:
                assert [each.tag for each in cells] == ["th", *["td"] * (len(columns) - 1)]
                assert cells[0].attributes["scope"] == "row"


def test_ids_are_unique_and_whatever_names_one_finds_it(page: Element) -> None:
    ids = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    named = [each.attributes[name] for each in page.all() for name in _NAMING if name in each.attributes]
    assert len(named) == 9
    assert set(named) <= set(ids)


def test_both_charts_have_a_title_and_a_description(page: Element) -> None:
    drawings = [each for each in page.all("svg") if each.attributes.get("role") == "img"]
    assert [each.attributes["class"] for each in drawings] == ["equity", "drawdown"]
    for drawing in drawings:
        title, description = drawing.one("title"), drawing.one("desc")
        assert drawing.attributes["aria-labelledby"] == title.attributes["id"]
        assert drawing.attributes["aria-describedby"] == description.attributes["id"]
        assert len(title.text) > 3
        assert len(description.text) > 30
        assert [each.attributes["class"] for each in drawing.all("path")][-1] == "line strategy"


def test_all_prose_figures_rules_and_assumptions_are_on_the_page(page: Element, language: Language) -> None:
    given_document, shown = document(language), page.one("main").text
    sentences = [
        text
        for section in given_document.sections
        for block in section.blocks
        for text in (block.items if isinstance(block, Items) else (block.text,))
    ]
    assert len(sentences) > 15
    for text in (*sentences, *given_document.rules, "47.9%", "104.1%", "USD 0.0004215", "2026-11-23 12:00 UTC"):
        assert text in shown
    assert ("연 2%" if language == "ko" else "2% a year") in shown


def test_the_simulator_is_named_where_it_wrote_the_text_and_nowhere_else(language: Language) -> None:
    word = "시뮬레이터" if language == "ko" else "simulator"
    simulated, written = document(language), replace(document(language).provenance, upstream="openai")
    notes = [each for each in read_html(to_html(simulated)).all("p") if each.attributes.get("class") == "note"]
    assert [word in note.text for note in notes] == [True]
    assert word not in to_html(replace(simulated, provenance=written)).lower()


def test_a_report_without_curves_trades_and_check_is_a_page_all_the_same(language: Language) -> None:
    whole = document(language)
    measured = Measured(
        symbol="X", first_day=whole.measured.first_day, last_day=whole.measured.last_day, strategy={"total_return": 0.1}
    )
    bare = replace(whole, measured=measured, fact_check=None, rules=(), sections=(), verdict=None, risk_level=None)
    page = read_html(to_html(bare))
    assert page.all("svg") == []
    assert [table.attributes["aria-labelledby"] for table in page.all("table")] == ["figures-name"]
    assert [item.attributes["class"] for item in page.all("li")] == ["unknown"]


def test_what_is_not_known_of_a_backtest_is_left_out_of_its_heading(language: Language) -> None:
    measured = Measured(symbol=None, first_day=None, last_day=None, strategy={"total_return": 0.1})
    page = to_html(replace(document(language), measured=measured))
    (subject,) = [each for each in read_html(page).all("p") if each.attributes.get("class") == "subject"]
    assert subject.text == "SMA 20/60"
    assert "None" not in page


def test_a_page_of_twenty_years_is_smaller_than_300_kilobytes(language: Language) -> None:
    assert len(document(language).measured.curves.days) == 5031  # type: ignore[union-attr]  # Measured.of_result gives it
    assert len(to_html(document(language)).encode()) < 300_000


@settings(max_examples=60)
@given(hostile)
def test_no_text_of_others_changes_what_the_page_is_made_of(text: str) -> None:
    """Exactly the same elements and attributes, whatever the texts are; and the text is shown as it is."""
    given_text = f"x{' '.join(text.split())}"
    page = read_html(to_html(small(given_text)))
    assert page.shape == read_html(to_html(small("x"))).shape
    assert page.one("h1").text == " ".join(plain(given_text).split())
    attributes = {value for each in page.all() for value in each.attributes.values()}
    assert not [value for value in attributes if re.search(r"javascript:|alert", value)]


def test_marks_that_turn_digits_around_never_reach_the_page() -> None:
    page = to_html(small("\u202e3.21\u202c%"))
    assert "3.21%" in page
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)


def test_the_same_document_always_gives_the_same_page(language: Language) -> None:
    assert to_html(document(language)) == to_html(document(language))
