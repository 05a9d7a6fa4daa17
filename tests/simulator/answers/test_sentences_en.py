"""English sentences and the rules that they mean; an exit that the words leave out is the assumed one."""

from tests.simulator.answers.asking import parsed, rules_of, strategy_for
from tests.tables import each_line

SENTENCES = """
golden cross of 50 and 200 day SMA
    sma_crossover: SMA(50) crosses above SMA(200) => SMA(50) crosses below SMA(200)
buy when the 20-day EMA crosses above the 50-day EMA, sell when it crosses below
    custom: EMA(20) crosses above EMA(50) => EMA(20) crosses below EMA(50)
buy when RSI(10) < 25, sell at RSI > 65, stop loss 5%, take profit 15%
    rsi_mean_reversion: RSI(10) below 25 => RSI(10) above 65
Buy when the MACD line crosses above the signal line, sell when it crosses below
    custom: MACD(12,26,9).line crosses above MACD(12,26,9).signal
    => MACD(12,26,9).line crosses below MACD(12,26,9).signal
MACD crosses signal
    custom: MACD(12,26,9).line crosses above MACD(12,26,9).signal
    => MACD(12,26,9).line crosses below MACD(12,26,9).signal
Buy at the lower Bollinger band, sell at the middle band
    custom: close below BBANDS(20,2).lower => close above BBANDS(20,2).middle
price touches the lower band buy; touches the upper band sell
    custom: close below BBANDS(20,2).lower => close above BBANDS(20,2).upper
stochastic below 20 buy, above 80 sell
    custom: STOCH(14,3,3).k below 20 => STOCH(14,3,3).k above 80
when stochastic %K crosses above %D and RSI is below 40, buy
    custom: STOCH(14,3,3).k crosses above STOCH(14,3,3).d all RSI(14) below 40
    => STOCH(14,3,3).k crosses below STOCH(14,3,3).d
20-day momentum above 5% buy, below 0 sell
    momentum: ROC(20) above 5 => ROC(20) below 0
buy when the 20 day rate of change is above 5
    momentum: ROC(20) above 5 => ROC(20) below 0
buy if DEMA(10) crosses above DEMA(40)
    custom: DEMA(10) crosses above DEMA(40) => DEMA(10) crosses below DEMA(40)
TEMA 12 crosses above TEMA 36, exit on the opposite
    custom: TEMA(12) crosses above TEMA(36) => TEMA(12) crosses below TEMA(36)
Buy when price is above the 200-day moving average and sell when it falls below
    custom: close above SMA(200) => close below SMA(200)
buy and hold
    buy_and_hold: always => never
position 10 %, RSI strategy with cooldown 3 days
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
buy when oversold, sell when overbought
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
SMA crossover 10/30
    sma_crossover: SMA(10) crosses above SMA(30) => SMA(10) crosses below SMA(30)
20/60 SMA crossover strategy with a 5% stop loss
    sma_crossover: SMA(20) crosses above SMA(60) => SMA(20) crosses below SMA(60)
Build an RSI strategy that buys below 30 and sells above 70
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
When RSI falls below 30 buy, and sell above 70
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
buy when RSI is 30 or below and sell when it is 70 or above
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
RSI below 30 and 20 EMA above 50 EMA buy
    custom: RSI(14) below 30 all EMA(20) above EMA(50) => RSI(14) above 70
buy when close > SMA 20 and volume is high
    custom: close above SMA(20) => close below SMA(20)
12-26-9 MACD histogram above 0 buy
    custom: MACD(12,26,9).histogram above 0 => MACD(12,26,9).histogram below 0
5% stop loss 10% take profit RSI mean reversion
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
optimise an SMA crossover
    sma_crossover: SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)
buy when SMA20 > SMA50 and sell when SMA20 < SMA50
    custom: SMA(20) above SMA(50) => SMA(20) below SMA(50)
ADX strategy
    sma_crossover: SMA(20) crosses above SMA(50) all ADX(14) above 25 => SMA(20) crosses below SMA(50)
buy when 30 > RSI
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
sell when price crosses below the 50-day SMA
    custom: close crosses above SMA(50) => close crosses below SMA(50)
buy when 20-day momentum above 5% stop loss 3%
    momentum: ROC(20) above 5 => ROC(20) below 0
buy when the RSI 14 is above 50 and the MACD crosses its signal
    custom: RSI(14) above 50 all MACD(12,26,9).line crosses above MACD(12,26,9).signal => RSI(14) below 50
buy RSI 30 sell 70
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
EMA 12/26 crossover, stop loss 0.05
    custom: EMA(12) crosses above EMA(26) => EMA(12) crosses below EMA(26)
invest 15% when stochastic(10,3,3) is oversold
    custom: STOCH(10,3,3).k below 20 => STOCH(10,3,3).k above 80
sell when RSI > 70, buy when RSI < 30
    rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70
moving averages of 10 and 40 days
    sma_crossover: SMA(10) crosses above SMA(40) => SMA(10) crosses below SMA(40)
Bollinger strategy
    custom: close below BBANDS(20,2).lower => close above BBANDS(20,2).upper
"""


@each_line(("words", "rules"), parsed(SENTENCES))
def test_words_become_rules(words: str, rules: str) -> None:
    """Each sentence gives exactly these rules, and the platform finds nothing wrong with them."""
    assert rules_of(strategy_for(words)) == rules
