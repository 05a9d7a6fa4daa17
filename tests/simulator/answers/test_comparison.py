"""Comparisons repeat the ranking and its figures."""

import re
from typing import Any

import pytest

from app.quant.words import Language
from app.services.gen_ai.chat.comparison import compared
from app.services.gen_ai.chat.comparison_answer import verify_comparison
from app.services.gen_ai.chat.contenders import Contender
from tests.simulator.answers.asking import comparison_for

RANKING: list[dict[str, Any]] = [
    {"name": "Slow", "rank": 2, "metrics": {"total_return": 0.12, "sharpe_ratio": 0.8, "max_drawdown": -0.1}},
    {"name": "Fast", "rank": 1, "metrics": {"total_return": 0.25, "sharpe_ratio": 0.8, "max_drawdown": -0.3}},
    {"name": "Idle", "rank": 3, "metrics": {"total_return": 0.02, "sharpe_ratio": None}},
]
NAMES = ["total_return", "sharpe_ratio", "max_drawdown"]


def _compared(language: str = "en", ranking: object = RANKING, metrics: object = NAMES) -> dict[str, str]:
    data = {"language": language, "question": None, "metrics": metrics, "ranking": ranking}
    return comparison_for(data).model_dump()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_first_of_the_ranking_is_recommended(language: str) -> None:
    """The recommendation names the first, and the verifier of the service finds nothing wrong."""
    data = {"language": language, "metrics": NAMES, "ranking": RANKING}
    answer = comparison_for(data)
    known = [Contender(one["name"], one["metrics"]) for one in RANKING]
    spoken: Language = "ko" if language == "ko" else "en"
    ranks = compared(known, ["total_return", "sharpe_ratio", "max_drawdown"], spoken)
    assert verify_comparison(answer, ranks, spoken).violations == []
    assert "Fast" in answer.recommendation
    assert "Slow" not in answer.recommendation


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_number_is_given(language: str) -> None:
    """The prose holds the figures as percent and ratios, and no other number."""
    answer = _compared(language)
    numbers = set(re.findall(r"-?[0-9][0-9.,]*[0-9]%?", " ".join(answer.values())))
    assert numbers == {"12.0%", "25.0%", "2.0%", "0.80", "-10.0%", "-30.0%"}


def test_the_reasons_go_metric_by_metric() -> None:
    reasoning = _compared()["reasoning"]
    assert "total return: Fast with 25.0% is higher than Slow with 12.0%." in reasoning
    assert "Sharpe ratio: Fast and Slow both have 0.80." in reasoning
    assert "maximum drawdown: Fast with -30.0% is lower than Slow with -10.0%." in reasoning


def test_what_was_not_measured_is_said() -> None:
    assert "Idle: total return 2.0%, Sharpe ratio not measured" in _compared()["summary"]


def test_strategies_on_a_level_are_named() -> None:
    level = [one | {"rank": 1} for one in RANKING[:2]]
    assert "Level with it: Fast." in _compared(ranking=level)["recommendation"]


def test_metrics_that_nobody_named_come_from_the_ranking() -> None:
    """Unknown metrics are printed as ratios under their own names."""
    ranking = [{"name": "A", "rank": 1, "metrics": {"omega_ratio": 1.234}}, {"name": "B", "rank": 2}]
    answer = _compared(ranking=ranking, metrics=None)
    assert answer["summary"] == "A: omega ratio 1.23. B: omega ratio not measured."
    assert "omega" not in answer["reasoning"]


def test_one_strategy_without_figures() -> None:
    assert _compared(ranking=[{"name": "A", "rank": 1}], metrics=[])["summary"] == "A: no figures given."


@pytest.mark.parametrize("ranking", [None, "none", [], [{"rank": 1}], [3]])
def test_nothing_to_compare_is_said(ranking: object) -> None:
    assert _compared(ranking=ranking)["recommendation"] == "No strategies to compare were given."
