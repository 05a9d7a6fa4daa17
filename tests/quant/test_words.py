"""The data of a strategy, said in sentences of both languages."""

from typing import Any

import pytest

from app.quant.figures import figure, percent
from app.quant.strategy import AnyOperand, Strategy
from app.quant.words import in_words
from tests.fakes.strategies import (
    HIGH_RSI,
    LOW_RSI,
    adx,
    atr,
    band,
    ema,
    macd,
    num,
    plan,
    price,
    roc,
    rsi,
    rules,
    sma,
    stoch,
    when,
)
from tests.tables import each_line

TREND = when(price(), "above", sma(200))


def test_entry_exit_and_risk_in_english() -> None:
    strategy = plan((LOW_RSI, TREND), (HIGH_RSI,), stop_loss=0.05, take_profit=0.125, cooldown=3)
    assert in_words(strategy, "en") == [
        "Buys when the 14-day RSI is below 30 and the close is above the 200-day SMA.",
        "Sells when the 14-day RSI is above 70.",
        "Puts 20% of the capital into a position.",
        "Sells in any case 5% below the entry price (stop loss) or 12.5% above it (take profit).",
        "Buys nothing for 3 days after a sale.",
    ]


def test_entry_exit_and_risk_in_korean() -> None:
    strategy = plan((LOW_RSI, TREND), (HIGH_RSI,), stop_loss=0.05, take_profit=0.125, cooldown=3)
    assert in_words(strategy, "ko") == [
        "14일 RSI가 30보다 낮고, 종가가 200일 단순이동평균보다 높으면 매수합니다.",
        "14일 RSI가 70보다 높으면 매도합니다.",
        "한 번 매수할 때 자본의 20%를 투입합니다.",
        "진입가보다 5% 내리면 손절하고, 12.5% 오르면 익절합니다.",
        "매도한 뒤 3일 동안은 다시 매수하지 않습니다.",
    ]


@each_line(
    ("operand", "english", "korean"),
    [
        (sma(20), "the 20-day SMA", "20일 단순이동평균이"),
        (ema(1_0), "the 10-day EMA", "10일 지수이동평균이"),
        (rsi(), "the 14-day RSI", "14일 RSI가"),
        (adx(), "the 14-day ADX", "14일 ADX가"),
        (atr(), "the 14-day ATR", "14일 ATR이"),
        (roc(), "the 20-day rate of change in percent", "20일 변화율(%)이"),
        (macd(), "the MACD line (12, 26, 9)", "MACD선(12, 26, 9)이"),
        (macd(line="signal"), "the MACD signal line (12, 26, 9)", "MACD 시그널선(12, 26, 9)이"),
        (macd(line="histogram"), "the MACD histogram (12, 26, 9)", "MACD 히스토그램(12, 26, 9)이"),
        (
            band("upper", 20, 2.5),
            "the upper band of the Bollinger Bands (20 days, 2.5 deviations)",
            "볼린저밴드 상단(20일, 표준편차 2.5배)이",
        ),
        (
            band("middle"),
            "the middle band of the Bollinger Bands (20 days, 2 deviations)",
            "볼린저밴드 중심선(20일, 표준편차 2배)이",
        ),
        (stoch("d"), "the stochastic %D (14, 3, 3)", "스토캐스틱 %D(14, 3, 3)가"),
        (price("open"), "the open", "시가가"),
    ],
)
def test_every_operand_has_a_name(operand: AnyOperand, english: str, korean: str) -> None:
    strategy = plan((when(operand, "crosses_below", 45),))
    assert in_words(strategy, "en")[0] == f"Buys when {english} crosses below 45."
    assert in_words(strategy, "ko")[0] == f"{korean} 45를 하향 돌파하면 매수합니다."


