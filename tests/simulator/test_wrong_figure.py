"""A report with one wrong figure, on request."""

import json

import pytest

from app.simulator.flaws import flawed_text, with_wrong_figure


def test_one_number_of_the_prose_is_another() -> None:
    answer = {"level": 1.5, "title": "Ten", "texts": ['From 2020-01-02 on it made "18.4 %".', "Sharpe ratio: 0.79"]}
    assert with_wrong_figure(answer) == answer | {
        "texts": ['From 2020-01-02 on it made "32.1 %".', "Sharpe ratio: 0.79"]
    }


def test_korean_stays_as_it_is() -> None:
    text = flawed_text("wrong_figure", json.dumps({"a": "총수익률은 -0.79%입니다."}))
    assert text == '{"a": "총수익률은 -14.49%입니다."}'


@pytest.mark.parametrize("text", ["no JSON", "[1.5]", '{"a": "ten of 20", "b": 1.5}'])
def test_without_a_figure_in_prose_there_is_nothing_to_get_wrong(text: str) -> None:
    assert flawed_text("wrong_figure", text) is None
