"""Sentences that leave things out, or say them in an odd order."""

from tests.simulator.answers.asking import rules_of, strategy_for
from tests.tables import each_line


@each_line(
    ("words", "rules"),
    [
        ("when RSI is below 30 buy, only if SMA 20 crosses SMA 50", "crosses above"),
        ("price above 100 buy", "close above 100 =>"),
        ("price above its 100 days", "close above SMA(100)"),
        ("시가가 20일선 위에 있으면 매수", "open above SMA(20)"),
        ("EMA 20 crosses above 50", "EMA(20) crosses above EMA(50)"),
        ("buy if price is above 20 days, sell below", "close above SMA(20) => close below SMA(20)"),
        ("20 crosses above 50", "SMA(20) crosses above SMA(50)"),
        ("buy when ROC(10) crosses above 0", "ROC(10) crosses above 0 => ROC(10) crosses below 0"),
        ("buy when ROC(200) above 5", "custom: ROC(200) above 5"),
        ("buy when ADX 30", "ADX(14) above 30"),
        ("RSI at the 200 day moving average", "SMA(200)"),
        (
            "sell when the close is above the upper band",
            "close below BBANDS(20,2).lower => close above BBANDS(20,2).upper",
        ),
        ("20일선이 50일선을 상향 돌파하면 사고 가격이 50일선 아래면 팔아", "=> close below SMA(50)"),
        ("20일선이 50일선을 상향 돌파하면 사고 가격이 하향 돌파하면 팔아", "=> close crosses below SMA(50)"),
        ("RSI 30 이하면 사고 가격이 하향 돌파하면 팔아", "RSI(14) below 30 => RSI(14) above 70"),
        ("ema 5 crosses above ema 10 and crosses above ema 20, buy", "EMA(5) crosses above EMA(10) all"),
        ("스토캐스틱 교차 전략", "STOCH(14,3,3).k crosses above STOCH(14,3,3).d"),
        ("스토캐스틱 K 매수", "STOCH(14,3,3).k crosses above STOCH(14,3,3).d"),
        ("buy below 50 or RSI below 30", "RSI(14) below 30"),
        ("below 30", "sma_crossover"),
        ("20일선이 50일선을 하향 돌파하면 매수", "custom: SMA(20) crosses below SMA(50)"),
        ("볼린저 밴드 20일 표준편차 하단 이탈시 매수", "close crosses below BBANDS(20,2).lower"),
        ("30일 볼린저 하단에서 매수", "BBANDS(30,2).lower"),
        ("볼린저 하단을 교차하면 매수", "close crosses below BBANDS(20,2).lower"),
        ("price crosses the upper band, buy", "close crosses above BBANDS(20,2).upper"),
        ("buy when RSI touches 30, sell when RSI touches 70", "RSI(14) below 30 => RSI(14) above 70"),
        ("RSI 40 이하 매수", "RSI(14) below 40 => RSI(14) above 70"),
        ("sell when RSI below 40", "RSI(14) above 40 => RSI(14) below 40"),
        ("볼린저 상단 위에서 팔아", "close below BBANDS(20,2).lower => close above BBANDS(20,2).upper"),
        ("20일선 60일선 매수", "SMA(20) crosses above SMA(60)"),
        ("지금 200 이상이면 매수", "sma_crossover"),
        ("MACD histogram 매수", "MACD(12,26,9).histogram above 0"),
        ("50일선이 20일선을 상향 돌파하면 매도", "=> SMA(20) crosses below SMA(50)"),
    ],
)
def test_unusual_words(words: str, rules: str) -> None:
    """Half sentences lean on what stands before them, or on custom."""
    assert rules in rules_of(strategy_for(words))
