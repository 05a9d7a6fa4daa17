"""What the simulator can explain, as data: a pattern for the question, and the answer in both languages."""

from typing import NamedTuple


class Entry(NamedTuple):
    pattern: str
    ko: str
    en: str


GLOSSARY: dict[str, Entry] = {
    "RSI": Entry(
        r"(?<![a-z])rsi(?![a-z])|상대 ?강도|relative strength",
        "RSI는 최근 상승폭과 하락폭을 견주어 0에서 100 사이로 나타내는 지표입니다. 보통 14일로 계산하며 "
        "30 아래를 과매도, 70 위를 과매수로 봅니다.",
        "RSI compares recent gains with recent losses on a scale from 0 to 100. It is usually computed over 14 days; "
        "below 30 is called oversold, above 70 overbought.",
    ),
    "MACD": Entry(
        r"(?<![a-z])macd(?![a-z])",
        "MACD는 12일과 26일 지수이동평균의 차이이고, 시그널선은 MACD의 9일 지수이동평균입니다. "
        "MACD선이 시그널선을 상향 돌파하면 상승세가 강해진다고 봅니다.",
        "MACD is the difference between the 12-day and the 26-day exponential moving average; its signal line is the "
        "9-day exponential average of it. A crossing above the signal line is read as growing upward momentum.",
    ),
    "moving averages": Entry(
        r"이동 ?평균|이평선|골든 ?크로스|moving average|golden cross|(?<![a-z])[se]ma(?![a-z])",
        "이동평균은 최근 며칠의 종가를 평균한 값입니다. 단순이동평균은 모든 날을 같게, 지수이동평균은 최근을 "
        "더 무겁게 봅니다. 단기선이 장기선을 상향 돌파하는 것을 골든크로스라고 합니다.",
        "A moving average is the mean of the last closing prices. The simple one weighs all days equally, the "
        "exponential one weighs recent days more. A golden cross is the short average crossing above the long one.",
    ),
    "Bollinger bands": Entry(
        r"볼린저|bollinger",
        "볼린저 밴드는 20일 이동평균의 위아래로 표준편차의 2배만큼 떨어진 두 선입니다. 변동성이 커지면 넓어집니다.",
        "Bollinger bands lie two standard deviations above and below a 20-day moving average. They widen as the "
        "volatility grows.",
    ),
    "Sharpe ratio": Entry(
        r"샤프|sharpe",
        "샤프 비율은 무위험 이자율을 넘는 수익을 변동성으로 나눈 값입니다. 같은 위험에서 얼마나 벌었는지 견줄 때 쓰며, "
        "음수이면 무위험 수익에 못 미쳤다는 뜻입니다.",
        "The Sharpe ratio is the return above the risk-free rate divided by the volatility. It compares what "
        "strategies earn for the same risk; a negative one earned less than the risk-free rate.",
    ),
    "drawdown": Entry(
        r"낙폭|mdd|draw ?down",
        "최대 낙폭은 고점에서 그 뒤의 저점까지 가장 크게 떨어진 비율입니다. 이 플랫폼에서는 음수로 적습니다.",
        "The maximum drawdown is the largest fall from a peak to a later low. This platform writes it as a negative "
        "fraction.",
    ),
    "volatility": Entry(
        r"변동성|volatility",
        "변동성은 수익률의 표준편차이며 보통 1년 기준으로 나타냅니다. 방향이 아니라 흔들리는 크기를 말합니다.",
        "Volatility is the standard deviation of the returns, usually a year. It measures the size of the swings and "
        "not their direction.",
    ),
    "stop loss": Entry(
        r"손절|stop[ -]?loss",
        "손절은 가격이 진입가에서 정한 비율만큼 떨어지면 파는 규칙입니다. 손실을 줄이지만, 갭이 나면 정한 가격보다 "
        "낮게 팔릴 수 있습니다.",
        "A stop loss sells when the price has fallen by a set fraction from the entry. It limits losses, but after a "
        "gap the sale may happen below the set price.",
    ),
    "backtest": Entry(
        r"백 ?테스트|back-?test",
        "백테스트는 규칙을 과거 가격에 적용해 보는 것입니다. 수수료와 슬리피지를 넣고 미래 정보를 쓰지 않아야 하며, "
        "좋은 결과도 미래를 보장하지 않습니다.",
        "A backtest applies the rules to past prices. It must include commission and slippage and use no later "
        "information; even a good result promises nothing.",
    ),
    "overfitting": Entry(
        r"과최적화|과적합|over-?fit",
        "과최적화는 규칙이 과거의 우연까지 맞추는 것입니다. 매개변수를 적게 쓰고, 쓰지 않은 기간에서 검증하면 "
        "알아보기 쉽습니다.",
        "Overfitting means that rules fit the accidents of the past. Few parameters, and a test on a period that was "
        "not used, help to notice it.",
    ),
    "models and cost": Entry(
        r"모델|비용|요금|gpt|(?<![a-z])(?:models?|costs?|pric(?:e|es|ing) of|tokens?)(?![a-z])",
        "어느 모델을 쓸 수 있는지와 호출 비용은 서버의 모델 목록과 사용량 화면에서 볼 수 있습니다. 이 시뮬레이터는 "
        "OpenAI에 아무것도 보내지 않으므로 OpenAI가 청구하지 않습니다.",
        "Which models may be used and what calls cost is in the server's list of models and its usage figures. This "
        "simulator sends nothing to OpenAI, so OpenAI bills nothing.",
    ),
}
