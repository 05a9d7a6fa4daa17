"""What a backtest assumes, in sentences of both languages."""

from typing import get_args

from app.quant.backtest import BacktestConfig, ExitReason
from app.quant.backtest.result import assumptions_in_words, exit_reason_in_words
from app.quant.words import Language

CONFIG = BacktestConfig(initial_cash=250_000, max_position=0.35, commission=0.002, slippage=0.0007)


def test_the_assumptions_in_english() -> None:
    assert assumptions_in_words(CONFIG, "en") == [
        "Starts with 250,000 in cash and puts at most 35% of the capital into a position.",
        "Decides at the close and is filled at the next open.",
        "A stop loss or take profit is filled within the day; where a day reaches both, the stop loss counts.",
        "Each fill costs a commission of 0.2%, and slippage makes its price 0.07% worse.",
        "A year has 252 trading days, the risk-free rate is 2% a year, and cash earns nothing.",
        "The benchmark is the same series, bought at the first close and held to the end without costs.",
    ]


def test_the_assumptions_in_korean() -> None:
    assert assumptions_in_words(CONFIG, "ko") == [
        "현금 250,000에서 시작하며, 한 번에 자본의 35%까지만 투입합니다.",
        "종가에서 판단하여 다음 날 시가에 체결합니다.",
        "손절과 익절은 장중에 체결하며, 같은 날 둘 다 닿으면 손절로 봅니다.",
        "체결할 때마다 수수료 0.2%와 슬리피지 0.07%를 반영합니다.",
        "1년은 252거래일, 무위험 수익률은 연 2%이며, 보유 현금에는 이자가 없습니다.",
        "벤치마크는 같은 종목을 첫날 종가에 사서 비용 없이 끝까지 보유한 결과입니다.",
    ]


def test_every_end_of_a_trade_has_its_own_words() -> None:
    for language in get_args(Language):
        words = {exit_reason_in_words(reason, language) for reason in (*get_args(ExitReason), None)}
        assert len(words) == 4
    assert exit_reason_in_words("stop_loss", "ko") == "손절"
    assert exit_reason_in_words(None, "en") == "still held"
