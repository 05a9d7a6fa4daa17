"""The page has all its words in both languages."""

import re
from dataclasses import fields, is_dataclass
from string import Formatter
from typing import Any, get_args

import pytest

from app.quant.backtest import CONVENTIONS
from app.services.gen_ai.reports.page import RiskLevel, Verdict
from app.services.gen_ai.reports.page.measured import Mark
from app.services.gen_ai.reports.page.number_style import METRICS, Absence, Group
from app.services.gen_ai.reports.page.words import Words
from app.services.gen_ai.reports.page.words_en import ENGLISH
from app.services.gen_ai.reports.page.words_ko import KOREAN


def _all(words: Any, path: str = "") -> dict[str, str]:
    if is_dataclass(words):
        members = {field.name: getattr(words, field.name) for field in fields(words)}
    elif isinstance(words, str):
        return {path: words}
    else:
        members = dict(words)
    return {name: text for key, value in members.items() for name, text in _all(value, f"{path}/{key}").items()}


def test_both_languages_have_the_same_words_with_the_same_gaps() -> None:
    english, korean = _all(ENGLISH), _all(KOREAN)
    assert english.keys() == korean.keys()
    assert len(english) > 100
    for name, text in english.items():
        gaps = {gap for _, gap, _, _ in Formatter().parse(text) if gap}
        assert gaps == {gap for _, gap, _, _ in Formatter().parse(korean[name]) if gap}, name


def test_korean_words_are_korean_and_english_ones_are_not() -> None:
    proper = {"OpenAI"}
    for name, text in _all(KOREAN).items():
        only_gaps = not re.sub(r"\{\w+\}|[~ ]", "", text)
        assert re.search("[가-힣]", text) or text in proper or only_gaps, name
    assert not [name for name, text in _all(ENGLISH).items() if re.search("[가-힣]", text)]


@pytest.mark.parametrize("words", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_there_is_a_word_for_everything_that_may_be_said(words: Words) -> None:
    assert set(words.verdicts) == set(get_args(Verdict))
    assert set(words.risk_levels) == set(get_args(RiskLevel))
    assert set(words.groups) == set(get_args(Group))
    assert set(words.absences) == set(get_args(Absence))
    assert set(words.trades.marks) == set(get_args(Mark))
    assert set(words.metrics) == {metric.name for metric in METRICS}


@pytest.mark.parametrize("words", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_the_conventions_of_today_are_translated(words: Words) -> None:
    """Where a convention changes, its old translation is no longer found, and this fails."""
    assert {CONVENTIONS.drawdown, CONVENTIONS.value_at_risk} == set(words.translated)
