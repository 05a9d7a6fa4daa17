"""The report page in a real browser: wide and narrow, light and dark, on screen and on paper."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from app.quant.words import Language
from app.services.gen_ai.reports.page import Curves, ReportDocument, to_html
from tests.fakes.bars import trading_days
from tests.fakes.hostile_texts import HOSTILE
from tests.fakes.report_documents import document, small

_WIDE, _NARROW, _NARROWEST = 1280, 390, 320
_OVERLAPS = """selector => {
  const found = [...document.querySelectorAll(selector)].map(each => each.getBoundingClientRect());
  const boxes = found.filter(box => box.width);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return [boxes.length, boxes.some((a, at) => boxes.slice(at + 1).some(b => meet(a, b)))];
}"""


@dataclass
class Opened:
    """A page, every address that it asked for, and everything that it complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def measure(self, script: str, argument: object = None) -> Any:
        return self.page.evaluate(script, argument)


Open = Callable[..., Opened]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    pages = []

    def opened(report: ReportDocument, width: int = _WIDE, colours: Literal["light", "dark"] = "light") -> Opened:
        file = tmp_path / "report.html"
        file.write_text(to_html(report), encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=colours)
        pages.append(page)
        found = Opened(page)
        page.on("request", lambda request: found.requests.append(request.url))
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("dialog", lambda dialog: found.complaints.append(dialog.message))
        page.goto(file.as_uri())
        return found

    yield opened
    for page in pages:
        page.close()


