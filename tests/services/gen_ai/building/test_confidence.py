"""Confidence follows its table, never rises with what speaks against an answer, and says why."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.words import Language
from app.services.gen_ai.building.confidence import WORDS, Evidence, confidence, level_of
from tests.tables import each_line

SPOTLESS = Evidence(trades=100)


@each_line(
    ("evidence", "value"),
    [
        (SPOTLESS, 1.0),
        (Evidence(), 1.0),
        (replace(SPOTLESS, rejected_answers=1, violations=1), 0.88),
        (replace(SPOTLESS, rejected_answers=2, violations=3), 0.74),
        (replace(SPOTLESS, rejected_answers=3, violations=5), 0.60),
        (replace(SPOTLESS, rejected_answers=9, violations=99), 0.60),
        (replace(SPOTLESS, assumed_share=0.5), 0.85),
        (replace(SPOTLESS, assumed_share=1.0), 0.70),
        (replace(SPOTLESS, unheard=("9",)), 0.90),
        (replace(SPOTLESS, unheard=("9", "8", "7")), 0.80),
        (replace(SPOTLESS, trades=30), 1.0),
        (replace(SPOTLESS, trades=29), 0.90),
        (replace(SPOTLESS, trades=5), 0.90),
        (replace(SPOTLESS, trades=4), 0.80),
        (replace(SPOTLESS, trades=0), 0.80),
        (replace(SPOTLESS, problems=1), 0.80),
        (replace(SPOTLESS, problems=5), 0.60),
        (replace(SPOTLESS, wished="AAPL", symbol="GSPC"), 0.95),
        (Evidence(rejected_answers=3, violations=9, assumed_share=1, unheard=("1", "2"), trades=0, problems=2), 0.0),
    ],
)
def test_the_value_follows_the_table(evidence: Evidence, value: float) -> None:
    assert confidence(evidence, "en").value == value


@pytest.mark.parametrize(
    ("value", "level"), [(1, "high"), (0.8, "high"), (0.79, "medium"), (0.5, "medium"), (0.49, "low"), (0, "low")]
)
def test_the_level_follows_the_value(value: float, level: str) -> None:
    assert level_of(value) == level


EVIDENCE = st.builds(
    Evidence,
    rejected_answers=st.integers(1, 6),
    violations=st.integers(0, 20),
    assumed_share=st.floats(0, 1),
    unheard=st.lists(st.sampled_from(["5", "9 %", "200"]), max_size=4).map(tuple),
    trades=st.none() | st.integers(0, 200),
    problems=st.integers(0, 5),
    wished=st.none() | st.just("AAPL"),
)


def _worse(evidence: Evidence, what: str, more: int) -> Evidence:
    changes: dict[str, Any] = {
        "rejected_answers": evidence.rejected_answers + more,
        "violations": evidence.violations + more,
        "assumed_share": min(1.0, evidence.assumed_share + more / 20),
        "unheard": (*evidence.unheard, *["7"] * more),
        "trades": max(0, 200 if evidence.trades is None else evidence.trades - more * 10),
        "problems": evidence.problems + more,
        "wished": "MSFT",
    }
    return replace(evidence, **{what: changes[what]})


@given(
    EVIDENCE,
    st.sampled_from(["rejected_answers", "violations", "assumed_share", "unheard", "trades", "problems", "wished"]),
    st.integers(1, 20),
)
def test_more_of_what_speaks_against_an_answer_never_makes_it_surer(evidence: Evidence, what: str, more: int) -> None:
    before, after = confidence(evidence, "en"), confidence(_worse(evidence, what, more), "en")
    assert 0 <= after.value <= before.value <= 1


@given(EVIDENCE, st.sampled_from(["ko", "en"]))
def test_the_reasons_add_up_to_the_value(evidence: Evidence, language: Language) -> None:
    """Each sentence says what it takes off, so that nobody has to believe the sum."""
    found = confidence(evidence, language)
    off = [float(reason.rsplit("(-", 1)[1][:-1]) for reason in found.reasons if reason.endswith(")")]
    assert found.value == max(0.0, round(1 - sum(off), 2))
    assert found.level == level_of(found.value)
    assert len(found.reasons) >= 3


def test_every_reason_is_there_in_both_languages_with_the_same_figures() -> None:
    for words in WORDS.values():
        placeholders = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in words.values()]
        assert len(words) == 2
        assert placeholders[0] == placeholders[1]


def test_the_reasons_are_sentences() -> None:
    evidence = Evidence(rejected_answers=2, violations=3, assumed_share=0.4, unheard=("9", "5 %"), trades=12)
    assert confidence(evidence, "en").reasons == [
        "Answers rejected before this one: 2; violations found in them: 3. (-0.26)",
        "Share of the strategy that nobody gave and that was assumed: 40%. (-0.12)",
        "Numbers of the request that are not in the strategy: 9, 5 %. (-0.20)",
        "Trades that the dry run closed: 12, which says little. (-0.10)",
    ]
    assert confidence(replace(evidence, unheard=(), trades=None), "ko").reasons[-1] == (
        "팔지 않는 전략이므로 거래 횟수는 문제가 되지 않습니다."
    )
