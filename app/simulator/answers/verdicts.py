"""What follows from the figures of a backtest, by plain thresholds.

The thresholds are the simulator's own: customary, and no advice.
"""

from collections.abc import Callable

from app.simulator.answers.facts import Facts
from app.simulator.answers.notes import Phrase

_GOOD_SHARPE = 1.0
_POOR_SHARPE = 0.5
_DEEP, _SHALLOW, _VERY_DEEP = -0.25, -0.10, -0.30
_CALM, _WILD = 0.15, 0.30
_FEW_TRADES = 30


def recommendation(facts: Facts) -> str:
    """reject: it lost, or earned less than the risk-free rate. proceed: a Sharpe ratio of 1 without a deep drawdown.
    optimise: more than the benchmark, but a deep drawdown. research: everything else, and what was not measured.
    """
    if _under(facts, "sharpe_ratio", 0) or _under(facts, "total_return", 0):
        return "reject"
    if _over(facts, "sharpe_ratio", _GOOD_SHARPE) and _over(facts, "max_drawdown", _DEEP):
        return "proceed"
    if _ahead(facts) > 0 and _under(facts, "max_drawdown", _DEEP):
        return "optimise"
    return "research"


def risk_level(facts: Facts) -> str:
    """high: a drawdown of 30 % or a volatility of 30 % a year; low: both measured, at most 10 % and 15 %."""
    drawdown, volatility = facts.get("max_drawdown"), facts.get("volatility")
    if (drawdown is not None and drawdown <= _VERY_DEEP) or (volatility is not None and volatility >= _WILD):
        return "high"
    if drawdown is not None and drawdown >= _SHALLOW and volatility is not None and volatility <= _CALM:
        return "low"
    return "medium"


def _ahead(facts: Facts) -> float:
    """Total return above that of the benchmark, as a fraction; 0 where one of them is missing."""
    own, other = facts.get("total_return"), facts.get("benchmark_return")
    return 0.0 if own is None or other is None else own - other


def _under(facts: Facts, name: str, limit: float) -> bool:
    value = facts.get(name)
    return value is not None and value < limit


def _over(facts: Facts, name: str, limit: float) -> bool:
    value = facts.get(name)
    return value is not None and value >= limit


MARKS: dict[str, Callable[[Facts], bool]] = {
    "sharpe_good": lambda facts: _over(facts, "sharpe_ratio", _GOOD_SHARPE),
    "sharpe_poor": lambda facts: _under(facts, "sharpe_ratio", _POOR_SHARPE),
    "beats": lambda facts: _ahead(facts) > 0,
    "lags": lambda facts: _ahead(facts) < 0,
    "shallow": lambda facts: _over(facts, "max_drawdown", _SHALLOW),
    "deep": lambda facts: _under(facts, "max_drawdown", _DEEP),
    "loses": lambda facts: _under(facts, "total_return", 0),
    "few_trades": lambda facts: _under(facts, "total_trades", _FEW_TRADES),
}

# Action, rationale and next steps; the first fits the verdict, the others are always in place.
NEXT: dict[str, tuple[Phrase, Phrase, list[Phrase]]] = {
    "proceed": (
        {"ko": "모의 투자로 넘어갑니다.", "en": "Go on to paper trading."},
        {
            "ko": "위험 대비 수익이 좋고 낙폭이 깊지 않습니다.",
            "en": "The return for the risk is good and the drawdown is not deep.",
        },
        [
            {"ko": "적은 금액으로 모의 투자를 시작합니다.", "en": "Start paper trading with a small amount."},
            {"ko": "체결 비용을 기록합니다.", "en": "Record the cost of execution."},
        ],
    ),
    "optimise": (
        {"ko": "낙폭을 줄입니다.", "en": "Reduce the drawdown."},
        {
            "ko": "벤치마크보다 많이 벌었지만 낙폭이 깊습니다.",
            "en": "It earns more than the benchmark, but the drawdown is deep.",
        },
        [
            {"ko": "손절 기준을 시험합니다.", "en": "Try a stop loss."},
            {"ko": "투자 비중을 줄여 봅니다.", "en": "Try a smaller position."},
        ],
    ),
    "reject": (
        {"ko": "이 형태로는 쓰지 않습니다.", "en": "Do not use it in this form."},
        {"ko": "손실이 났거나 위험을 보상하지 못했습니다.", "en": "It lost money or did not pay for its risk."},
        [{"ko": "진입 규칙의 가정을 다시 살핍니다.", "en": "Question the idea behind the entry rule."}],
    ),
    "research": (
        {"ko": "더 조사합니다.", "en": "Investigate further."},
        {"ko": "주어진 수치로는 판단하기에 부족합니다.", "en": "The given figures do not decide the matter."},
        [{"ko": "낙폭과 개별 거래를 자세히 살핍니다.", "en": "Look closely at the drawdown and at single trades."}],
    ),
    "out_of_sample": (
        {"ko": "다른 기간에서 검증합니다.", "en": "Test it on another period."},
        {"ko": "한 기간의 결과는 우연일 수 있습니다.", "en": "The result of one period may be chance."},
        [
            {"ko": "쓰지 않은 기간을 따로 남겨 둡니다.", "en": "Keep a period aside that was not used."},
            {"ko": "같은 규칙으로 다시 백테스트합니다.", "en": "Run the same rules on it."},
        ],
    ),
    "costs": (
        {"ko": "비용에 대한 민감도를 봅니다.", "en": "See how it depends on costs."},
        {"ko": "수수료와 슬리피지는 수익을 줄입니다.", "en": "Commission and slippage reduce the return."},
        [{"ko": "비용을 높여 다시 백테스트합니다.", "en": "Run the backtest again with higher costs."}],
    ),
}
