"""The limits of the numbers of each named type of strategy; whatever claims to be of a type is held to them."""

from app.quant.indicators import Parameter

SHORT = Parameter("short", "period of the short SMA", "단기 이동평균 기간", 2, 50, 20)
LONG = Parameter("long", "period of the long SMA", "장기 이동평균 기간", 10, 200, 60)
RSI_PERIOD = Parameter("period", "period of the RSI", "RSI 기간", 2, 50, 14)
OVERSOLD = Parameter("oversold", "oversold number", "과매도 기준", 0, 50, 30, whole=False)
OVERBOUGHT = Parameter("overbought", "overbought number", "과매수 기준", 50, 100, 70, whole=False)
ROC_PERIOD = Parameter("period", "period of the rate of change", "변화율 기간", 5, 100, 20)
