"""A strategy of a named type makes sense where its numbers are within the limits of the type and in order."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.indicators import Parameter
from app.quant.strategy import StrategyType
from app.quant.validation import LONG, OVERBOUGHT, OVERSOLD, ROC_PERIOD, RSI_PERIOD, SHORT, problems
from tests.fakes.templates import USUAL, strategy_from_template


def _within(limits: Parameter) -> st.SearchStrategy[float]:
    if limits.whole:
        return st.integers(int(limits.lowest), int(limits.highest))
    return st.floats(limits.lowest, limits.highest)


_CHANGE = st.floats(-90, 100)
_NUMBERS = {
    StrategyType.SMA_CROSSOVER: {"short": _within(SHORT), "long": _within(LONG)},
    StrategyType.RSI_MEAN_REVERSION: {
        "period": _within(RSI_PERIOD),
        "oversold": _within(OVERSOLD),
        "overbought": _within(OVERBOUGHT),
    },
    StrategyType.MOMENTUM: {"period": _within(ROC_PERIOD), "buy_above": _CHANGE, "sell_below": _CHANGE},
}


def _is_in_order(kind: StrategyType, values: Mapping[str, float]) -> bool:
    match kind:
        case StrategyType.SMA_CROSSOVER:
            return values["short"] < values["long"]
        case StrategyType.RSI_MEAN_REVERSION:
            return 0 < values["oversold"] < values["overbought"] < 100
    return values["sell_below"] <= values["buy_above"]


@pytest.mark.parametrize("kind", USUAL)
def test_the_usual_numbers_make_a_strategy_without_a_problem(kind: StrategyType) -> None:
    assert problems(strategy_from_template(kind, {}), bars=5031) == []


@pytest.mark.parametrize("kind", _NUMBERS)
@given(data=st.data())
def test_numbers_within_the_limits_and_in_order_make_sense_and_no_others_do(
    kind: StrategyType, data: st.DataObject
) -> None:
    values = data.draw(st.fixed_dictionaries(_NUMBERS[kind]))
    assert (problems(strategy_from_template(kind, values)) == []) == _is_in_order(kind, values)


def test_a_change_that_sells_what_it_has_just_bought_is_no_momentum() -> None:
    (found,) = problems(strategy_from_template("momentum", {"buy_above": 1, "sell_below": 5}))
    assert found.startswith("type momentum: it buys when ROC(20) is above 1 and sells when it is below 5")
