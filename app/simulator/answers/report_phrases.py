"""The sentences of a report. A name in braces is a measured figure, and the sentence is said only with it."""

from app.simulator.answers.notes import Phrase

TITLE: list[Phrase] = [
    {"ko": "{strategy_name} 백테스트 보고서 ({symbol})", "en": "Backtest report: {strategy_name} on {symbol}"},
    {"ko": "{strategy_name} 백테스트 보고서", "en": "Backtest report: {strategy_name}"},
    {"ko": "백테스트 보고서", "en": "Backtest report"},
]
RETURN: Phrase = {"ko": "총수익률은 {total_return}입니다.", "en": "The total return is {total_return}."}
COMPARED: Phrase = {
    "ko": "총수익률 {total_return}, 벤치마크 {benchmark_return}입니다.",
    "en": "The total return is {total_return}, that of the benchmark {benchmark_return}.",
}
OVERVIEW: list[Phrase] = [
    {
        "ko": "{start_date}부터 {end_date}까지의 백테스트입니다.",
        "en": "The backtest runs from {start_date} to {end_date}.",
    },
    RETURN,
    {"ko": "최대 낙폭은 {max_drawdown}입니다.", "en": "The maximum drawdown is {max_drawdown}."},
    {
        "ko": "이 글은 언어 모델이 아니라 내장 시뮬레이터의 규칙이 주어진 수치만으로 썼습니다.",
        "en": "The rules of the embedded simulator wrote this from the given figures alone, without a language model.",
    },
]
FINDINGS: list[Phrase] = [
    {"ko": "샤프 비율은 {sharpe_ratio}입니다.", "en": "The Sharpe ratio is {sharpe_ratio}."},
    {"ko": "최대 낙폭은 {max_drawdown}입니다.", "en": "The deepest fall from a peak is {max_drawdown}."},
    {"ko": "연 변동성은 {volatility}입니다.", "en": "The volatility is {volatility} a year."},
    {
        "ko": "거래 {total_trades}회, 승률 {win_rate}입니다.",
        "en": "The win rate is {win_rate} in {total_trades} trades.",
    },
    {"ko": "연환산 수익률은 {annualised_return}입니다.", "en": "The annualised return is {annualised_return}."},
]
# True without any figure: a report needs three findings even where hardly anything was measured.
STANDING: list[Phrase] = [
    {
        "ko": "주어지지 않은 수치에 대해서는 말하지 않습니다.",
        "en": "Nothing is said about figures that were not given.",
    },
    {"ko": "백테스트는 과거만 보여 줍니다.", "en": "A backtest shows the past only."},
    {"ko": "표본 밖 검증 결과는 주어지지 않았습니다.", "en": "No test out of sample was given."},
]
PERFORMANCE: dict[str, list[Phrase]] = {
    "returns": [
        RETURN,
        {"ko": "연환산 수익률은 {annualised_return}입니다.", "en": "The annualised return is {annualised_return}."},
        {"ko": "최종 평가액은 {final_value}입니다.", "en": "The final value is {final_value}."},
        {"ko": "시작 자금은 {initial_cash}입니다.", "en": "The initial cash was {initial_cash}."},
    ],
    "risk": [
        {"ko": "연 변동성은 {volatility}입니다.", "en": "The volatility is {volatility} a year."},
        {"ko": "벤치마크에 대한 베타는 {beta}입니다.", "en": "The beta to the benchmark is {beta}."},
    ],
    "risk_adjusted": [
        {"ko": "샤프 비율은 {sharpe_ratio}입니다.", "en": "The Sharpe ratio is {sharpe_ratio}."},
        {"ko": "소르티노 비율은 {sortino_ratio}입니다.", "en": "The Sortino ratio is {sortino_ratio}."},
        {"ko": "칼마 비율은 {calmar_ratio}입니다.", "en": "The Calmar ratio is {calmar_ratio}."},
    ],
    "drawdown": [{"ko": "최대 낙폭은 {max_drawdown}입니다.", "en": "The maximum drawdown is {max_drawdown}."}],
    "trades": [
        {"ko": "거래는 {total_trades}회입니다.", "en": "There were {total_trades} trades."},
        {
            "ko": "이익 {winning_trades}회, 손실 {losing_trades}회입니다.",
            "en": "{winning_trades} trades won and {losing_trades} lost.",
        },
        {"ko": "승률은 {win_rate}입니다.", "en": "The win rate is {win_rate}."},
    ],
}
VOLATILITY: list[Phrase] = PERFORMANCE["risk"][:1]
DRAWDOWN: list[Phrase] = PERFORMANCE["drawdown"]
# The levels of the value at risk are said in words, as people do who explain it.
TAIL: list[Phrase] = [
    {
        "ko": "스무 날에 하루꼴로 넘어서는 일간 손실(VaR)은 {var_95}입니다.",
        "en": "The daily loss exceeded on one day in twenty (value at risk) is {var_95}.",
    },
    {
        "ko": "백 날에 하루꼴로 넘어서는 일간 손실(VaR)은 {var_99}입니다.",
        "en": "The daily loss exceeded on one day in a hundred (value at risk) is {var_99}.",
    },
    {
        "ko": "95% CVaR, 곧 가장 나쁜 날들의 평균 손실은 {cvar_95}입니다.",
        "en": "The expected shortfall at 95 %, the mean loss of the worst days, is {cvar_95}.",
    },
    {
        "ko": "99% CVaR는 {cvar_99}입니다.",
        "en": "The expected shortfall at 99 % is {cvar_99}.",
    },
]
MARKET: list[Phrase] = [
    {"ko": "같은 기간 벤치마크 수익률은 {benchmark_return}입니다.", "en": "The benchmark returned {benchmark_return}."},
    {"ko": "전략의 총수익률은 {total_return}입니다.", "en": "The strategy returned {total_return}."},
    {"ko": "알파는 {alpha}입니다.", "en": "The alpha is {alpha}."},
    {"ko": "베타는 {beta}입니다.", "en": "The beta is {beta}."},
]
UNMEASURED: Phrase = {"ko": "측정되지 않았습니다.", "en": "It was not measured."}
PARAMETERS: Phrase = {
    "ko": "매개변수는 데이터에 없으므로 말할 수 없습니다. 기간과 기준값을 하나씩 바꿔 시험해 보십시오.",
    "en": "The parameters are not in the data, so nothing is known of them. Vary periods and levels one at a time.",
}
ADVICE: Phrase = {
    "ko": "기간과 기준값을 하나씩 바꿔 시험해 보십시오.",
    "en": "Vary periods and levels one at a time.",
}
STRENGTHS: dict[str, Phrase] = {
    "sharpe_good": {
        "ko": "위험 대비 수익이 좋습니다(샤프 비율 {sharpe_ratio}).",
        "en": "The return for the risk is good (Sharpe ratio {sharpe_ratio}).",
    },
    "beats": {
        "ko": "벤치마크({benchmark_return})보다 많이 벌었습니다({total_return}).",
        "en": "It earned more than the benchmark: {total_return} against {benchmark_return}.",
    },
    "shallow": {"ko": "낙폭이 얕습니다({max_drawdown}).", "en": "The drawdown is shallow ({max_drawdown})."},
}
WEAKNESSES: dict[str, Phrase] = {
    "loses": {"ko": "손실이 났습니다({total_return}).", "en": "It lost money ({total_return})."},
    "sharpe_poor": {
        "ko": "위험 대비 수익이 낮습니다(샤프 비율 {sharpe_ratio}).",
        "en": "The return for the risk is poor (Sharpe ratio {sharpe_ratio}).",
    },
    "lags": {
        "ko": "벤치마크({benchmark_return})보다 적게 벌었습니다({total_return}).",
        "en": "It earned less than the benchmark: {total_return} against {benchmark_return}.",
    },
    "deep": {"ko": "낙폭이 깊습니다({max_drawdown}).", "en": "The drawdown is deep ({max_drawdown})."},
    "few_trades": {
        "ko": "거래가 {total_trades}회뿐이라 우연일 수 있습니다.",
        "en": "With only {total_trades} trades it may be chance.",
    },
}
