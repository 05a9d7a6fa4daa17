"""What follows from figures, and how they are printed."""

import pytest

from app.simulator.answers.facts import Facts, printed
from app.simulator.answers.verdicts import recommendation, risk_level
from tests.tables import each_line


@each_line(
    ("metrics", "verdict"),
    [
        ({"sharpe_ratio": 1.2, "max_drawdown": -0.1, "total_return": 0.3}, "proceed"),
        ({"sharpe_ratio": 1.0, "max_drawdown": -0.25}, "proceed"),
        ({"sharpe_ratio": -0.1, "total_return": 0.01}, "reject"),
        ({"total_return": -0.01}, "reject"),
        ({"total_return": 0.3, "benchmark_return": 0.1, "max_drawdown": -0.4}, "optimise"),
        ({"sharpe_ratio": 1.5, "total_return": 0.3, "benchmark_return": 0.1, "max_drawdown": -0.4}, "optimise"),
        ({"total_return": 0.3, "benchmark_return": 0.4, "max_drawdown": -0.4}, "research"),
        ({"sharpe_ratio": 0.5}, "research"),
        ({}, "research"),
    ],
)
def test_the_verdict_follows_from_the_figures(metrics: dict[str, float], verdict: str) -> None:
    assert recommendation(Facts(metrics)) == verdict


@pytest.mark.parametrize(
    ("metrics", "level"),
    [
        ({"max_drawdown": -0.3}, "high"),
        ({"volatility": 0.3, "max_drawdown": -0.05}, "high"),
        ({"volatility": 0.1, "max_drawdown": -0.05}, "low"),
        ({"volatility": 0.2, "max_drawdown": -0.05}, "medium"),
        ({"volatility": 0.1}, "medium"),
    ],
)
def test_the_level_of_risk_follows_from_the_figures(metrics: dict[str, float], level: str) -> None:
    assert risk_level(Facts(metrics)) == level


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.1843, "18.4%"),
        ("total_return", 0.00123, "0.12%"),
        ("total_return", -1e-9, "0.00%"),
        ("sharpe_ratio", 0.789, "0.79"),
        ("sharpe_ratio", -0.001, "0.00"),
        ("total_trades", 42.0, "42"),
        ("final_value", 118430.5, "118,430.50"),
    ],
)
def test_figures_are_printed_plainly(name: str, value: float, text: str) -> None:
    assert printed(name, value) == text
