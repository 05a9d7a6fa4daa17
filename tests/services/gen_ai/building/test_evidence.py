"""What is known about an answer is read from its attempts, the words, the numbers and the dry run."""

from dataclasses import replace
from typing import Any

import pytest

from app.quant.dry_run import dry_run
from app.quant.strategy import Strategy, StrategyType
from app.services.gen_ai.building.confidence import Evidence, evidence
from app.services.gen_ai.core import Receipt
from tests.fakes.briefs import GSPC, answer, brief
from tests.fakes.scripted_gate import receipt
from tests.fakes.strategies import plan, rules


def _evidence(
    query: str,
    built: Strategy | None = None,
    *,
    paid: Receipt | None = None,
    wished: str | None = None,
    said: dict[str, Any] | None = None,
    **request: Any,
) -> Evidence:
    built = built or plan()
    asked = brief(query, wished=wished, **request)
    return evidence(answer(built, **said or {}), asked, paid or receipt(), dry_run(built, GSPC), [])


def test_rejected_answers_and_their_violations_are_counted() -> None:
    paid = receipt()
    (passed,) = paid.attempts
    failed = replace(passed, violations=("one", "two"))
    unanswered = replace(passed, violations=None)
    found = _evidence("RSI(14) 30 buy, 70 sell", paid=replace(paid, attempts=(unanswered, failed, failed, passed)))
    assert (found.rejected_answers, found.violations) == (2, 4)
    assert (_evidence("RSI(14) 30 buy, 70 sell").rejected_answers, found.trades) == (0, 16)


@pytest.mark.parametrize(
    ("query", "share"),
    [
        ("RSI(14) below 30 buys, above 70 sells, 20 % of my capital", 0),
        ("RSI below 30 buys, above 70 sells, 20 % of my capital", 1 / 4),
        ("RSI below 30 buys, above 70 sells", 2 / 4),
        ("something that works well", 1),
    ],
)
def test_the_share_that_nobody_gave_is_counted_in_the_strategy(query: str, share: float) -> None:
    """Its numbers: 14, 30, 70 and 20 %; a stop loss or a cooldown that there is not is no number."""
    assert _evidence(query).assumed_share == share


def test_what_the_model_admits_counts_where_it_is_more() -> None:
    """Of 4 numbers and 3 limits that could be set, 5 are said to be assumed."""
    found = _evidence("RSI(14) 30 buy, 70 sell, 20 %", said={"assumptions": ("so",) * 5})
    assert found.assumed_share == 5 / 7
    found = _evidence("RSI(14) 30 buy, 70 sell, 20 %", said={"assumptions": ("so",) * 50})
    assert found.assumed_share == 1


def test_preferences_context_and_an_existing_strategy_give_numbers_as_well() -> None:
    preferences = {"max_position_size": 0.2}
    assert _evidence("RSI 30 and 70", context="14 days", preferences=preferences).assumed_share == 0
    assert _evidence("explain this please", plan(), strategy=plan()).assumed_share == 0


@pytest.mark.parametrize(
    ("query", "unheard"),
    [
        ("Buy when RSI is below 30, sell above 70", ()),
        ("Buy when RSI is below 25, sell above 70 with a stop of 4 %", ("25", "4 %")),
        ("2015년부터 3년 동안 5종목, 100만원으로 RSI 30 이하 매수", ()),
        ("since 2015, for 10 years, with $5,000: RSI below 30, sell above 70", ()),
        ("S&P 500: RSI below 30, sell above 70", ()),
    ],
)
def test_numbers_of_the_words_that_are_not_in_the_strategy_are_missed(query: str, unheard: tuple[str, ...]) -> None:
    assert _evidence(query).unheard == unheard


def test_a_number_that_was_replaced_is_not_missed() -> None:
    old, new = plan(stop_loss=0.05), plan(stop_loss=0.03)
    found = _evidence("stop loss from 5 % to 3 %", new, strategy=old, said={"intent": "modify"})
    assert (found.unheard, found.assumed_share) == ((), 0)
    found = _evidence("stop loss from 5 % to 4 %", new, strategy=old, said={"intent": "modify"})
    assert found.unheard == ("4 %",)


@pytest.mark.parametrize("intent", ["explain", "optimise", "recommend_parameters"])
def test_where_numbers_are_looked_for_none_is_missed(intent: str) -> None:
    assert _evidence("is 99 better than 98?", plan(), strategy=plan(), said={"intent": intent}).unheard == ()


def test_a_strategy_that_is_not_meant_to_sell_needs_no_trades() -> None:
    assert _evidence("buy and hold it", plan((), rules("any"), StrategyType.BUY_AND_HOLD)).trades is None
    assert _evidence("buy and hold", plan((), rules("any"), take_profit=10)).trades == 0


def test_the_series_is_told_where_it_is_another_one() -> None:
    found = _evidence("RSI 30 and 70 please", wished="AAPL")
    assert (found.wished, found.symbol) == ("AAPL", "GSPC")
