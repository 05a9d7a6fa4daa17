"""A report of the model becomes sections, in both languages, with nothing lost."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.quant.words import Language
from app.schemas.gen_ai.narrative_report import Report
from app.services.gen_ai.reports.page import Items, Paragraph, Section, sections_of
from tests.fakes.report_documents import long_backtest, report_on


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)


def _shown(sections: tuple[Section, ...]) -> Iterator[str]:
    for block in (block for section in sections for block in section.blocks):
        if block.label:
            yield block.label
        yield from block.items if isinstance(block, Items) else [block.text]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_text_of_the_report_stands_in_a_section_once(language: Language) -> None:
    report = report_on(long_backtest(), language)
    told = list(
        _texts(
            report.model_dump(exclude={"executive_summary": {"title", "recommendation"}, "risk_assessment": {"level"}})
        )
    )
    shown = list(_shown(sections_of(report, language)))
    assert len(told) > 20
    for text in told:
        assert shown.count(text) == 1, text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_sections_that_a_brief_report_leaves_out_have_no_heading(language: Language) -> None:
    report = report_on(long_backtest(), language)
    brief = report.model_copy(
        update=dict.fromkeys(("performance_analysis", "strategy_insights", "risk_assessment", "market_context"))
        | {"recommendations": []}
    )
    (summary,) = sections_of(brief, language)
    assert summary.heading == ("요약" if language == "ko" else "Summary")


def test_a_text_that_is_null_has_no_label() -> None:
    report = report_on(long_backtest(), "en")
    assert report.risk_assessment is not None
    without = report.model_copy(
        update={"risk_assessment": report.risk_assessment.model_copy(update={"tail_risk": None})}
    )
    labels = [block.label for section in sections_of(without, "en") for block in section.blocks]
    assert "Volatility" in labels
    assert "Tail risk" not in labels


def test_every_field_of_the_schema_has_a_label() -> None:
    """A field that is added to the report and not to the page fails here, not in front of a reader."""
    for language in ("ko", "en"):
        report = report_on(long_backtest(), language)
        assert set(report.model_dump()) == set(Report.model_fields)
        for section in sections_of(report, language):
            assert section.heading


def test_what_has_no_label_belongs_to_the_label_before_and_what_is_empty_is_left_out() -> None:
    opening, action, steps = Paragraph("a"), Paragraph("b", label="B"), Items(("c",))
    section = Section("S", (opening, action, steps, Items((), label="none"), Paragraph(" \n", label="blank")))
    assert section.parts() == ((None, (opening,)), ("B", (action, steps)))


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("en", ["Sensitivity to the parameters", "Rising and falling markets"]),
        ("ko", ["파라미터 민감도", "강세장과 약세장"]),
    ],
)
def test_sensitivity_and_regimes_are_sections_where_they_are_written_about(
    language: Language, headings: list[str]
) -> None:
    report = report_on(long_backtest(), language)
    without = [section.heading for section in sections_of(report, language)]
    spoken = report.model_copy(update={"sensitivity": "It hangs on little.", "regimes": "It fell with the market."})
    found = [section.heading for section in sections_of(spoken, language)]
    assert [heading for heading in found if heading not in without] == headings
