"""Topics of which a text may speak only where there are facts for them."""

import pytest

from app.quant.words import Language
from app.services.gen_ai.fact_check import Subject, check_text

_BARE = Subject.of({"strategy_name": "Alder", "metrics": {"total_return": 0.1, "beta": 0.5}})
_FULL = Subject.of(
    {
        "strategy_name": "Alder",
        "metrics": {"total_return": 0.1, "var_95": -0.02},
        "sensitivity": [{"parameter": "short_window", "value": 30, "metrics": {"total_return": 0.12}}],
        "regimes": [{"name": "bull", "metrics": {"total_return": 0.2}}],
    }
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Its sensitivity to the window is small."),
        ("en", "Tail risk is contained."),
        ("en", "It shines in bull markets."),
        ("ko", "꼬리 위험이 작다."),
        ("ko", "강세장에서 강하다."),
        ("ko", "파라미터를 바꿔도 결과가 안정적이다."),
    ],
)
def test_a_topic_needs_facts(language: Language, text: str) -> None:
    assert check_text(text, [_BARE], language).violations
    assert check_text(text, [_FULL], language).violations == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It did best when there were rate hikes."),
        ("ko", "금리 인상기에 특히 강했다."),
        ("ko", "인플레이션 국면에서 강했다."),
    ],
)
def test_nobody_measures_what_interest_rates_did(language: Language, text: str) -> None:
    assert check_text(text, [_FULL], language).violations


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Tail risk was not measured."),
        ("en", "We recommend testing its sensitivity to the window."),
        ("ko", "꼬리 위험은 측정되지 않았다."),
        ("ko", "시장 민감도가 낮다."),
    ],
)
def test_what_is_missing_or_advised_or_a_beta_is_no_claim(language: Language, text: str) -> None:
    assert check_text(text, [_BARE], language).violations == ()