@pytest.fixture(params=["ko", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


@pytest.mark.parametrize("width", [_WIDE, _NARROW, _NARROWEST])
def test_nothing_is_wider_than_the_screen(open_page: Open, language: Language, width: int) -> None:
    """Tables scroll within themselves; the page does not."""
    opened = open_page(document(language), width)
    assert opened.measure("document.documentElement.scrollWidth") == width
    beyond = opened.measure(
        """width => [...document.querySelectorAll("body *")]
            .filter(each => !each.closest(".scroll") && each.getBoundingClientRect().right > width + 0.5)
            .map(each => each.outerHTML.slice(0, 80))""",
        width,
    )
    assert beyond == []


def test_on_a_wide_screen_no_table_has_to_be_scrolled(open_page: Open, language: Language) -> None:
    opened = open_page(document(language))
    assert (
        opened.measure("[...document.querySelectorAll('.scroll')].map(each => each.scrollWidth > each.clientWidth)")
        == [False] * 5
    )


@pytest.mark.parametrize("width", [_WIDE, _NARROW])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_both_charts_are_there_to_be_seen(
    open_page: Open, language: Language, width: int, colours: Literal["light", "dark"]
) -> None:
    """As wide as their column, with lines from edge to edge in a colour that is not the paper's."""
    opened = open_page(document(language), width, colours)
    paper = opened.measure("getComputedStyle(document.body).backgroundColor")
    for key in ("equity", "drawdown"):
        svg, line = opened.page.locator(f"svg.{key}"), opened.page.locator(f"svg.{key} .line.strategy")
        assert svg.is_visible()
        drawing, drawn = svg.bounding_box(), line.bounding_box()
        assert drawing is not None
        assert drawn is not None
        assert drawing["width"] > 0.65 * width
        assert drawing["height"] > 150
        assert drawn["width"] > 0.75 * drawing["width"]
        assert drawn["height"] > 0.25 * drawing["height"]
        assert line.evaluate("each => getComputedStyle(each).stroke") not in (paper, "none")


@pytest.mark.parametrize("width", [_WIDE, _NARROW, _NARROWEST])
def test_labels_of_the_axes_can_be_read(open_page: Open, language: Language, width: int) -> None:
    """No label covers another, none is cut at the edge, and letters do not shrink with the page."""
    opened = open_page(document(language), width)
    for key, values in (("equity", 5), ("drawdown", 4)):
        for axis, least in (("x", 4), ("y", values)):
            count, overlap = opened.measure(_OVERLAPS, f"svg.{key} text.{axis}")
            assert count >= least
            assert not overlap
    lefts = opened.measure("[...document.querySelectorAll('svg text')].map(each => each.getBoundingClientRect().left)")
    assert min(left for left in lefts if left != 0) > 0
    assert opened.measure("getComputedStyle(document.querySelector('svg text')).fontSize") == "12px"


@pytest.mark.parametrize("width", [_NARROW, _NARROWEST])
@pytest.mark.parametrize("trough", [1, 24, 25, 49])
def test_the_label_of_the_deepest_drawdown_stays_on_the_page(open_page: Open, width: int, trough: int) -> None:
    """Wherever the deepest day of fifty is."""
    values = tuple(60.0 if day == trough else 100.0 for day in range(50))
    whole = document("ko")
    measured = replace(whole.measured, curves=Curves(trading_days(50), values))
    box = open_page(replace(whole, measured=measured), width).page.locator("svg text.marker").bounding_box()
    assert box is not None
    assert 0 <= box["x"] < box["x"] + box["width"] <= width


def test_dark_is_dark_and_light_is_light(open_page: Open, language: Language) -> None:
    def paper(colours: Literal["light", "dark"]) -> int:
        background = open_page(document(language), colours=colours).measure(
            "getComputedStyle(document.body).backgroundColor"
        )
        return max(int(channel) for channel in re.findall(r"\d+", background))

    assert paper("light") == 255
    assert paper("dark") < 64


def test_the_page_asks_for_nothing_and_complains_about_nothing(open_page: Open, language: Language) -> None:
    opened = open_page(document(language))
    assert [url.rpartition("/")[2] for url in opened.requests] == ["report.html"]
    assert opened.complaints == []


def test_hostile_texts_run_nothing_and_ask_for_nothing(open_page: Open) -> None:
    text = " ".join(HOSTILE)
    opened = open_page(small(text), _NARROW)
    assert [url.rpartition("/")[2] for url in opened.requests] == ["report.html"]
    assert opened.complaints == []
    assert opened.measure("document.querySelectorAll('script, img, a, [onerror]').length") == 0
    assert opened.measure("document.documentElement.scrollWidth") == _NARROW
    assert "<script>alert(1)</script>" in opened.page.locator("h1").inner_text()


def test_a_word_without_end_does_not_widen_the_page(open_page: Open) -> None:
    opened = open_page(small("x" * 2000), _NARROW)
    assert opened.measure("document.documentElement.scrollWidth") == _NARROW


def test_a_screen_reader_finds_headings_tables_and_charts_by_their_names(open_page: Open) -> None:
    page = open_page(document("en")).page
    for name in ("Value of the account", "Drawdown"):
        assert page.get_by_role("img", name=name, exact=True).count() == 1
    for name in ("Figures", "Year by year", "Trades", "Fact check", "Claims in the text"):
        assert page.get_by_role("table", name=name).count() == 1
        assert page.get_by_role("heading", name=name, exact=True, level=2).count() == 1
    assert page.get_by_role("rowheader", name="Maximum drawdown").count() >= 1


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_on_paper_it_is_a4_with_light_colours(
    open_page: Open, language: Language, colours: Literal["light", "dark"]
) -> None:
    opened = open_page(document(language), colours=colours)
    printed = opened.page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert 3 <= len(sizes) <= 8
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {(595, 842)}
    opened.page.emulate_media(media="print", color_scheme=colours)
    assert opened.measure("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_on_paper_charts_and_rows_are_not_cut_and_tables_are_not_cut_off(open_page: Open, language: Language) -> None:
    """As wide as A4 without its margins, 178 mm: everything fits, and what must stay whole fits on a page."""
    opened = open_page(document(language))
    opened.page.set_viewport_size({"width": round(178 / 25.4 * 96), "height": 900})
    opened.page.emulate_media(media="print")
    assert opened.measure("document.documentElement.scrollWidth <= innerWidth")
    assert opened.measure(
        "[...document.querySelectorAll('.scroll')].every(each => each.scrollWidth <= each.clientWidth)"
    )
    whole = opened.measure(
        """[...document.querySelectorAll("figure, tr, footer")]
            .map(each => [getComputedStyle(each).breakInside, each.getBoundingClientRect().height])"""
    )
    page_height = (297 - 38) / 25.4 * 96
    assert len(whole) > 50
    assert all(style == "avoid" and height < page_height / 2 for style, height in whole)
