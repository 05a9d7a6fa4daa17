"""What a strategy must contain to be of the type that it claims to be."""

import pytest

from app.quant.strategy import Condition, Rules, Strategy, StrategyType
from app.quant.validation import problems
from tests.fakes.strategies import HIGH_RSI, LOW_RSI, adx, ema, num, plan, roc, rsi, rules, sma, when
from tests.tables import each_line

ALWAYS = rules("all")
NEVER = rules("any")
UP_30 = when(rsi(), "crosses_above", 30)
CROSS = when(sma(20), "crosses_above", sma(60))
CROSS_BACK = when(sma(20), "crosses_below", sma(60))


def _crossover(*entry: Condition) -> Strategy:
    return plan(entry, (CROSS_BACK,)).model_copy(update={"type": StrategyType("sma_crossover")})


@pytest.mark.parametrize(
    "entry",
    [
        (CROSS,),
        (when(sma(60), "crosses_below", sma(20)),),
        (when(sma(2), "crosses_above", sma(10)),),
        (when(sma(50), "crosses_above", sma(200)), when(rsi(), "below", 70)),
        (when(sma(60), "crosses_above", sma(240)), CROSS),
    ],
)
def test_a_short_sma_that_crosses_above_a_longer_one_is_a_crossover(entry: tuple[Condition, ...]) -> None:
    assert problems(_crossover(*entry)) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (LOW_RSI, "the entry needs a short SMA that crosses above a longer SMA, or give the type custom"),
        (when(sma(20), "above", sma(60)), "the entry needs a short SMA"),
        (when(ema(20), "crosses_above", ema(60)), "the entry needs a short SMA"),
        (when(sma(90), "crosses_above", sma(20)), "SMA(90) crosses above SMA(20), but the first must be the shorter"),
        (when(sma(51), "crosses_above", sma(60)), "the short SMA of the entry has 51 bars; give it 2 to 50"),
        (when(sma(3), "crosses_above", sma(9)), "the long SMA of the entry has 9 bars; give it 10 to 200"),
        (when(sma(20), "crosses_above", sma(201)), "the long SMA of the entry has 201 bars"),
    ],
)
def test_what_is_no_sma_crossover_is_told_why(entry: Condition, said: str) -> None:
    found = problems(_crossover(entry))
    assert len(found) == 1
    assert found[0].startswith("type sma_crossover: ")
    assert said in found[0]


def _reversion(entry: Condition, leave: Condition | Rules) -> Strategy:
    strategy = plan((entry,), leave if isinstance(leave, Rules) else (leave,), stop_loss=0.1)
    return strategy.model_copy(update={"type": StrategyType("rsi_mean_reversion")})


@pytest.mark.parametrize(
    ("entry", "leave"),
    [
        (LOW_RSI, HIGH_RSI),
        (UP_30, when(rsi(), "crosses_below", 70)),
        (when(num(30), "above", rsi(2)), when(rsi(2), "crosses_above", 50)),
        (when(rsi(50), "below", 50), when(rsi(50), "above", 70)),
        (LOW_RSI, rules("any", when(rsi(), "above", 40), HIGH_RSI)),
    ],
)
def test_an_rsi_that_is_bought_low_and_sold_high_is_mean_reversion(entry: Condition, leave: Condition) -> None:
    assert problems(_reversion(entry, leave)) == []


@each_line(
    ("entry", "leave", "said"),
    [
        (when(adx(), "below", 30), HIGH_RSI, ["the entry needs an RSI below, or crossing, an oversold number of 0"]),
        (when(rsi(), "above", 30), HIGH_RSI, ["the entry needs an RSI"]),
        (LOW_RSI, NEVER, ["the exit needs an RSI above, or crossing, an overbought number of 50 to 100"]),
        (when(rsi(51), "below", 30), HIGH_RSI, ["the RSI of the entry has 51 bars; give it 2 to 50"]),
        (when(rsi(), "below", 55), HIGH_RSI, ["the RSI of the entry is compared with 55; give one from 0 to 50"]),
        (LOW_RSI, when(rsi(), "above", 45), ["the RSI of the exit is compared with 45; give one from 50 to 100"]),
        (when(rsi(), "below", 50), when(rsi(), "above", 50), ["the oversold number of the entry (50) must be below"]),
        (
            when(rsi(), "below", 70),
            when(rsi(), "above", 30),
            [
                "the RSI of the entry is compared with 70",
                "the RSI of the exit is compared with 30",
                "the oversold number of the entry (70) must be below the overbought number of the exit (30)",
            ],
        ),
    ],
)
def test_what_is_no_mean_reversion_is_told_why(entry: Condition, leave: Condition, said: list[str]) -> None:
    found = problems(_reversion(entry, leave))
    assert len(found) == len(said)
    for problem, expected in zip(found, said, strict=True):
        assert problem.startswith("type rsi_mean_reversion: ")
        assert expected in problem


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (when(roc(5), "above", 0), None),
        (when(num(3), "below", roc(100)), None),
        (LOW_RSI, "the entry needs a rate of change (ROC) of 5 to 100 bars, or give the type custom"),
        (when(roc(4), "above", 0), "the ROC of the entry has 4 bars; give it 5 to 100"),
        (when(roc(101), "above", 0), "the ROC of the entry has 101 bars"),
    ],
)
def test_momentum_needs_a_rate_of_change_in_range(entry: Condition, said: str | None) -> None:
    found = problems(plan((entry,)).model_copy(update={"type": StrategyType("momentum")}))
    assert found == [] if said is None else (len(found) == 1 and found[0].startswith(f"type momentum: {said}"))


@pytest.mark.parametrize(
    ("entry", "leave", "said"),
    [
        (ALWAYS, NEVER, []),
        (NEVER, NEVER, ["the entry must always hold"]),
        (rules("all", LOW_RSI), NEVER, ["the entry must always hold"]),
        (ALWAYS, ALWAYS, ["the exit must never hold"]),
        (ALWAYS, rules("any", HIGH_RSI), ["the exit must never hold"]),
    ],
)
def test_buy_and_hold_always_enters_and_never_leaves(entry: Rules, leave: Rules, said: list[str]) -> None:
    found = problems(plan(entry, leave).model_copy(update={"type": StrategyType("buy_and_hold")}))
    assert len(found) == len(said)
    for problem, expected in zip(found, said, strict=True):
        assert problem.startswith("type buy_and_hold: ")
        assert expected in problem
