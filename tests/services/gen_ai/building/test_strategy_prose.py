"""What a model writes about a strategy says only numbers that the strategy, or the request, has."""

import pytest

from app.services.gen_ai.building.verifier import prose_violations
from tests.fakes.briefs import answer, brief, choice
from tests.fakes.strategies import plan

INVENTED = "is not a number of the strategy; take it out, and invent no figures"


def test_the_numbers_of_the_strategy_and_of_the_request_may_be_said() -> None:
    said = answer(
        plan(stop_loss=0.05),
        explanation="Buys at 2 steps: below 30 of the 14-day RSI; sells above 70, or 5 % below. You asked for 9.",
    )
    asked = brief(
        "Buy when the RSI is low, 9 times", context="I lost 40% once", preferences={"max_position_size": 0.25}
    )
    assert list(prose_violations(said, asked)) == []
    said = answer(explanation="You lost 40 % once and allow 25 %.")
    assert list(prose_violations(said, asked)) == []


def test_an_invented_figure_is_told_once_wherever_it_stands() -> None:
    said = answer(
        plan().model_copy(update={"description": "Wins 80% of the time"}),
        explanation="It returns 42 % a year, yes 42 %, with a Sharpe ratio of 1.7.",
        parameters=(choice("RSI(14).period", reason="Best of 900 trials."),),
    )
    assert list(prose_violations(said, brief())) == [
        f"explanation: 42 % {INVENTED}",
        f"explanation: 1.7 {INVENTED}",
        f"strategy.description: 80% {INVENTED}",
        f"parameters[0].reason: 900 {INVENTED}",
    ]


def test_what_is_explained_has_its_own_numbers() -> None:
    existing = plan(stop_loss=0.05)
    wrong = answer(existing, "explain", explanation="Sells above 70, or when it is down 8 %.")
    assert list(prose_violations(wrong, brief("How does this work?", strategy=existing))) == [
        f"explanation: 8 % {INVENTED}"
    ]


def test_a_change_may_be_told_from_the_old_number_to_the_new_one() -> None:
    said = answer(plan(stop_loss=0.03), "modify", explanation="The stop loss goes from 5 % to 3 %.")
    assert list(prose_violations(said, brief("Closer stop please", strategy=plan(stop_loss=0.05)))) == []


def test_a_description_that_was_there_before_is_not_the_models() -> None:
    existing = plan().model_copy(update={"description": "Made in 2008 for 77 friends"})
    asked = brief("How does this work?", strategy=existing)
    assert list(prose_violations(answer(existing, "explain"), asked)) == []


@pytest.mark.parametrize("text", ["RSI 14/30 wonder 99 buys low.", "RSI 14/30 wonder 99 does.", "The old 88 one."])
def test_names_may_hold_any_number(text: str) -> None:
    named = plan().model_copy(update={"name": "RSI 14/30 wonder 99"})
    existing = plan().model_copy(update={"name": "The old 88 one"})
    assert list(prose_violations(answer(named, "modify", explanation=text), brief(strategy=existing))) == []
