"""Indicators that measure strength, range or change."""

from app.quant.indicators.definition import CHANGE, INDEX, RANGE, Indicator, Output, PriceField, bars_of, period

_BARS: tuple[PriceField, ...] = ("high", "low", "close")
_PERIOD = (("timeperiod", "period"),)

RSI = Indicator(
    id="RSI",
    name_en="Relative strength index",
    name_ko="상대강도지수",
    description_en="How much of the movement of the last closes went upwards, smoothed by Wilder's method. "
    "Low is called oversold, high overbought.",
    description_ko="최근 종가의 움직임 가운데 상승이 차지하는 비중을 와일더 방식으로 평활한 값입니다. "
    "낮으면 과매도, 높으면 과매수라고 합니다.",
    aliases=("oscillator", "momentum", "oversold", "overbought", "과매도", "과매수", "모멘텀"),
    parameters=(period(14),),
    outputs=(Output("value", "RSI", "RSI"),),
    scale=INDEX,
    function="RSI",
    arguments=_PERIOD,
    warm_up=lambda chosen: chosen["period"],
)

ATR = Indicator(
    id="ATR",
    name_en="Average true range",
    name_ko="평균 실제 변동폭",
    description_en="How far the price moves within a bar and from the close before, smoothed by Wilder's method; "
    "in units of the price.",
    description_ko="하루 동안, 그리고 전일 종가로부터 가격이 움직인 폭을 와일더 방식으로 평활한 값으로, 단위는 가격과 "
    "같습니다.",
    aliases=("volatility", "range", "변동성", "변동폭"),
    parameters=(period(14),),
    outputs=(Output("value", "ATR", "ATR"),),
    inputs=_BARS,
    scale=RANGE,
    function="ATR",
    arguments=_PERIOD,
    warm_up=lambda chosen: chosen["period"],
)

ADX = Indicator(
    id="ADX",
    name_en="Average directional index",
    name_ko="평균방향성지수",
    description_en="How strong a trend is, whatever its direction; above 25 is commonly called a trend.",
    description_ko="방향과 관계없이 추세가 얼마나 강한지를 나타내며, 흔히 25를 넘으면 추세가 있다고 봅니다.",
    aliases=("trend strength", "DMI", "추세 강도", "추세"),
    parameters=(period(14),),
    outputs=(Output("value", "ADX", "ADX"),),
    inputs=_BARS,
    scale=INDEX,
    function="ADX",
    arguments=_PERIOD,
    warm_up=lambda chosen: 2 * chosen["period"] - 1,
)

ROC = Indicator(
    id="ROC",
    name_en="Rate of change",
    name_ko="변화율",
    description_en="By how many percent the close differs from the close a number of bars ago; 5 means 5 %.",
    description_ko="종가가 정해진 기간 전의 종가보다 몇 퍼센트 변했는지를 나타냅니다. 5는 5 %입니다.",
    aliases=("momentum", "모멘텀", "등락률", "수익률"),
    parameters=(period(20),),
    outputs=(Output("value", "rate of change in percent", "변화율(%)"),),
    scale=CHANGE,
    function="ROC",
    arguments=_PERIOD,
    warm_up=lambda chosen: chosen["period"],
)

STOCHASTIC = Indicator(
    id="STOCH",
    name_en="Stochastic oscillator",
    name_ko="스토캐스틱",
    description_en="Where the close stands between the lowest low (0) and the highest high (100) of the last bars: "
    "%K is that, smoothed; %D is the mean of the last %K.",
    description_ko="최근 기간의 최저가(0)와 최고가(100) 사이에서 종가가 어디에 있는지를 평활한 값이 %K이고, "
    "%K의 이동평균이 %D입니다.",
    aliases=("oscillator", "oversold", "overbought", "과매도", "과매수", "스토케스틱", "slow stochastic"),
    parameters=(
        bars_of("k_period", "%K period", "%K 기간", 14),
        bars_of("smoothing", "smoothing of %K", "%K 평활 기간", 3, lowest=1, highest=50),
        bars_of("d_period", "%D period", "%D 기간", 3, lowest=1, highest=50),
    ),
    outputs=(
        Output("k", "stochastic %K", "스토캐스틱 %K"),
        Output("d", "stochastic %D", "스토캐스틱 %D"),
    ),
    output_field="line",
    inputs=_BARS,
    scale=INDEX,
    function="STOCH",
    arguments=(("fastk_period", "k_period"), ("slowk_period", "smoothing"), ("slowd_period", "d_period")),
    warm_up=lambda chosen: chosen["k_period"] + chosen["smoothing"] + chosen["d_period"] - 3,
)
