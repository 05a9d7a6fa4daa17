"""Indicators in units of the price: moving averages, and what is made of them."""

from collections.abc import Callable, Mapping

from app.quant.indicators.definition import BAND, DISTANCE, PRICE, Indicator, Output, Parameter, Scale, bars_of, period


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
