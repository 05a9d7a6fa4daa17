"""All indicators, averages and oscillators, and how one is found by a Korean or English name."""

import unicodedata
from collections.abc import Callable, Mapping

from app.quant.indicators.definition import (
    BAND,
    CHANGE,
    DISTANCE,
    INDEX,
    PRICE,
    RANGE,
    Indicator,
    Output,
    Parameter,
    PriceField,
    Scale,
    bars_of,
    period,
)


def _average(
    kind: str,
    name: tuple[str, str],
    label_ko: str,
    description: tuple[str, str],
    *,
    aliases: tuple[str, ...] = (),
    scale: Scale = PRICE,
    warm_up: Callable[[Mapping[str, float]], float] = lambda chosen: chosen["period"] - 1,
) -> Indicator:
    return Indicator(
        id=kind,
        name_en=name[0],
        name_ko=name[1],
        description_en=description[0],
        description_ko=description[1],
        aliases=("moving average", "trend", "이동평균선", "이평선", "추세", *aliases),
        parameters=(period(20),),
        outputs=(Output("value", kind, label_ko),),
        scale=scale,
        function=kind,
        arguments=(("timeperiod", "period"),),
        warm_up=warm_up,
    )


AVERAGES = (
    _average(
        "SMA",
        ("Simple moving average", "단순이동평균"),
        "단순이동평균",
        (
            "The mean of the last closes, each with the same weight.",
            "최근 종가를 같은 비중으로 평균한 값입니다.",
        ),
        aliases=("MA", "golden cross", "death cross", "골든크로스", "데드크로스"),
    ),
    _average(
        "EMA",
        ("Exponential moving average", "지수이동평균"),
        "지수이동평균",
        (
            "A mean of all closes so far in which the weight falls with age by the factor 1 - 2 / (period + 1).",
            "과거로 갈수록 비중이 1 - 2 / (기간 + 1)배씩 줄어드는 종가의 평균입니다.",
        ),
    ),
    _average(
        "WMA",
        ("Weighted moving average", "가중이동평균"),
        "가중이동평균",
        (
            "The mean of the last closes with weights that fall evenly from the newest to the oldest.",
            "가장 최근 종가에 가장 큰 비중을 두고 일정하게 줄여 가며 평균한 값입니다.",
        ),
        aliases=("linear",),
    ),
    _average(
        "DEMA",
        ("Double exponential moving average", "이중지수이동평균"),
        "이중지수이동평균",
        (
            "2 EMA - EMA(EMA): an EMA that lags less, and overshoots more.",
            "2 EMA - EMA(EMA)로, 지연이 적은 대신 더 크게 흔들리는 EMA입니다.",
        ),
        scale=BAND,
        warm_up=lambda chosen: 2 * (chosen["period"] - 1),
    ),
    _average(
        "TEMA",
        ("Triple exponential moving average", "삼중지수이동평균"),
        "삼중지수이동평균",
        (
            "3 EMA - 3 EMA(EMA) + EMA(EMA(EMA)): lags less still.",
            "3 EMA - 3 EMA(EMA) + EMA(EMA(EMA))로, 지연이 더 적습니다.",
        ),
        scale=BAND,
        warm_up=lambda chosen: 3 * (chosen["period"] - 1),
    ),
)

MACD = Indicator(
    id="MACD",
    name_en="Moving average convergence divergence",
    name_ko="이동평균 수렴·확산",
    description_en="The fast EMA of the close minus the slow one (line), an EMA of that (signal), and the line minus "
    "the signal (histogram).",
    description_ko="종가의 단기 EMA에서 장기 EMA를 뺀 값(MACD선), 그 값의 EMA(시그널선), "
    "두 선의 차이(히스토그램)입니다.",
    aliases=("momentum", "trend", "추세", "모멘텀", "시그널", "히스토그램", "맥디"),
    parameters=(
        bars_of("fast", "fast period", "단기 기간", 12),
        bars_of("slow", "slow period", "장기 기간", 26),
        bars_of("signal", "signal period", "시그널 기간", 9),
    ),
    outputs=(
        Output("line", "MACD line", "MACD선"),
        Output("signal", "MACD signal line", "MACD 시그널선"),
        Output("histogram", "MACD histogram", "MACD 히스토그램"),
    ),
    output_field="line",
    scale=DISTANCE,
    function="MACD",
    arguments=(("fastperiod", "fast"), ("slowperiod", "slow"), ("signalperiod", "signal")),
    warm_up=lambda chosen: chosen["slow"] + chosen["signal"] - 2,
)

BOLLINGER = Indicator(
    id="BBANDS",
    name_en="Bollinger Bands",
    name_ko="볼린저밴드",
    description_en="The SMA of the close (middle), and the same plus (upper) and minus (lower) a number of standard "
    "deviations of the last closes.",
    description_ko="종가의 단순이동평균(중심선)과, 거기에 최근 종가 표준편차의 몇 배를 더한 상단과 뺀 하단입니다.",
    aliases=("BB", "band", "volatility", "볼린저", "볼밴", "밴드", "변동성"),
    parameters=(
        period(20),
        Parameter("deviations", "deviations", "표준편차 배수", lowest=0.1, highest=5, default=2, whole=False),
    ),
    outputs=(
        Output("upper", "upper band of the Bollinger Bands", "볼린저밴드 상단"),
        Output("middle", "middle band of the Bollinger Bands", "볼린저밴드 중심선"),
        Output("lower", "lower band of the Bollinger Bands", "볼린저밴드 하단"),
    ),
    output_field="band",
    scale=BAND,
    function="BBANDS",
    arguments=(("timeperiod", "period"), ("nbdevup", "deviations"), ("nbdevdn", "deviations")),
    warm_up=lambda chosen: chosen["period"] - 1,
)

# Indicators that measure strength, range or change.

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

INDICATORS: tuple[Indicator, ...] = (*AVERAGES, RSI, MACD, BOLLINGER, ATR, ADX, STOCHASTIC, ROC)

_BY_ID = {indicator.id: indicator for indicator in INDICATORS}


def indicator(kind: str) -> Indicator:
    """The indicator of this id; a KeyError for a price or a number, which are none."""
    return _BY_ID[kind]


# Finds indicators by what people call them, in Korean or English.

_NOWHERE = 9


def search_indicators(query: str = "") -> list[Indicator]:
    """The indicators in which every word of the query occurs, the best match first; without a word, all of them.

    Case, width, numbers and, within a name, spaces do not count: 이동 평균 finds 이동평균, and RSI 14 the RSI.
    """
    words = [word for word in _folded(query).split() if not word.isdecimal()]
    ranked = [(max((_place(word, indicator) for word in words), default=0), indicator) for indicator in INDICATORS]
    found = [(place, indicator) for place, indicator in ranked if place < _NOWHERE]
    return [indicator for _, indicator in sorted(found, key=lambda pair: pair[0])]


def _place(word: str, indicator: Indicator) -> int:
    """Where a word occurs: 0 is the id itself, then its beginning, the names, what else it is called, the rest."""
    names = (indicator.name_en, indicator.name_ko, *(output.name for output in indicator.outputs))
    descriptions = (indicator.description_en, indicator.description_ko)
    looks = (
        word == _folded(indicator.id),
        _folded(indicator.id).startswith(word),
        any(word in _joined(name) for name in names),
        any(word in _joined(alias) for alias in indicator.aliases),
        any(word in _joined(description) for description in descriptions),
    )
    return looks.index(True) if any(looks) else _NOWHERE


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _joined(text: str) -> str:
    return "".join(_folded(text).split())
