"""A template and its numbers make a strategy of its type, or are told everything that is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.quant.indicators import Parameter
from app.quant.strategy import Risk, StrategyType
from app.quant.template_use import strategy_from_template, template
from app.quant.templates import TEMPLATES, Template
from app.quant.validation import problems
from tests.tables import each_line


def _values(parameter: Parameter) -> st.SearchStrategy[float]:
    if parameter.whole:
        return st.integers(int(parameter.lowest), int(parameter.highest))
    return st.floats(parameter.lowest, parameter.highest)


@st.composite
def _filled(draw: st.DrawFn) -> tuple[Template, dict[str, float]]:
    chosen = draw(st.sampled_from(TEMPLATES))
    values = {parameter.name: draw(_values(parameter)) for parameter in chosen.parameters}
    return chosen, values


def test_there_is_a_template_of_every_type_but_custom() -> None:
    assert {each.type for each in TEMPLATES} == set(StrategyType) - {StrategyType.CUSTOM}


@pytest.mark.parametrize("chosen", TEMPLATES, ids=lambda chosen: chosen.type)
def test_the_defaults_make_a_strategy_without_a_problem(chosen: Template) -> None:
    strategy = strategy_from_template(chosen.type, {})
    assert (strategy.type, strategy.name) == (chosen.type, chosen.name_en)
    assert problems(strategy, bars=5031) == []


@given(_filled())
def test_numbers_within_the_limits_and_in_order_make_a_strategy_and_no_others_do(
    filled: tuple[Template, dict[str, float]],
) -> None:
    chosen, values = filled
    order = chosen.order
    kept = order is None or order.is_kept(values[order.lower.name], values[order.higher.name])
    decides = all(values.get(name) != limit for name, limit in (("oversold", 0), ("overbought", 100)))
    if kept and decides:
        assert problems(strategy_from_template(chosen.type, values)) == []
    else:
        with pytest.raises(InputError):
            strategy_from_template(chosen.type, values)


@each_line(
    ("kind", "values", "said"),
    [
        ("sma_crossover", {"short": 60, "long": 20}, ["short is 60; give a whole number from 2 to 50",
                                                      "short (60) must be below long (20)"]),
        ("sma_crossover", {"short": 20, "long": 20}, ["short (20) must be below long (20)"]),
        ("sma_crossover", {"short": 2.5, "fast": 3}, ["short is 2.5; give a whole number from 2 to 50",
                                                      "fast: there is no such parameter; there are short, long"]),
        ("rsi_mean_reversion", {"period": 1, "oversold": 60, "overbought": 55},
         ["period is 1; give a whole number from 2 to 50", "oversold is 60; give a number from 0 to 50",
          "oversold (60) must be below overbought (55)"]),
        ("rsi_mean_reversion", {"oversold": 0}, ["entry, condition 1: RSI(14) below 0 never happens"]),
        ("momentum", {"buy_above": 1, "sell_below": 2}, ["sell_below (2) must not be above buy_above (1)"]),
        ("momentum", {"period": float("nan")}, ["period is nan; give a whole number from 5 to 100"]),
        ("buy_and_hold", {"allocation": 1.2}, ["allocation is 1.2; give a number from 0.01 to 1"]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_is_said_at_once(kind: str, values: dict[str, float], said: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        strategy_from_template(kind, values)
    found: list[str] = caught.value.fields["problems"]
    assert len(found) == len(said)
    for problem, expected in zip(found, said, strict=True):
        assert problem.startswith(expected)
    assert all(problem in caught.value.detail for problem in found)


def test_risk_and_name_are_taken_over_and_an_allocation_is_the_position_size() -> None:
    risk = Risk(position_size=0.4, stop_loss=0.05, take_profit=None, cooldown=2)
    strategy = strategy_from_template("momentum", {}, risk=risk, name="Mine")
    assert (strategy.name, strategy.risk) == ("Mine", risk)
    held = strategy_from_template("buy_and_hold", {"allocation": 0.7}, risk=risk)
    assert held.risk == risk.model_copy(update={"position_size": 0.7})


@pytest.mark.parametrize("kind", ["custom", "arbitrage"])
def test_there_is_no_template_of_what_has_none(kind: str) -> None:
    with pytest.raises(InputError, match=f"no template {kind}; there are sma_crossover, rsi_mean_reversion"):
        template(kind)


def test_a_change_that_sells_what_it_has_just_bought_is_no_momentum() -> None:
    strategy: Any = strategy_from_template("momentum", {"buy_above": 5, "sell_below": 5})
    swapped = strategy.model_copy(
        update={"entry": strategy_from_template("momentum", {"buy_above": 1, "sell_below": 0}).entry}
    )
    (found,) = problems(swapped)
    assert found.startswith("type momentum: it buys when ROC(20) is above 1 and sells when it is below 5")
