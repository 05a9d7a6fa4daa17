"""An existing strategy, changed, explained, or kept."""

import pytest

from app.quant.strategy import Strategy
from tests.simulator.answers.asking import rules_of, strategy_answer, strategy_for
from tests.tables import each_line

RSI = "RSI(10) below 25 buy, above 65 sell, stop loss 5%"
SMA = "20일선이 50일선을 상향 돌파하면 매수"
MACD = "MACD 전략"
BANDS = "Bollinger strategy"
ABOVE = "buy when the price is above the 200-day SMA"


def _changed(first: str, then: str) -> Strategy:
    existing = strategy_for(first)
    return strategy_for(then, {"strategy": existing.model_dump(mode="json")})


@each_line(
    ("first", "then", "rules"),
    [
        (RSI, "RSI 과매도 기준을 20으로 수정", "rsi_mean_reversion: RSI(10) below 20 => RSI(10) above 65"),
        (RSI, "매도 기준을 RSI 75로 변경", "rsi_mean_reversion: RSI(10) below 25 => RSI(10) above 75"),
        (RSI, "RSI 75 이상으로 바꿔", "rsi_mean_reversion: RSI(10) below 25 => RSI(10) above 75"),
        (RSI, "change the RSI period to 21", "rsi_mean_reversion: RSI(21) below 25 => RSI(21) above 65"),
        (RSI, "RSI 기간을 14에서 7로 바꿔", "rsi_mean_reversion: RSI(7) below 25 => RSI(7) above 65"),
        (RSI, "oversold to 20 and overbought to 80", "rsi_mean_reversion: RSI(10) below 20 => RSI(10) above 80"),
        (RSI, "buy when RSI < 20 instead", "rsi_mean_reversion: RSI(10) below 20 => RSI(10) above 65"),
        (
            RSI,
            "매수 조건을 MACD 골든크로스로 바꿔",
            "custom: MACD(12,26,9).line crosses above MACD(12,26,9).signal => RSI(10) above 65",
        ),
        (
            RSI,
            "가격이 200일선 위에 있을 때라는 조건을 추가해줘",
            "custom: RSI(10) below 25 all close above SMA(200) => RSI(10) above 65",
        ),
        (
            SMA,
            "20일선을 10일선으로 바꿔줘",
            "sma_crossover: SMA(10) crosses above SMA(50) => SMA(10) crosses below SMA(50)",
        ),
        (
            SMA,
            "change it to 10 and 30 day SMA",
            "sma_crossover: SMA(10) crosses above SMA(30) => SMA(10) crosses below SMA(30)",
        ),
        (SMA, "단기를 15일로 바꿔", "sma_crossover: SMA(15) crosses above SMA(50) => SMA(15) crosses below SMA(50)"),
        (
            SMA,
            "change the long period to 100",
            "sma_crossover: SMA(20) crosses above SMA(100) => SMA(20) crosses below SMA(100)",
        ),
        (
            SMA,
            "change the SMA from 20 to 15",
            "sma_crossover: SMA(15) crosses above SMA(50) => SMA(15) crosses below SMA(50)",
        ),
        (SMA, "make it EMA 20 and EMA 50", "custom: EMA(20) crosses above EMA(50) => EMA(20) crosses below EMA(50)"),
        (
            SMA,
            "ADX 25 이상 조건을 추가해줘",
            "sma_crossover: SMA(20) crosses above SMA(50) all ADX(14) above 25 => SMA(20) crosses below SMA(50)",
        ),
        (
            MACD,
            "change MACD to (8,21,5)",
            (
                "custom: MACD(8,21,5).line crosses above MACD(8,21,5).signal"
                " => MACD(8,21,5).line crosses below MACD(8,21,5).signal"
            ),
        ),
        (
            BANDS,
            "볼린저 기간을 30일로 변경",
            "custom: close below BBANDS(30,2).lower => close above BBANDS(30,2).upper",
        ),
        (ABOVE, "change it to the 100-day SMA", "custom: close above SMA(100) => close below SMA(100)"),
        (
            ABOVE,
            "장기를 150일로, RSI 30 이하 조건 추가",
            "custom: close above SMA(150) all RSI(14) below 30 => close below SMA(150)",
        ),
    ],
)
def test_the_rules_change_as_the_words_say(first: str, then: str, rules: str) -> None:
    """Only what is named changes, and the type follows the rules."""
    assert rules_of(_changed(first, then)) == rules


@pytest.mark.parametrize(
    ("then", "risk"),
    [
        ("손절을 3%로 바꿔줘", (0.2, 0.03, None, 0)),
        ("remove the stop loss", (0.2, None, None, 0)),
        ("손절 없애줘", (0.2, None, None, 0)),
        ("take profit 12%, cooldown 4 days", (0.2, 0.05, 0.12, 4)),
        ("투자 비중을 50%로", (0.5, 0.05, None, 0)),
    ],
)
def test_the_risk_changes_as_the_words_say(then: str, risk: tuple[float, float | None, float | None, int]) -> None:
    """The rules stay as they are."""
    changed = _changed(RSI, then)
    read = changed.risk
    assert (read.position_size, read.stop_loss, read.take_profit, read.cooldown) == risk
    assert rules_of(changed) == rules_of(strategy_for(RSI))


def test_words_without_a_change_leave_the_strategy() -> None:
    """The strategy stays, and the assumptions say that nothing was read."""
    existing = strategy_for(RSI)
    answer = strategy_answer("do it nicely", {"strategy": existing.model_dump(mode="json")})
    assert (answer.intent, answer.strategy) == ("modify", existing)
    assert any("stays as it is" in one for one in answer.assumptions)


def test_an_explained_strategy_stays() -> None:
    """The explanation is in the person's language, whatever the strategy's own description is."""
    existing = strategy_for(RSI)
    answer = strategy_answer("이 전략을 설명해줘", {"strategy": existing.model_dump(mode="json")})
    assert answer.strategy == existing
    assert "매수: RSI(10) < 25" in answer.explanation


def test_a_strategy_that_is_none_is_not_changed() -> None:
    """What does not have the shape of a strategy cannot be changed; a new one is made and the answer says so."""
    answer = strategy_answer("change the stop loss to 3%", {"strategy": {"name": "nothing"}})
    assert answer.strategy.risk.stop_loss == 0.03
    assert any("No existing strategy could be read" in one for one in answer.assumptions)


def test_preferences_limit_a_change() -> None:
    existing = strategy_for(RSI)
    data = {"strategy": existing.model_dump(mode="json"), "preferences": {"max_position_size": 0.3}}
    assert strategy_for("change the position to 50%", data).risk.position_size == 0.3
