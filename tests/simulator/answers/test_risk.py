"""Stop loss, take profit, position size and cooldown out of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.answers.asking import strategy_answer, strategy_for
from tests.tables import each_line


@each_line(
    ("words", "risk"),
    [
        ("RSI 전략", (0.2, None, None, 0)),
        ("RSI 전략, 손절 5%, 익절 10%", (0.2, 0.05, 0.1, 0)),
        ("RSI 전략, 손절은 3퍼센트, 자금의 30%, 쿨다운 5일", (0.3, 0.03, None, 5)),
        ("5% 손절, 15% 익절인 RSI 전략", (0.2, 0.05, 0.15, 0)),
        ("RSI 전략인데 5% 하락하면 손절하고 10% 오르면 익절", (0.2, 0.05, 0.1, 0)),
        ("손절 없이 RSI 전략, 10% 익절", (0.2, None, 0.1, 0)),
        ("RSI 30 이하에서 매수, 매도 후 5일 대기, 전액 투자", (1.0, None, None, 5)),
        ("RSI 30 이하에서 사고 수익 10%면 팔아줘", (0.2, None, 0.1, 0)),
        ("20일 수익률이 5% 이상이면 자금의 10%로 매수", (0.1, None, None, 0)),
        ("20일 수익률이 5% 이상 손절 3%", (0.2, 0.03, None, 0)),
        ("RSI 전략, 손절 0.05", (0.2, 0.05, None, 0)),
        ("RSI strategy, stop loss 5%, take profit 15%", (0.2, 0.05, 0.15, 0)),
        ("RSI strategy with a 5% stop loss and a 15% take profit", (0.2, 0.05, 0.15, 0)),
        ("5% stop loss 10% take profit RSI mean reversion", (0.2, 0.05, 0.1, 0)),
        ("RSI strategy with a stop-loss of 2.5 percent, position 20 %", (0.2, 0.025, None, 0)),
        ("invest 15% when RSI is oversold, cooldown of 3 bars", (0.15, None, None, 3)),
        ("RSI strategy, use 25% of my capital, 10-day cooldown", (0.25, None, None, 10)),
        ("RSI strategy, all-in, wait 4 days after a sale", (1.0, None, None, 4)),
        ("RSI strategy without a stop loss", (0.2, None, None, 0)),
        ("buy when 20-day momentum above 5% stop loss 3%", (0.2, 0.03, None, 0)),
        ("RSI strategy, stop loss 5", (0.2, 0.05, None, 0)),
    ],
)
def test_risk_is_read(words: str, risk: tuple[float, float | None, float | None, int]) -> None:
    """Percent become fractions; what is not said is the platform's default."""
    read = strategy_for(words).risk
    assert (read.position_size, read.stop_loss, read.take_profit, read.cooldown) == risk


@pytest.mark.parametrize(
    ("words", "position_size", "stop_loss"),
    [("RSI strategy, position 150%", 1.0, None), ("RSI 전략, 손절 0%", 0.2, 0.001), ("RSI, stop loss 400%", 0.2, 1.0)],
)
def test_impossible_risk_is_clamped_and_said(words: str, position_size: float, stop_loss: float | None) -> None:
    """A value outside of the limits becomes the nearest one, and the assumptions name both."""
    answer = strategy_answer(words)
    assert (answer.strategy.risk.position_size, answer.strategy.risk.stop_loss) == (position_size, stop_loss)
    assert any("outside the allowed range" in one or "허용 범위" in one for one in answer.assumptions)


def test_a_distant_cooldown_is_clamped() -> None:
    """Nobody waits longer than a year of trading days."""
    assert strategy_for("RSI strategy with cooldown 900 days").risk.cooldown == 250


def test_a_cooldown_is_no_percentage() -> None:
    """Percent behind a cooldown, or days behind a stop loss, are no amount of them."""
    risk = strategy_for("RSI strategy, cooldown 5%, stop loss 3 days").risk
    assert (risk.cooldown, risk.stop_loss) == (0, None)


@pytest.mark.parametrize(
    ("preferences", "risk"),
    [
        ({"max_position_size": 0.1}, (0.1, None)),
        ({"max_position_size": 0.5, "stop_loss": 0.04}, (0.2, 0.04)),
        ({"max_position_size": None, "stop_loss": "tight"}, (0.2, None)),
        ("cautious", (0.2, None)),
    ],
)
def test_preferences_limit_and_complete(preferences: object, risk: tuple[float, float | None]) -> None:
    """The largest position that a person allows holds, and their stop loss stands where the words say none."""
    read = strategy_for("RSI 전략 만들어줘", {"preferences": preferences}).risk
    assert (read.position_size, read.stop_loss) == risk


@given(st.integers(1, 100), st.integers(1, 900))
def test_any_percentage_is_read_in_both_languages(loss: int, profit: int) -> None:
    """The same amounts give the same risk in Korean and in English."""
    korean = strategy_for(f"RSI 전략, 손절 {loss}%, 익절 {profit}%").risk
    english = strategy_for(f"RSI strategy, stop loss {loss}%, take profit {profit}%").risk
    assert korean == english
    assert (korean.stop_loss, korean.take_profit) == (loss / 100, profit / 100)
