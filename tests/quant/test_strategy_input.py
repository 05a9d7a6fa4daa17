"""A strategy as JSON: read, or told at once what is wrong with its numbers, its rules and its length."""

from copy import deepcopy
from typing import Any

from app.quant.strategy import StrategyType
from app.quant.strategy_input import read_strategy
from tests.fakes.strategies import HIGH_RSI, band, macd, plan, sma, stoch, when

CROSSOVER: dict[str, Any] = plan(
    (when(sma(20), "crosses_above", sma(60)),),
    (when(sma(20), "crosses_below", sma(60)),),
    kind=StrategyType.SMA_CROSSOVER,
).model_dump(mode="json")


def _wrong(changes: dict[tuple[Any, ...], Any], bars: int | None = None) -> list[str]:
    """What is wrong with the crossover after these changes."""
    data: Any = deepcopy(CROSSOVER)
    for (*way, last), value in changes.items():
        part = data
        for step in way:
            part = part[step]
        part[last] = value
    strategy, found = read_strategy(data, bars=bars)
    assert strategy is None
    return found


def test_a_strategy_that_makes_sense_is_read() -> None:
    strategy, found = read_strategy(CROSSOVER, bars=62)
    assert found == []
    assert strategy is not None
    assert strategy.model_dump(mode="json") == CROSSOVER


def test_everything_is_said_at_once_also_where_numbers_are_beyond_their_limits() -> None:
    found = _wrong(
        {
            ("entry", "conditions", 0, "left", "period"): 900,
            ("exit", "conditions", 0, "right", "period"): 1,
            ("risk", "stop_loss"): 3,
            ("risk", "position_size"): 0,
            ("name",): "",
        },
        bars=100,
    )
    assert [problem.split(": ")[0] for problem in found] == [
        "name",
        "entry.conditions[0].left.period",
        "exit.conditions[0].right.period",
        "risk.position_size",
        "risk.stop_loss",
        "type sma_crossover",
        "type sma_crossover",
        "type sma_crossover",
        "entry, condition 1",
    ]
    assert found[1].endswith("less than or equal to 400")
    assert "SMA(900) crosses above SMA(60), but the first must be the shorter one" in found[5]
    assert "the short SMA of the entry has 60 bars; give it 2 to 50" in found[6]
    assert "the long SMA of the entry has 900 bars; give it 10 to 200" in found[7]
    assert "needs 902 bars before anything can come of it, but there are 100" in found[8]


def test_each_kind_of_operand_can_be_beyond_its_limits() -> None:
    strategy = plan(
        (when(macd(), "above", 0), when(stoch(), "below", 20), when(band("upper"), "above", 1)), (HIGH_RSI,)
    )
    data: Any = strategy.model_dump(mode="json")
    first, second, third = data["entry"]["conditions"]
    first["left"] |= {"fast": 500, "slow": 450}
    second["left"]["smoothing"] = 0
    third["left"]["deviations"] = 0
    third["right"]["value"] = 1e12
    _, found = read_strategy(data)
    assert [problem for problem in found if "the fast period (500) must be shorter than the slow one (450)" in problem]
    assert len(found) == 6


def test_what_has_not_the_shape_of_a_strategy_is_told_so_and_nothing_else() -> None:
    assert _wrong({("risk", "stop_loss"): 3, ("entry", "conditions", 0, "left"): {"kind": "SMA"}}) == [
        "entry.conditions[0].left.period: Field required",
        "risk.stop_loss: Input should be less than or equal to 1",
    ]
    assert _wrong({("entry", "conditions", 0, "left", "period"): "20"}) == [
        "entry.conditions[0].left.period: Input should be a valid integer"
    ]
    assert _wrong({("risk", "stop_loss"): float("inf")}) == ["risk.stop_loss: Input should be a finite number"]
    assert read_strategy({})[1][0] == "name: Field required"
    not_an_object: Any = ["SMA"]
    assert read_strategy(not_an_object)[1] == ["the strategy: Input should be an object"]


def test_rules_that_make_no_sense_are_told_so() -> None:
    (found,) = _wrong({("exit", "conditions", 0, "right", "period"): 20})
    assert found.startswith("exit, condition 1: SMA(20) crosses below SMA(20) compares a thing with itself")