@pytest.mark.parametrize(
    ("value", "english", "korean"),
    [
        (30, "30", "30을"),
        (0, "0", "0을"),
        (-0.0, "0", "0을"),
        (52, "52", "52를"),
        (1_000_000, "1,000,000", "1,000,000을"),
        (0.00001, "0.00001", "0.00001을"),
        (-2.5, "-2.5", "-2.5를"),
    ],
)
def test_numbers_are_written_out_and_take_the_particle_of_their_sound(value: float, english: str, korean: str) -> None:
    strategy = plan((when(macd(), "crosses_above", value),))
    assert in_words(strategy, "en")[0] == f"Buys when the MACD line (12, 26, 9) crosses above {english}."
    assert in_words(strategy, "ko")[0] == f"MACD선(12, 26, 9)이 {korean} 상향 돌파하면 매수합니다."


def test_the_subject_of_a_sentence_is_never_the_number() -> None:
    strategy = plan((when(num(30), "crosses_above", rsi()),))
    assert in_words(strategy, "en")[0] == "Buys when the 14-day RSI crosses below 30."
    assert in_words(strategy, "ko")[0] == "14일 RSI가 30을 하향 돌파하면 매수합니다."


def test_any_of_several_conditions() -> None:
    strategy = plan(leave=rules("any", HIGH_RSI, when(price(), "crosses_below", sma(60))))
    assert (
        in_words(strategy, "en")[1]
        == "Sells when the 14-day RSI is above 70 or the close crosses below the 60-day SMA."
    )
    assert (
        in_words(strategy, "ko")[1] == "14일 RSI가 70보다 높거나, 종가가 60일 단순이동평균을 하향 돌파하면 매도합니다."
    )


@pytest.mark.parametrize(
    ("strategy", "english", "korean"),
    [
        (
            plan(rules("all"), rules("any")),
            ["Buys whenever nothing is held, without a condition.", "Holds and never sells."],
            ["보유 중이 아니면 조건 없이 매수합니다.", "매도하지 않고 계속 보유합니다."],
        ),
        (
            plan(rules("any"), rules("all")),
            ["Never buys.", "Sells on the day after each purchase, without a condition."],
            ["매수하지 않습니다.", "조건 없이 매수한 다음 날 매도합니다."],
        ),
        (
            plan(rules("all"), rules("any"), take_profit=0.5),
            ["Buys whenever nothing is held, without a condition.", "Sells only at the limits below."],
            ["보유 중이 아니면 조건 없이 매수합니다.", "별도의 매도 조건 없이 아래 한도에서만 매도합니다."],
        ),
    ],
)
def test_rules_without_conditions(strategy: Strategy, english: list[str], korean: list[str]) -> None:
    assert in_words(strategy, "en")[:2] == english
    assert in_words(strategy, "ko")[:2] == korean


@pytest.mark.parametrize(
    ("risk", "english", "korean"),
    [
        ({}, "There is no stop loss and no take profit.", "손절과 익절 기준은 없습니다."),
        (
            {"stop_loss": 0.03},
            "Sells in any case 3% below the entry price (stop loss).",
            "진입가보다 3% 내리면 손절합니다.",
        ),
        (
            {"take_profit": 10},
            "Sells in any case 1,000% above the entry price (take profit).",
            "진입가보다 1,000% 오르면 익절합니다.",
        ),
    ],
)
def test_limits(risk: dict[str, Any], english: str, korean: str) -> None:
    strategy = plan(**risk)
    assert in_words(strategy, "en")[3:] == [english]
    assert in_words(strategy, "ko")[3:] == [korean]


def test_one_day_is_one_day() -> None:
    assert in_words(plan(cooldown=1), "en")[-1] == "Buys nothing for 1 day after a sale."


def test_figures_have_all_their_digits_and_none_to_spare() -> None:
    assert [figure(1e9), figure(0.1 + 0.2), figure(-5.0)] == ["1,000,000,000", "0.30000000000000004", "-5"]
    assert [percent(0.07), percent(1), percent(0.0005)] == ["7%", "100%", "0.05%"]
