"""Korean sentences and the rules that they mean; an exit that the words leave out is the assumed one."""

from tests.simulator.answers.asking import parsed, rules_of, strategy_for
from tests.tables import each_line

SENTENCES = """
RSI 30 이하에서 사고 70 이상에서 팔아줘
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
RSI(14)가 30 이하일 때 매수하고 70 이상일 때 매도
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
RSI 14가 25 아래로 내려가면 매수, 75 위로 올라가면 매도
    rsi_mean_reversion: RSI(14) below 25 => RSI(14) above 75
20일선이 50일선을 상향 돌파하면 매수
    sma_crossover: SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
20일선이 50일선을 상향 돌파하면 매수, 하향 돌파하면 매도
    sma_crossover: SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
20일 이동평균선이 60일 이동평균선을 골든크로스하면 사고 데드크로스하면 팔아줘
    sma_crossover: SMA(20) crosses above SMA(60) => SMA(20) crosses below SMA(60)
골든크로스에 매수하고 데드크로스에 매도
    sma_crossover: SMA(50) crosses above SMA(200) => SMA(50) crosses below SMA(200)
MACD가 시그널을 상향 돌파하면 매수, 하향 돌파하면 매도
    custom: MACD(12,26,9).line crosses above MACD(12,26,9).signal
    => MACD(12,26,9).line crosses below MACD(12,26,9).signal
MACD(8,21,5) 전략
    custom: MACD(8,21,5).line crosses above MACD(8,21,5).signal => MACD(8,21,5).line crosses below MACD(8,21,5).signal
볼린저 밴드 하단에 닿으면 매수하고 상단에 닿으면 매도
    custom: close below BBANDS(20,2).lower => close above BBANDS(20,2).upper
볼린저 밴드(20, 2.5) 하단 터치 시 매수, 중심선에서 매도
    custom: close below BBANDS(20,2.5).lower => close above BBANDS(20,2.5).middle
ADX 25 이상일 때만 20일선이 50일선을 상향 돌파하면 매수
    sma_crossover: ADX(14) above 25 all SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
RSI 30 이하에서 매수, 70 이상에서 매도. ADX 25 이상일 때만
    rsi_mean_reversion: RSI(14) below 30 all ADX(14) above 25 => RSI(14) above 70
스토캐스틱 K가 D를 상향 돌파하면 매수, 하향 돌파하면 매도
    custom: STOCH(14,3,3).k crosses above STOCH(14,3,3).d => STOCH(14,3,3).k crosses below STOCH(14,3,3).d
20일 수익률이 5% 이상이면 매수하고 0% 이하이면 매도
    momentum: ROC(20) above 5 => ROC(20) below 0
ATR 2 이하일 때 20일선이 50일선을 상향 돌파하면 매수
    sma_crossover: ATR(14) below 2 all SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
10일 WMA가 30일 WMA를 상향 돌파하면 매수
    custom: WMA(10) crosses above WMA(30) => WMA(10) crosses below WMA(30)
가격이 200일선 위에 있으면 매수, 아래로 내려가면 매도
    custom: close above SMA(200) => close below SMA(200)
그냥 사서 보유하자
    buy_and_hold: always => never
매수 후 보유, 손절 20%
    buy_and_hold: always => never
손절 5%, 익절 10%로 RSI 전략 만들어줘
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
자금의 20%로 RSI 30 이하 매수 70 이상 매도, 쿨다운 5일
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
RSI 30/70 전략, 손절은 3%
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
RSI가 과매도일 때 사고 과매수일 때 팔아
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
이동평균 교차 전략
    sma_crossover: SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
RSI 30 이하이고 가격이 200일선 위에 있을 때 매수
    custom: RSI(14) below 30 all close above SMA(200) => RSI(14) above 70
RSI가 30 이하이거나 스토캐스틱이 20 이하이면 매수
    custom: RSI(14) below 30 any STOCH(14,3,3).k below 20 => RSI(14) above 70
매수 조건: RSI 25 이하 매도 조건: RSI 75 이상
    rsi_mean_reversion: RSI(14) below 25 => RSI(14) above 75
50일선이 20일선을 상향 돌파하면 매수
    sma_crossover: SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
RSI 70 이하에서 사고 30 이상에서 팔아줘
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
1일선이 900일선을 상향 돌파하면 매수
    custom: SMA(2) crosses above SMA(400) => SMA(2) crosses below SMA(400)
안녕하세요 좋은 전략 부탁해요
    sma_crossover: SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
RSI 30 이하에서 사고 수익 10%면 팔아줘
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
모멘텀 전략 추천해줘
    momentum: ROC(20) above 0 => ROC(20) below 0
RSI 전략을 설명해줘
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
종가가 20일 볼린저 상단을 돌파하면 매수, 중심선 아래로 내려가면 매도
    custom: close crosses above BBANDS(20,2).upper => close below BBANDS(20,2).middle
삼성전자 2020년부터 2023년까지 RSI 30 이하 매수
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
60일선 아래에서 사고 20일선 위에서 팔아
    custom: close below SMA(60) => close above SMA(20)
RSI 70 이상에서 팔아줘
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
단기 10일, 장기 30일 이동평균 교차
    sma_crossover: SMA(10) crosses above SMA(30) => SMA(10) crosses below SMA(30)
이동평균 교차 전략 10일 30일
    sma_crossover: SMA(10) crosses above SMA(30) => SMA(10) crosses below SMA(30)
RSI 30 이하에서 사고 10% 수익이면 익절 5% 손실이면 손절
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
20일 수익률이 5% 이상이면 자금의 10%로 매수
    momentum: ROC(20) above 5 => ROC(20) below 0
20일 수익률이 5% 이상 손절 3%
    momentum: ROC(20) above 5 => ROC(20) below 0
RSI 30 이하. 매도는 70 이상
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
손절 없이 RSI 전략, 10% 익절
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
RSI(14) 전략. 매수는 30 이하, 매도는 70 이상
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
RSI 30 이하에서 매수, 매도 후 5일 대기, 전액 투자
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
5% 손절, 15% 익절, 20일선과 50일선이 교차하면 매매
    sma_crossover: SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
20일 50일 EMA 골든크로스 매수
    custom: EMA(20) crosses above EMA(50) => EMA(20) crosses below EMA(50)
rsi 5일이 20 미만이면 진입, 80 초과면 청산
    rsi_mean_reversion: RSI(5) below 20 => RSI(5) above 80
RSI 50 이하에서 사고 50 이상에서 팔아
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
볼린저 밴드 전략
    custom: close below BBANDS(20,2).lower => close above BBANDS(20,2).upper
"""


@each_line(("words", "rules"), parsed(SENTENCES))
def test_words_become_rules(words: str, rules: str) -> None:
    """Each sentence gives exactly these rules, and the platform finds nothing wrong with them."""
    assert rules_of(strategy_for(words)) == rules
